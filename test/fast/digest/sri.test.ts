import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { createHash } from 'node:crypto'
import { isNixKnown, isStrong, parseSri, printSri, strongest, strongestForNix } from '../../../src/digest/sri.ts'
import type { Algorithm, Digest } from '../../../src/model/digest.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'
import { arbitraryDigest } from './arbitrary-digest.ts'

const digestOf = (algorithm: Algorithm): Digest => ({ algorithm, hex: createHash(algorithm).update('x').digest('hex') })
const sriOf = (algorithm: Algorithm): string => printSri(digestOf(algorithm))
const parsed = (text: string): readonly Digest[] => parseSri(text).map(({ algorithm, hex }) => ({ algorithm, hex }))
const refusal = (text: string): string => {
  const problems = thrownProblems(() => parseSri(text, { file: 'l.json', line: 7 }))
  expect(problems).toMatchObject([{ code: 'integrity-invalid', where: { file: 'l.json', line: 7 } }])
  expect(problems[0]?.hint).toBeTruthy()
  return problems[0]?.message ?? ''
}

describe('parsing', () => {
  test('gives back what was printed, one or several', () => {
    fc.assert(
      fc.property(fc.uniqueArray(arbitraryDigest(), { minLength: 1, maxLength: 5, selector: printSri }), (digests) => {
        expect(parsed(digests.map(printSri).join(' '))).toEqual(digests)
      }),
    )
  })

  test('takes any white space between entries and drops repetitions', () => {
    const text = ` ${sriOf('sha1')}\t\n${sriOf('sha512')}  ${sriOf('sha1')} `
    expect(parsed(text)).toEqual([digestOf('sha1'), digestOf('sha512')])
  })

  test('keeps two digests of one algorithm: the bytes may be either', () => {
    const other = { algorithm: 'sha512', hex: '00'.repeat(64) } as const
    expect(parsed(`${sriOf('sha512')} ${printSri(other)}`)).toEqual([digestOf('sha512'), other])
  })

  test('refuses any other length', () => {
    fc.assert(
      fc.property(
        arbitraryDigest(),
        fc.nat({ max: 200 }),
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        (digest, cut, more) => {
          const sri = printSri(digest)
          const bytes = Buffer.from(digest.hex, 'hex')
          const shorter = bytes.subarray(0, cut % bytes.length)
          const longer = Buffer.concat([bytes, more])
          for (const other of [shorter, longer]) refusal(`${digest.algorithm}-${other.toString('base64')}`)
          refusal(sri.slice(0, -1 - (cut % (sri.length - digest.algorithm.length - 1))))
          refusal(`${sri}${'A'.repeat(1 + (cut % 5))}`)
        },
      ),
    )
  })

  test('refuses any change of one character that is not itself a digest in canonical spelling', () => {
    fc.assert(
      fc.property(
        arbitraryDigest(),
        fc.nat(),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        (digest, at, other) => {
          const sri = printSri(digest)
          const start = digest.algorithm.length + 1
          const place = start + (at % (sri.length - start))
          const changed = sri.slice(0, place) + other + sri.slice(place + 1)
          fc.pre(!/\s/.test(other))
          const rest = changed.slice(start)
          if (Buffer.from(rest, 'base64').toString('base64') !== rest) refusal(changed)
          else expect(parseSri(changed).map(printSri)).toEqual([changed])
        },
      ),
    )
  })

  test.each([
    ['nothing', '', /empty/],
    ['only spaces', ' \n', /empty/],
    ['no algorithm', 'nonsense', /is not an integrity/],
    ['only an algorithm', 'sha512-', /0 bytes instead of 64/],
    ['no dash but a colon', `sha256:${'0'.repeat(64)}`, /is not an integrity/],
    ['options', `${sriOf('sha512')}?ct=application/gzip`, /carries options/],
    ['no padding', sriOf('sha256').replace('=', ''), /not canonical/],
    ['too much padding', `${sriOf('sha256')}=`, /not canonical/],
    ['the URL alphabet', `sha256-${'_'.repeat(43)}=`, /not canonical/],
    ['bits beyond the digest', `sha256-${'A'.repeat(42)}B=`, /not canonical/],
    ['hex', `sha1-${digestOf('sha1').hex}`, /30 bytes instead of 20/],
    ['an upper-case algorithm', sriOf('sha1').replace('sha1', 'SHA1'), /"SHA1"/],
    ['an unknown algorithm', 'sha3-AAAA', /"sha3"/],
    ['an unknown algorithm beside a weak one', `sha3-AAAA ${sriOf('sha1')}`, /"sha3"/],
    ['a property of every object', 'constructor-AAAA', /"constructor"/],
    ['a strong one beside rubbish', `${sriOf('sha512')} rubbish`, /"rubbish"/],
    ['control characters', 'sha512-\u001b[31m', /\\u001b/],
  ])('refuses %s', (_, text, message) => {
    expect(refusal(text)).toMatch(message)
  })

  test('passes over an unknown algorithm beside a strong one', () => {
    expect(parsed(`blake3-AAAA ${sriOf('sha256')} sha3-!`)).toEqual([digestOf('sha256')])
  })
})

describe('strength', () => {
  test('is ordered', () => {
    const order: readonly Algorithm[] = ['sha512', 'sha384', 'sha256', 'sha1', 'md5']
    for (let from = 0; from < order.length; from += 1) {
      const digests = order.slice(from).map(digestOf).reverse()
      expect(strongest(digests)?.algorithm).toBe(order[from])
    }
    expect(strongest([])).toBeUndefined()
  })

  test('what is strong, and what Nix knows', () => {
    const all: readonly Algorithm[] = ['md5', 'sha1', 'sha256', 'sha384', 'sha512']
    expect(all.filter((name) => isStrong(digestOf(name)))).toEqual(['sha256', 'sha384', 'sha512'])
    expect(all.filter((name) => isNixKnown(digestOf(name)))).toEqual(['sha1', 'sha256', 'sha512'])
    expect(strongestForNix([digestOf('sha384'), digestOf('sha256'), digestOf('sha1')])).toEqual(digestOf('sha256'))
    expect(strongestForNix([digestOf('sha384'), digestOf('sha1')])).toBeUndefined()
  })
})
