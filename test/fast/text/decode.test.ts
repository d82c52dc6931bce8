import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { checkSize, decodeText, TEXT_LIMIT } from '../../../src/text/decode.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text)

describe('decoding', () => {
  test('any well-formed text comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.includes('\0') && !text.startsWith('\ufeff'))
        expect(decodeText(bytes(text), 'x')).toBe(text)
      }),
    )
  })

  test.each([
    ['a UTF-8 byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes('{}')]), /byte order mark/, 1],
    ['UTF-16 with a mark', Buffer.from('\ufeff{"a":1}', 'utf16le'), /UTF-16/, undefined],
    ['UTF-16 without a mark', Buffer.from('{"a":1}', 'utf16le'), /UTF-16/, undefined],
    ['big-endian UTF-16', Buffer.from('{"a":1}', 'utf16le').swap16(), /UTF-16/, undefined],
    ['a NUL byte', bytes('{\n"a":\n"\0"}'), /NUL/, 3],
    ['Latin-1', Buffer.from('{\n"a": "caf\u00e9"}', 'latin1'), /not UTF-8/, 2],
    ['an overlong encoding', Buffer.from([0x7b, 0x0a, 0xc0, 0x80, 0x7d]), /not UTF-8/, 2],
    ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80]), /not UTF-8/, 1],
    ['a character cut off at the end', bytes('{"a": "é').subarray(0, -1), /not UTF-8/, 1],
  ])('%s is refused, with the line where there is one', (_, input, message, line) => {
    const [problem] = thrownProblems(() => decodeText(input, 'package-lock.json'))
    expect(problem).toMatchObject({ code: 'lock-encoding', message: expect.stringMatching(message) })
    expect(problem?.where).toEqual({ file: 'package-lock.json', ...(line === undefined ? {} : { line }) })
    expect(problem?.hint).toBeTruthy()
  })

  test('an empty file is text', () => {
    expect(decodeText(new Uint8Array(), 'x')).toBe('')
  })

  test('a file over the limit is refused by its size alone', () => {
    expect(thrownProblems(() => checkSize(TEXT_LIMIT + 1, 'x'))).toMatchObject([
      { code: 'lock-limit', where: { file: 'x' } },
    ])
    expect(thrownProblems(() => decodeText(new Uint8Array(TEXT_LIMIT + 1), 'x'))).toMatchObject([
      { code: 'lock-limit' },
    ])
    expect(() => checkSize(TEXT_LIMIT, 'x')).not.toThrow()
  })
})
