/** Unpacking by npm's rules (pacote), on disk. */
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { unpack } from '../../../converters/node/build/shim/archive/unpack.ts'
import { tarOf, type Member } from './tar-archive.ts'

let dir = ''
let umask = 0
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'unpack-'))
  umask = process.umask(0o022)
})
afterEach(() => {
  process.umask(umask)
  rmSync(dir, { recursive: true })
})

const into = (): string => join(dir, 'out')
const unpackOf = (members: readonly Member[], hash?: string) => {
  const archive = join(dir, 'a.tgz')
  writeFileSync(archive, tarOf(members))
  return unpack({ archive, into: into(), label: 'demo@1.0.0', ...(hash === undefined ? {} : { hash }) })
}
const files = (): readonly string[] =>
  readdirSync(into(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(into().length + 1))
    .sort()

describe('paths', () => {
  test('the first component goes, whatever its name', () => {
    unpackOf([{ path: 'package/a' }, { path: 'other/b' }, { path: './c/d' }])
    expect(files()).toEqual(['a', 'b', 'c/d'])
  })

  test('links, directories and devices are not made', () => {
    unpackOf([
      { path: 'package/a' },
      { path: 'package/link', type: '2', link: '/etc/passwd' },
      { path: 'package/hard', type: '1', link: 'package/a' },
      { path: 'package/empty/', type: '5' },
      { path: 'package/device', type: '3' },
    ])
    expect(readdirSync(into())).toEqual(['a'])
  })

  test.each([
    ['package/../../evil', 'a path that leaves the package'],
    ['package/..\\..\\evil', 'a path that leaves the package'],
    ['/package/evil', 'an absolute path'],
    [`package/${'d/'.repeat(45)}`.slice(0, 99), undefined],
  ])('%s: %s', (path, why) => {
    const run = () => unpackOf([{ path }, { path: 'package/a' }])
    if (why === undefined) expect(run).not.toThrow()
    else expect(run).toThrow(`The archive of demo@1.0.0 holds ${JSON.stringify(path)}, ${why}`)
  })

  test('a backslash is an ordinary character, as it is to npm on Linux and macOS', () => {
    unpackOf([{ path: 'package/a\\b' }])
    expect(files()).toEqual(['a\\b'])
  })

  test('of two entries with one path the later content wins, in the mode of the earlier', () => {
    unpackOf([
      { path: 'package/a', content: 'first', mode: 0o755 },
      { path: 'package/a', content: 'second', mode: 0o644 },
    ])
    expect(readFileSync(join(into(), 'a'), 'utf8')).toBe('second')
    expect(lstatSync(join(into(), 'a')).mode & 0o777).toBe(0o755)
  })

  test('what stood there before is gone', () => {
    mkdirSync(into())
    writeFileSync(join(into(), 'old'), '')
    unpackOf([{ path: 'package/a' }])
    expect(files()).toEqual(['a'])
  })

  test('an archive without files is told', () => {
    expect(() => unpackOf([{ path: 'package/', type: '5' }])).toThrow('The archive of demo@1.0.0 holds no files')
  })
})

describe('.gitignore', () => {
  test('becomes .npmignore', () => {
    unpackOf([{ path: 'package/.gitignore', content: 'git' }])
    expect(files()).toEqual(['.npmignore'])
  })

  test('is dropped where a .npmignore came before, and overwritten where it comes after', () => {
    unpackOf([
      { path: 'package/a/.npmignore', content: 'npm' },
      { path: 'package/a/.gitignore', content: 'git' },
      { path: 'package/b/.gitignore', content: 'git' },
      { path: 'package/b/.npmignore', content: 'npm' },
    ])
    expect(files()).toEqual(['a/.npmignore', 'b/.npmignore'])
    expect(readFileSync(join(into(), 'a/.npmignore'), 'utf8')).toBe('npm')
    expect(readFileSync(join(into(), 'b/.npmignore'), 'utf8')).toBe('npm')
  })
})

test.each([
  [0o644, 0o644],
  [0o755, 0o755],
  [0o600, 0o644],
  [0o777, 0o755],
  [0o000, 0o644],
  [0o500, 0o744],
  [0o4755, 0o755],
])('mode %o becomes %o', (mode, expected) => {
  unpackOf([{ path: 'package/a', mode }])
  expect(lstatSync(join(into(), 'a')).mode & 0o7777).toBe(expected)
})

describe('what the archive holds is reported', () => {
  test('executables that start with #!', () => {
    const { scripts } = unpackOf([
      { path: 'package/bin/cli', content: '#!/usr/bin/env node\n', mode: 0o755 },
      { path: 'package/lib.js', content: '#!/usr/bin/env node\n' },
      { path: 'package/binary', content: '\x7fELF', mode: 0o755 },
    ])
    expect(scripts).toEqual(['bin/cli'])
  })

  test('a node_modules of its own', () => {
    expect(unpackOf([{ path: 'package/node_modules/x/a' }]).hasModules).toBe(true)
    expect(unpackOf([{ path: 'package/test/node_modules/x/a' }]).hasModules).toBe(false)
  })
})

describe('integrity', () => {
  const members = [{ path: 'package/a', content: 'x' }]
  const sri = (algorithm: string) => `${algorithm}-${createHash(algorithm).update(tarOf(members)).digest('base64')}`

  test('the strongest algorithm decides', () => {
    expect(() => unpackOf(members, `sha1-AAAA ${sri('sha512')}`)).not.toThrow()
    expect(() => unpackOf(members, `${sri('sha1')} sha512-AAAA`)).toThrow('is not the one that was locked')
  })

  test('one of several digests may match', () => {
    expect(() => unpackOf(members, `sha256-AAAA ${sri('sha256')}`)).not.toThrow()
  })

  test('nothing is written when it does not match', () => {
    expect(() => unpackOf(members, 'sha256-AAAA')).toThrow('demo@1.0.0 is not the one that was locked: it has sha256-')
    expect(readdirSync(dir)).toEqual(['a.tgz'])
  })
})
