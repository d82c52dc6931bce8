/** Archives as they are found in registries: ustar, pax, GNU; and damaged ones. */
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readTar } from '../../../converters/node/build/shim/archive/tar-reader.ts'
import { gnuLongName, pax, tarOf, type Member } from './tar-archive.ts'

const limits = { bytes: 1_000_000, entries: 100 }
const read = (archive: Buffer) => readTar(archive, 'The archive', limits)
const long = `package/${'long-directory/'.repeat(20)}file.js`

describe('names', () => {
  test('a ustar name of more than 100 bytes is split between name and prefix', () => {
    const archive = tarOf([{ path: 'file.js', content: 'x' }])
    archive.write('package/some/where', 345)
    const header = archive.subarray(0, 512)
    header.write('        ', 148)
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    )
    expect(read(archive)[0]?.path).toBe('package/some/where/file.js')
  })

  test('a pax path replaces the name of the next file only', () => {
    const entries = read(tarOf([pax({ path: long }), { path: 'short', content: 'a' }, { path: 'package/b' }]))
    expect(entries.map(({ path }) => path)).toEqual([long, 'package/b'])
  })

  test('a pax path in UTF-8 is read by bytes', () => {
    expect(read(tarOf([pax({ path: 'package/häßlich', mtime: '1' }), { path: 'x' }]))[0]?.path).toBe('package/häßlich')
  })

  test('a global pax header never names a file', () => {
    expect(read(tarOf([pax({ path: 'evil' }, 'g'), { path: 'package/a' }]))[0]?.path).toBe('package/a')
  })

  test("GNU's long name is read up to its NUL", () => {
    expect(read(tarOf([gnuLongName(long), { path: 'cut', content: 'a' }]))[0]).toMatchObject({ path: long })
  })

  test('a pax size does not reach the extension headers before its file', () => {
    const archive = tarOf([pax({ size: '3' }), gnuLongName('package/long'), { path: 'short', content: 'abc' }])
    expect(read(archive).map(({ path, content }) => [path, content.toString()])).toEqual([['package/long', 'abc']])
  })
})

describe('kinds', () => {
  const kindOf = (member: Member) => read(tarOf([member]))[0]?.kind
  test.each([
    [{ path: 'package/a', type: '0' }, 'file'],
    [{ path: 'package/a', type: '\0' }, 'file'],
    [{ path: 'package/a', type: '7' }, 'file'],
    [{ path: 'package/a/', type: '0' }, 'directory'],
    [{ path: 'package/a/', type: '5' }, 'directory'],
    [{ path: 'package/a', type: '1', link: 'b' }, 'link'],
    [{ path: 'package/a', type: '2', link: 'b' }, 'link'],
    [{ path: 'package/a', type: '3' }, 'other'],
    [{ path: 'package/a', type: '6' }, 'other'],
  ] as const)('%o is a %s', (member, kind) => expect(kindOf(member)).toBe(kind))

  test('what is no file system entry is skipped with its content', () => {
    const archive = tarOf([
      { path: 'volume', type: 'V', content: 'skipped' },
      { path: 'package/a', content: 'kept' },
    ])
    expect(read(archive).map(({ content }) => content.toString())).toEqual(['kept'])
  })
})

describe('damage', () => {
  test('a file that ends too early is told', () => {
    const archive = tarOf([{ path: 'package/a', content: 'abc', size: 5000 }])
    expect(() => read(archive)).toThrow('ends in the middle of a file')
  })

  test('a header whose checksum is wrong is told', () => {
    const archive = tarOf([{ path: 'package/a', content: 'abc' }])
    archive.write('z', 0)
    expect(() => read(archive)).toThrow('not a tar archive, or is damaged at byte 0')
  })

  test('gzip data that ends too early is told', () => {
    const archive = gzipSync(tarOf([{ path: 'package/a', content: 'abc'.repeat(1000) }]))
    expect(() => read(archive.subarray(0, archive.length - 20))).toThrow('cannot be decompressed')
  })

  test('more than the limit of bytes or entries is refused', () => {
    expect(() => read(gzipSync(Buffer.alloc(2_000_000)))).toThrow('cannot be decompressed')
    const many = tarOf(Array.from({ length: 101 }, (_, index) => ({ path: `package/${index}` })))
    expect(() => read(many)).toThrow('more than 100 entries')
  })
})

test('gzip data whose end does not tell the size of all is read whole', () => {
  const archive = tarOf([{ path: 'package/a', content: 'abc'.repeat(10_000) }])
  const members = [archive.subarray(0, 20_000), archive.subarray(20_000)].map((part) => gzipSync(part))
  expect(read(Buffer.concat(members))[0]?.content.length).toBe(30_000)
})

test('every archive gives back its files, gzipped or not', () => {
  const member = fc.record({
    path: fc.stringMatching(/^package\/[a-z]{1,20}$/),
    content: fc.string({ maxLength: 2000 }),
    mode: fc.integer({ min: 0, max: 0o777 }),
  })
  fc.assert(
    fc.property(fc.array(member, { maxLength: 5 }), fc.boolean(), (members, isGzipped) => {
      const archive = tarOf(members)
      const found = read(isGzipped ? gzipSync(archive) : archive)
      expect(found.map(({ path, mode, content }) => ({ path, content: content.toString(), mode }))).toEqual(members)
    }),
  )
})
