/** URLs of files in lock files: the plain ones, which are most, are not taken apart, and mean what URL makes of them. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { findPlainFileName, isFileName, readArchiveUrl } from '../../../../converters/python/readers/location.ts'

const word = fc.constantFrom(
  'a',
  'b1',
  'files',
  'xn--a',
  '-x',
  'a-',
  'A',
  '1',
  '..',
  '.',
  '%41',
  '%zz',
  'a+b~c!',
  'é',
  '@',
  'c.whl',
)
const url = fc
  .tuple(
    fc.constantFrom('https://', 'http://', 'HTTPS://', 'file://'),
    fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.')),
    fc.constantFrom('', ':80', ':99999', ':'),
    fc.array(word, { maxLength: 4 }).map((parts) => parts.map((part) => `/${part}`).join('')),
    fc.constantFrom('', '#sha256=ab', '?q', '/'),
  )
  .map((parts) => parts.join(''))

/** Nearly as indexes write them. */
const nearlyPlain = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'b1', 'xn--a', 'a-'), { minLength: 1, maxLength: 2 }).map((parts) => parts.join('.')),
    fc.array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'B_1') }, word), { maxLength: 2 }),
    fc.constantFrom('c.whl', 'c-1.0+b~1!.tar.gz', '-c.whl', '%63.whl', 'c.zip', `${'c'.repeat(260)}.whl`),
  )
  .map(([host, path, file]) => `https://${host}.c/${[...path, file].join('/')}`)

test('the file of an archive’s URL is the last part of its path', () => {
  let read = 0
  let plain = 0
  fc.assert(
    fc.property(fc.oneof(url, nearlyPlain), (text) => {
      const faults: string[] = []
      const found = readArchiveUrl(text, (code) => void faults.push(code))
      expect(found === undefined).toBe(faults.length === 1)
      if (!/^https?:/i.test(text) || !URL.canParse(text)) expect(found).toBeUndefined()
      if (found === undefined) {
        expect(findPlainFileName(text)).toBeUndefined()
        return
      }
      read += 1
      const [path] = new URL(text).pathname.split('/').slice(-1)
      expect(found).toMatchObject({ url: text.replace(/#.*/, ''), fileName: decodeURIComponent(path ?? '') })
      const name = findPlainFileName(text)
      if (name !== undefined) {
        plain += 1
        expect(name).toBe(found.fileName)
        expect(found.url).toBe(text)
        expect(isFileName(found.fileName)).toBe(true)
      }
      expect(found.fragment.get('sha256')).toBe(text.endsWith('#sha256=ab') ? 'ab' : null)
    }),
    { numRuns: 6000 },
  )
  expect(read).toBeGreaterThan(100)
  expect(plain).toBeGreaterThan(100)
})
