import { describe, expect, test } from 'vitest'
import { isTrustedByDefault } from '../../../converters/node/readers/bun-lock/default-trusted.ts'
import { bunLock } from '../../../converters/node/readers/bun-lock/bun-lock.ts'
import { parseResolution } from '../../../converters/node/readers/bun-lock/resolution.ts'
import { wyhash11 } from '../../../converters/node/readers/bun-lock/wyhash11.ts'
import type { ReadContext } from '../../../src/model/converter.ts'
import type { Place } from '../../../src/model/lock.ts'

test.each([
  // What Bun names directories of its cache and of node_modules/.bun by.
  ['beta.2', '4049f5e8f1219d89'],
  ['alpha.37', 'f8c0e0b6ef31ceed'],
  ['next.7', 'e2d2e40b2c6cec9a'],
  ['supports-color7.2.0', '759ce506b1ed1a42'],
  ['supports-color8.1.1', '3844822a191571ee'],
])('the hash of %s is %s, as Bun has it', (text, hash) => {
  expect(wyhash11(text)).toBe(hash)
})

test('the hash of texts of every length is 16 digits, and no two are the same', () => {
  const hashes = Array.from({ length: 100 }, (_, length) => wyhash11('x'.repeat(length)))
  expect(new Set(hashes).size).toBe(100)
  for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/)
})

test.each([
  ['ms@2.1.3', { name: 'ms', resolution: { kind: 'npm', version: '2.1.3' } }],
  ['@s/a@1.0.0-beta.1+x', { name: '@s/a', resolution: { kind: 'npm', version: '1.0.0-beta.1+x' } }],
  ['a@workspace:packages/a', { name: 'a', resolution: { kind: 'workspace', path: 'packages/a' } }],
  ['lib@file:lib', { name: 'lib', resolution: { kind: 'folder', path: 'lib' } }],
  ['x@link:x', { name: 'x', resolution: { kind: 'link', path: 'x' } }],
  ['me@root:', { name: 'me', resolution: { kind: 'root' } }],
  ['@root:', { name: '', resolution: { kind: 'root' } }],
  ['t@./vendor/t-1.0.0.tgz', { name: 't', resolution: { kind: 'tarball', url: './vendor/t-1.0.0.tgz' } }],
  ['t@1.0.0.tgz', { name: 't', resolution: { kind: 'tarball', url: '1.0.0.tgz' } }],
  ['t@https://a.example/t', { name: 't', resolution: { kind: 'tarball', url: 'https://a.example/t' } }],
  [
    'g@git+ssh://git@a.example/g.git#0',
    { name: 'g', resolution: { kind: 'git', url: 'git+ssh://git@a.example/g.git#0' } },
  ],
  ['h@github:o/r#0123456', { name: 'h', resolution: { kind: 'github', repository: 'o/r', rev: '0123456' } }],
  ['h@github:o/r', { name: 'h', resolution: { kind: 'unknown', text: 'github:o/r' } }],
  ['h@github:../r#1', { name: 'h', resolution: { kind: 'unknown', text: 'github:../r#1' } }],
  ['nothing', { name: 'nothing', resolution: { kind: 'unknown', text: '' } }],
])('%s is read', (text, expected) => {
  expect(parseResolution(text)).toEqual(expected)
})

test('the list of trusted packages is that of the release', () => {
  expect(isTrustedByDefault('esbuild', '1.2.0')).toBe(true)
  expect(isTrustedByDefault('left-pad', '1.4.5')).toBe(false)
  expect(['1.2.18', '1.2.19'].map((bun) => isTrustedByDefault('yarn', bun))).toEqual([true, false])
  expect(['1.2.16', '1.2.17'].map((bun) => isTrustedByDefault('opencode-ai', bun))).toEqual([false, true])
  expect(['1.3.11', '1.3.12'].map((bun) => isTrustedByDefault('@anthropic-ai/claude-code', bun))).toEqual([false, true])
  expect(isTrustedByDefault('', '1.4.5')).toBe(false)
})

describe('a package whose peer is another version at the top', () => {
  // a needs peer@2 and plugin; plugin wants peer@2 beside it; the project has peer@1.
  const packages = {
    a: ['a@1.0.0', '', { dependencies: { peer: '2.0.0', plugin: '1.0.0' } }, ''],
    peer: ['peer@1.0.0', '', {}, ''],
    'a/peer': ['peer@2.0.0', '', {}, ''],
    plugin: ['plugin@1.0.0', '', { peerDependencies: { peer: '^2.0.0' } }, ''],
  }
  const asks = { a: '1.0.0', peer: '1.0.0' }

  test('is hoisted by Bun up to 1.4.3, although it finds the wrong one there', () => {
    const layout = layoutOf({ packages, asks, bun: '1.4.3' })
    expect([...layout.keys()]).toContain('node_modules/plugin')
  })

  test('stays beside the right one from 1.4.4 on', () => {
    const nested = { ...packages, 'a/plugin': packages.plugin }
    const layout = layoutOf({ packages: nested, asks, bun: '1.4.4' })
    expect([...layout.keys()].filter((path) => path.endsWith('plugin'))).toEqual(['node_modules/a/node_modules/plugin'])
  })
})

const isolated = '[install]\nlinker = "isolated"\n'

test('in a name of the store the peers are hashed, and who is further up is one only from 1.4.4 on', () => {
  const packages = {
    host: ['host@1.0.0', '', { dependencies: { part: '1.0.0' } }, ''],
    part: ['part@1.0.0', '', { peerDependencies: { host: '*' } }, ''],
  }
  const store = (bun: string): readonly string[] =>
    [...layoutOf({ packages, asks: { host: '1.0.0' }, bun, bunfig: isolated }).keys()].filter(
      (path) => path.endsWith('/node_modules/host') && path.includes('.bun/host'),
    )
  expect(store('1.4.3')).toEqual([`node_modules/.bun/host@1.0.0+${wyhash11('host1.0.0')}/node_modules/host`])
  expect(store('1.4.4')).toEqual(['node_modules/.bun/host@1.0.0/node_modules/host'])
})

test('an optional peer that nobody further up has is what the lock file says only from 1.3.2 on', () => {
  const packages = {
    plain: ['plain@1.0.0', '', { dependencies: { part: '1.0.0' } }, ''],
    other: ['other@1.0.0', '', { dependencies: { types: '1.0.0' } }, ''],
    part: ['part@1.0.0', '', { peerDependencies: { types: '*' }, optionalPeers: ['types'] }, ''],
    types: ['types@1.0.0', '', {}, ''],
  }
  const parts = (bun: string): readonly string[] =>
    [...layoutOf({ packages, asks: { plain: '1.0.0', other: '1.0.0' }, bun, bunfig: isolated }).keys()].flatMap(
      (path) => /\.bun\/(part@[^/]+)\/node_modules\/part$/.exec(path)?.[1] ?? [],
    )
  expect(parts('1.3.1')).toEqual(['part@1.0.0'])
  expect(parts('1.3.2')).toEqual([`part@1.0.0+${wyhash11('types1.0.0')}`])
})

describe('a package below others that need it in a circle', () => {
  const peers = { host: '*', small: '*' }
  const circle = {
    css: ['css@1.0.0', '', { dependencies: { schema: '1.0.0' }, peerDependencies: { host: '*' } }, ''],
    host: ['host@1.0.0', '', { dependencies: { minifier: '1.0.0' } }, ''],
    minifier: ['minifier@1.0.0', '', { dependencies: { schema: '1.0.0' }, peerDependencies: peers }, ''],
    schema: ['schema@1.0.0', '', { peerDependencies: { host: '*' }, optionalPeers: ['host'] }, ''],
    small: ['small@1.0.0', '', {}, ''],
  }
  const lost = { peerDependencies: { ...peers, lost: '*' }, optionalPeers: ['lost'] }
  const withLost = { ...circle, minifier: ['minifier@1.0.0', '', { dependencies: { schema: '1.0.0' }, ...lost }, ''] }
  const asks = { css: '1.0.0', host: '1.0.0', small: '1.0.0' }
  const schemas = (bun: string, packages: Project['packages']): readonly string[] =>
    [...layoutOf({ packages, asks, bun, bunfig: isolated }).keys()].flatMap(
      (path) => /\.bun\/(schema@[^/]+)\/node_modules\/schema$/.exec(path)?.[1] ?? [],
    )
  const outside = `schema@1.0.0+${wyhash11('host1.0.0small1.0.0')}`
  const inside = `schema@1.0.0+${wyhash11('host1.0.0')}`

  test('is walked again before Bun 1.3.13', () => {
    expect(schemas('1.2.23', circle)).toEqual([outside, inside])
    expect(schemas('1.3.12', circle)).toEqual([outside, inside])
    expect(schemas('1.3.13', circle)).toEqual([outside])
  })

  test('is walked again before Bun 1.4.1 where nobody is one of the peers', () => {
    expect(schemas('1.3.14', withLost)).toEqual([outside, inside])
    expect(schemas('1.4.0', withLost)).toEqual([outside, inside])
    expect(schemas('1.4.1', withLost)).toEqual([outside])
  })

  test('is refused where the ways around are without number, and not with a Bun that does not walk them', () => {
    const names = Array.from({ length: 14 }, (_, index) => `p${index}`)
    const packages = Object.fromEntries(
      names.map((name) => {
        const dependencies = Object.fromEntries(
          names.filter((other) => other !== name).map((other) => [other, '1.0.0']),
        )
        return [
          name,
          [`${name}@1.0.0`, '', { dependencies, peerDependencies: { lost: '*' }, optionalPeers: ['lost'] }, ''],
        ]
      }),
    )
    const layOut = (bun: string): number => layoutOf({ packages, asks: { p0: '1.0.0' }, bun, bunfig: isolated }).size
    expect(() => layOut('1.3.14')).toThrow('too many ways')
    expect(layOut('1.4.5')).toBeGreaterThan(14)
  })
})

interface Project {
  readonly packages: Readonly<Record<string, unknown>>
  readonly asks: Readonly<Record<string, string>>
  readonly bun: string
  readonly bunfig?: string
}

function layoutOf({ packages, asks, bun, bunfig }: Project): ReadonlyMap<string, Place> {
  const lock = { lockfileVersion: 2, workspaces: { '': { dependencies: asks } }, packages }
  const texts: Readonly<Record<string, string | undefined>> = {
    'bun.lock': JSON.stringify(lock),
    'package.json': JSON.stringify({ packageManager: `bun@${bun}`, dependencies: asks }),
    'bunfig.toml': bunfig,
  }
  const context: ReadContext = {
    file: 'bun.lock',
    files: { find: (path) => texts[path], directories: () => [] },
    userConfig: [],
    environment: {},
  }
  return bunLock.read(context).lock.layout ?? new Map()
}
