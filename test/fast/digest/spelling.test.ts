import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { parseNixBase32, printNixBase32 } from '../../../src/digest/nix-base32.ts'
import { parseDigest, printDigest, spellings } from '../../../src/digest/spelling.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'
import { arbitraryDigest } from './arbitrary-digest.ts'

const refusal = (call: () => unknown): string => {
  const problems = thrownProblems(call)
  expect(problems).toMatchObject([{ code: 'integrity-invalid' }])
  return problems[0]?.message ?? ''
}

test('every spelling of every digest is read back, bare or with its algorithm', () => {
  fc.assert(
    fc.property(arbitraryDigest(['md5', 'sha1', 'sha256', 'sha384', 'sha512', 'blake2b']), (digest) => {
      for (const spelling of spellings) {
        const text = printDigest(digest, spelling)
        expect(parseDigest(text, digest.algorithm)).toEqual(digest)
        expect(parseDigest(spelling === 'sri' ? text : `${digest.algorithm}:${text}`)).toEqual(digest)
      }
      expect(parseDigest(digest.hex.toUpperCase(), digest.algorithm)).toEqual(digest)
    }),
  )
})

test('the digest of the empty text, in all spellings, as Nix prints it', () => {
  const digest = parseDigest('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(spellings.map((spelling) => printDigest(digest, spelling))).toEqual([
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    '0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73',
  ])
})

describe('refusals', () => {
  test.each([
    [
      'a bare digest without an algorithm',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      /does not say its algorithm/,
    ],
    ['hex behind a dash', `sha1-${'0'.repeat(40)}`, /is not a sha1 digest/],
    ['a letter that hex has not', `sha1:${'g'.repeat(40)}`, /is not a sha1 digest/],
    ['a letter that Nix base32 has not', `sha1:${'e'.repeat(32)}`, /is not a sha1 digest/],
    ['bits beyond the digest in Nix base32', `sha256:z${'0'.repeat(51)}`, /is not a sha256 digest/],
    ['a wrong length', 'sha256:00', /is not a sha256 digest/],
    ['an unknown algorithm', 'sha3:00', /does not say its algorithm/],
  ])('%s', (_, text, message) => {
    expect(refusal(() => parseDigest(text))).toMatch(message)
  })

  test('an algorithm that contradicts the text', () => {
    expect(refusal(() => parseDigest(`sha1:${'0'.repeat(40)}`, 'sha256'))).toMatch(/is sha1, and sha256/)
  })

  test('any other length, for every algorithm', () => {
    fc.assert(
      fc.property(arbitraryDigest(), fc.nat({ max: 130 }), (digest, length) => {
        const lengths = spellings.slice(1).map((spelling) => printDigest(digest, spelling).length)
        fc.pre(!lengths.includes(length))
        refusal(() => parseDigest(`${digest.algorithm}:${'0'.repeat(length)}`))
      }),
    )
  })
})

test('Nix base32 holds bytes of any length, and no other text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(), (bytes, at) => {
      const text = printNixBase32(bytes)
      expect(parseNixBase32(text, bytes.length)).toEqual(bytes)
      if (text.length === 0) return
      const place = at % text.length
      for (const wrong of ['e', 'o', 'u', 't', 'A', '=', ' ']) {
        expect(parseNixBase32(text.slice(0, place) + wrong + text.slice(place + 1), bytes.length)).toBeUndefined()
      }
    }),
  )
})
