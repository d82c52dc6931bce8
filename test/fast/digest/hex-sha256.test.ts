/** Digests that are made base64 many at once are those that are made one by one. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { HexSha256 } from '../../../src/digest/hex-sha256.ts'
import { isSameDigest, parseSri, printSri } from '../../../src/digest/sri.ts'

const hexes = fc.array(
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  {
    minLength: 1,
    maxLength: 5,
  },
)

test('each is printed as it is alone, in whatever order, and also when more are read later', () => {
  fc.assert(
    fc.property(hexes, hexes, (early, late) => {
      const first = early.map((hex) => new HexSha256(hex))
      expect(first.toReversed().map(printSri)).toEqual(
        early.toReversed().map((hex) => printSri({ algorithm: 'sha256', hex })),
      )
      const second = late.map((hex) => new HexSha256(hex))
      const all = [...first, ...second]
      expect(all.map(printSri)).toEqual([...early, ...late].map((hex) => printSri({ algorithm: 'sha256', hex })))
      expect(all).toEqual([...early, ...late].map((hex) => ({ algorithm: 'sha256', hex })))
    }),
  )
})

test('one is the same as it is in base64', () => {
  const [hex, other] = ['ab'.repeat(32), 'ba'.repeat(32)]
  const [sri] = parseSri(printSri({ algorithm: 'sha256', hex }))
  if (sri === undefined) throw new Error('there is a digest')
  expect(isSameDigest(new HexSha256(hex), sri)).toBe(true)
  expect(isSameDigest(sri, new HexSha256(hex))).toBe(true)
  expect(isSameDigest(sri, new HexSha256(other))).toBe(false)
  expect(isSameDigest(new HexSha256(hex), { algorithm: 'sha256', hex })).toBe(true)
})
