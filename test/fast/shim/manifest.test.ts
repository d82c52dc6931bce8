/** What npm makes of a package.json: bins, install scripts, needs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  conditionOf,
  loadManifest,
  neededNames,
  parseManifest,
  printManifest,
} from '../../../converters/node/build/shim/manifest.ts'

let dir = ''
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'manifest-'))))
afterEach(() => rmSync(dir, { recursive: true }))

const manifestOf = (json: object, files: readonly string[] = []) => {
  writeFileSync(join(dir, 'package.json'), JSON.stringify(json))
  for (const file of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), '')
  }
  return loadManifest(dir)
}
const binsOf = (json: object, files?: readonly string[]) => Object.fromEntries(manifestOf(json, files).bins)

describe('bins', () => {
  test('a text is named after the package, without its scope', () => {
    expect(binsOf({ name: '@s/tool', bin: './cli.js' })).toEqual({ tool: 'cli.js' })
  })

  test('a list is named after its files', () => {
    expect(binsOf({ name: 'x', bin: ['bin/a', './b.js'] })).toEqual({ a: 'bin/a', 'b.js': 'b.js' })
  })

  test('names and files cannot leave their directories', () => {
    const bin = { '../../evil': '../../../etc/passwd', 'a:b': 'c:d', '..': 'x', ok: '', none: 5, '': 'y' }
    expect(binsOf({ name: 'x', bin })).toEqual({ evil: 'etc/passwd', b: 'c/d' })
  })

  test('`__proto__` is a name like any other', () => {
    writeFileSync(join(dir, 'package.json'), '{"name":"x","bin":{"__proto__":"a.js","b":"b.js"}}')
    expect([...loadManifest(dir).bins.keys()]).toEqual(['__proto__', 'b'])
  })

  test('without bin, directories.bin names files; hidden ones are left out', () => {
    const json = { name: 'x', directories: { bin: './commands' } }
    expect(binsOf(json, ['commands/a', 'commands/deep/b', 'commands/.hidden'])).toEqual({
      a: 'commands/a',
      b: 'commands/deep/b',
    })
    expect(binsOf({ ...json, bin: { c: 'c.js' } })).toEqual({ c: 'c.js' })
  })
})

describe('install scripts', () => {
  const scriptsOf = (json: object, files?: readonly string[]) => [...manifestOf(json, files).installScripts]

  test('are the three events of an installation', () => {
    const scripts = { postinstall: 'c', install: 'b', preinstall: 'a', prepare: 'd', test: 'e' }
    expect(scriptsOf({ scripts })).toEqual([
      ['preinstall', 'a'],
      ['install', 'b'],
      ['postinstall', 'c'],
    ])
  })

  test('an addon without a script of its own is compiled', () => {
    expect(scriptsOf({ scripts: { postinstall: 'c' } }, ['binding.gyp'])).toEqual([
      ['install', 'node-gyp rebuild'],
      ['postinstall', 'c'],
    ])
    expect(scriptsOf({ scripts: { preinstall: 'a' } })).toEqual([['preinstall', 'a']])
    expect(scriptsOf({ gypfile: false })).toEqual([])
  })
})

test('what a package needs: optional wins over required, peers may be optional, development counts for local packages', () => {
  const manifest = manifestOf({
    dependencies: { a: '1', b: '1' },
    optionalDependencies: { b: '1' },
    peerDependencies: { c: '1', d: '1' },
    peerDependenciesMeta: { d: { optional: true } },
    devDependencies: { e: '1' },
  })
  const needs = (isLocal: boolean) =>
    Object.fromEntries([...neededNames(manifest, isLocal)].map(([name, { optional }]) => [name, optional]))
  expect(needs(false)).toEqual({ a: false, b: true, c: false, d: true })
  expect(needs(true)).toEqual({ a: false, b: true, c: false, d: true, e: false })
})

test('a byte order mark is ignored, other damage is told with the file', () => {
  writeFileSync(join(dir, 'package.json'), '\uFEFF{"name":"x"}')
  expect(loadManifest(dir).name).toBe('x')
  writeFileSync(join(dir, 'package.json'), '{"name":')
  expect(() => loadManifest(dir)).toThrow(`${dir}/package.json is not JSON`)
})

test('a manifest that is kept says what the file says, also where its commands are named like numbers or members of objects', () => {
  writeFileSync(
    join(dir, 'package.json'),
    `{
      "name": "x", "version": "1.0.0", "description": "two\\nlines", "bin": { "b": "b.js", "1": "a.js", "__proto__": "c.js" },
      "scripts": { "install": "make" }, "os": "linux", "dependencies": { "__proto__": "1", "y": "^1.0.0" }
    }`,
  )
  const read = loadManifest(dir)
  const kept = parseManifest(printManifest(read))
  expect([kept.name, kept.version, [...kept.bins], [...kept.installScripts]]).toEqual([
    'x',
    '1.0.0',
    [...read.bins],
    [['install', 'make']],
  ])
  expect([...kept.bins]).toHaveLength(3)
  expect([...neededNames(kept, false).keys()]).toEqual([...neededNames(read, false).keys()])
  expect(conditionOf(kept)).toEqual({ os: ['linux'], cpu: undefined, libc: undefined, engines: {} })
})
