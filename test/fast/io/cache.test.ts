/** What is kept between runs, and that losing or damaging it costs nothing but time. */
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cacheDirectory, cacheFolder } from '../../../src/io/cache-directory.ts'
import { pinCache } from '../../../src/io/pin-cache.ts'
import type { Digest } from '../../../src/model/digest.ts'
import { pruneCache } from '../../../src/store/cache-prune.ts'

let dir: string
const before = process.env['TMPDIR']
const digest: Digest = { algorithm: 'sha512', hex: 'ab'.repeat(64) }

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cache-test-'))
})

afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  rmSync(dir, { recursive: true, force: true })
})

function onlyPin(): string {
  const [name = ''] = readdirSync(join(dir, 'pins'))
  return join(dir, 'pins', name)
}

test('a pin is found again by its whole key, and its file is for the user alone', () => {
  pinCache(dir).save('archive\nhttps://x.example/a\nsha1-x', digest)
  expect(pinCache(dir).find('archive\nhttps://x.example/a\nsha1-x')).toEqual(digest)
  expect(pinCache(dir).find('archive\nhttps://x.example/a\n')).toBeUndefined()
  expect(statSync(onlyPin()).mode & 0o777).toBe(0o600)
})

test('a folder that a run has opened is not pruned for what was written into it long ago; one that none opens goes', () => {
  const past = new Date(Date.now() - 40 * 24 * 60 * 60 * 1000)
  const folders = ['npm', 'uv'].map((name) => cacheFolder(dir, 'resolutions', name))
  for (const folder of folders) utimesSync(folder, past, past)
  cacheFolder(dir, 'resolutions', 'npm')
  pruneCache(dir, { olderThan: 30 * 24 * 60 * 60 * 1000, dry: false })
  expect(readdirSync(join(dir, 'resolutions'))).toEqual(['npm'])
})

test('a pin older than a day is not believed', () => {
  pinCache(dir).save('k', digest)
  const past = new Date(Date.now() - 25 * 60 * 60 * 1000)
  utimesSync(onlyPin(), past, past)
  expect(pinCache(dir).find('k')).toBeUndefined()
})

test.each(['', 'sha512 ab\n', `sha1 ${'ab'.repeat(20)}\n`, `sha512 ${'ab'.repeat(64)}`, `sha256 ${'ab'.repeat(64)}\n`])(
  'a damaged pin (%j) is none',
  (text) => {
    pinCache(dir).save('k', digest)
    writeFileSync(onlyPin(), text)
    expect(pinCache(dir).find('k')).toBeUndefined()
  },
)

test('a cache that cannot be written is no problem', () => {
  writeFileSync(join(dir, 'pins'), 'a file in the way')
  pinCache(dir).save('k', digest)
  expect(pinCache(dir).find('k')).toBeUndefined()
  expect(readFileSync(join(dir, 'pins'), 'utf8')).toBe('a file in the way')
})

test('XDG_CACHE_HOME says where the cache is, unless it is relative', () => {
  expect(cacheDirectory({ XDG_CACHE_HOME: dir })).toBe(join(dir, 'lock2build'))
  expect(statSync(join(dir, 'lock2build')).mode & 0o777).toBe(0o700)
  expect(cacheDirectory({ XDG_CACHE_HOME: 'relative' })).not.toContain('relative')
})

test('without a home the temporary directory serves, but never a directory that others could have prepared', () => {
  process.env['TMPDIR'] = dir
  const environment = { XDG_CACHE_HOME: '/dev/null' }
  const own = cacheDirectory(environment)
  expect(own.startsWith(dir)).toBe(true)
  expect(cacheDirectory(environment)).toBe(own)
  chmodSync(own, 0o777)
  expect(cacheDirectory(environment)).not.toBe(own)
  rmSync(own, { recursive: true })
  symlinkSync('/etc', own)
  const another = cacheDirectory(environment)
  expect([own, '/etc']).not.toContain(another)
  expect(another.startsWith(dir)).toBe(true)
})
