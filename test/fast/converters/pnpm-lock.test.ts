/** Rules of pnpm's that fixtures show only here and there: keys and their directories, patterns, which pnpm and whose scripts. */
import { describe, expect, it, test } from 'vitest'
import {
  directoryName,
  keyOf,
  parseDepPath,
  type Grammar,
} from '../../../converters/node/readers/pnpm-lock/dep-path.ts'
import { matcherOf } from '../../../converters/node/readers/pnpm-lock/hoisting.ts'
import { readPnpmLock } from '../../../converters/node/readers/pnpm-lock/lock-file.ts'
import { choosePnpm, scriptPolicy } from '../../../converters/node/readers/pnpm-lock/manager.ts'
import type { BuildSettings } from '../../../converters/node/readers/pnpm-lock/settings.ts'
import type { ReadContext } from '../../../src/model/converter.ts'
import { rootFields } from '../../../src/text/fields.ts'
import { parseJson } from '../../../src/text/json-document.ts'

const react =
  'eslint-config-react-app@7.0.1(@babel/plugin-syntax-flow@7.29.7)(@babel/plugin-transform-react-jsx@7.29.7)(eslint@8.57.1)(jest@27.5.1)(typescript@7.0.2)'
const refresh =
  '@pmmmwh/react-refresh-webpack-plugin@0.5.17(react-refresh@0.11.0)(type-fest@0.21.3)(webpack-dev-server@4.15.2(webpack@5.112.2(postcss@8.5.33)))(webpack@5.112.2(postcss@8.5.33))'

describe('keys', () => {
  it.each([
    [5, '/ms/2.1.3', { id: '/ms/2.1.3', name: 'ms', version: '2.1.3' }],
    [5, '/@s/a/1.0.0-rc.1_react@18.2.0', { id: '/@s/a/1.0.0-rc.1', name: '@s/a', version: '1.0.0-rc.1' }],
    [5, 'github.com/o/r/96288d3', { id: 'github.com/o/r/96288d3' }],
    [6, '/@s/a@1.0.0(react@18.2.0)(x@1.0.0)', { id: '/@s/a@1.0.0', name: '@s/a', version: '1.0.0' }],
    [6, 'file:packages/a(react@18.2.0)', { id: 'file:packages/a' }],
    [9, 'a@1.0.0(patch_hash=ab)(b@2.0.0(c@3.0.0))', { id: 'a@1.0.0', name: 'a', version: '1.0.0' }],
    [9, 'a@1.0.0(b@2.0.0(c@3.0.0(d@4.0.0(e@5.0.0))))', { id: 'a@1.0.0', name: 'a', version: '1.0.0' }],
    [9, 'a@file:x(1)/b(c@3.0.0(d@4.0.0))', { id: 'a@file:x(1)/b', name: 'a', version: undefined }],
    [9, '@s/a@file:x(1)/b', { id: '@s/a@file:x(1)/b', name: '@s/a', version: undefined }],
  ] as const)('of version %d: %s', (grammar, key, parsed) => {
    expect(parseDepPath(key, grammar)).toEqual(parsed)
  })

  it.each([
    [5, '1.0.0_react@18.2.0', '/a/1.0.0_react@18.2.0'],
    [5, '/b/2.0.0', '/b/2.0.0'],
    [6, '1.0.0(@s/react@18.2.0)', '/a@1.0.0(@s/react@18.2.0)'],
    [6, '/b@2.0.0', '/b@2.0.0'],
    [6, 'file:x', 'file:x'],
    [9, '1.0.0(b@2.0.0)', 'a@1.0.0(b@2.0.0)'],
    [9, 'b@2.0.0', 'b@2.0.0'],
    [9, '@s/b@2.0.0(c@1.0.0)', '@s/b@2.0.0(c@1.0.0)'],
    [9, 'git+https://u@h/x.git#1', 'a@git+https://u@h/x.git#1'],
    [9, 'link:../b', undefined],
  ] as const)('by reference, version %d: %s', (grammar, reference, key) => {
    expect(keyOf(reference, 'a', grammar)).toBe(key)
  })

  // Names that the real ones gave.
  it.each<readonly [Grammar, number, string, unknown]>([
    [5, 7, '/@babel/core/7.0.0', '@babel+core@7.0.0'],
    [5, 7, '/react-dom/18.2.0_react@18.2.0', 'react-dom@18.2.0_react@18.2.0'],
    [6, 8, '/react-dom@18.2.0(react@18.2.0)', 'react-dom@18.2.0_react@18.2.0'],
    [6, 8, 'file:vendor/copied', 'file+vendor+copied'],
    [6, 8, 'github.com/o/r/96288d3', 'github.com+o+r@96288d3'],
    [9, 9, '@s/a@1.0.0(b@2.0.0(c@3.0.0))', '@s+a@1.0.0_b@2.0.0_c@3.0.0_'],
    [9, 10, 'copied@file:vendor/copied', 'copied@file+vendor+copied'],
    [
      6,
      8,
      `/${react}`,
      'eslint-config-react-app@7.0.1_@babel+plugin-syntax-flow@7.29.7_@babel+plugin-transform-react-_a5t35t57676cnyszvytopez6pa',
    ],
    [
      9,
      9,
      refresh,
      '@pmmmwh+react-refresh-webpack-plugin@0.5.17_react-refresh@0.11.0_type-fest@0.21.3_webpack-dev_gxw2h65yciklf272cus7b6xvoi',
    ],
    [
      9,
      10,
      refresh,
      '@pmmmwh+react-refresh-webpack-plugin@0.5.17_react-refresh@0.11.0_type-fest@0.21.3_webpa_d708aecc711e9a562ec169971a45b464',
    ],
    [
      9,
      11,
      'from-git@git+http://127.0.0.1:1/a.git#96288d3',
      expect.stringMatching(/^from-git@git\+http\+\+\+127\.0\.0\.1\+1\+a\.git\+96288d3_[0-9a-f]{32}$/),
    ],
  ])('have a directory, version %d, pnpm %d: %s', (grammar: Grammar, major, key, name) => {
    expect(directoryName(key, { grammar, major, longest: 120 })).toEqual(name)
  })

  it('never make a name that is longer than the limit, or has a slash', () => {
    const key = `@s/a@1.0.0${Array.from({ length: 50 }, (_, index) => `(peer-${index}@1.0.0)`).join('')}`
    for (const major of [9, 10, 11]) {
      const name = directoryName(key, { grammar: 9, major, longest: 120 })
      expect(name.length).toBeLessThanOrEqual(120)
      expect(name).not.toContain('/')
    }
  })
})

test.each([
  [['*'], 'a', true],
  [[], 'a', false],
  [['*eslint*', '*prettier*'], '@typescript-eslint/parser', true],
  [['*eslint*'], 'semver', false],
  [['!a'], 'b', true],
  [['!a'], 'a', false],
  [['*', '!a'], 'a', false],
  [['a*', '!ab', 'ab*'], 'abc', true],
])('the patterns %j match %s: %s', (patterns, name, expected) => {
  expect(matcherOf(patterns)(name)).toBe(expected)
})

const nothing: BuildSettings = { only: undefined, never: undefined, ignored: undefined, allow: undefined, all: false }

test.each([
  [8, {}, { run: 'all' }],
  [9, { never: ['a'] }, { run: 'but', packages: ['a'] }],
  [9, { only: ['b', 'a'] }, { run: 'only', packages: ['a', 'b'] }],
  [10, {}, { run: 'none' }],
  [10, { all: true }, { run: 'all' }],
  [10, { only: [] }, { run: 'none' }],
  [11, { only: ['a'] }, { run: 'none' }],
  [
    11,
    {
      allow: new Map([
        ['a', true],
        ['b', false],
      ]),
    },
    { run: 'only', packages: ['a'] },
  ],
] as const)('pnpm %d with %j runs scripts: %j', (major, settings, policy) => {
  expect(scriptPolicy(major, { ...nothing, ...settings })).toEqual(policy)
})

describe('which pnpm', () => {
  const choose = (version: string, manifest: Readonly<Record<string, unknown>>, prefix = ''): string => {
    const text = JSON.stringify(manifest)
    const files: ReadContext['files'] = {
      find: (path) => (path === 'package.json' ? text : undefined),
      directories: () => [],
    }
    const context: ReadContext = { file: 'pnpm-lock.yaml', files, userConfig: [], environment: {} }
    const lock = readPnpmLock(`${prefix}lockfileVersion: '${version}'\nimporters: {.: {}}\n`, 'pnpm-lock.yaml')
    const fields = rootFields(parseJson(text, { file: 'package.json', purpose: 'manifest' }))
    return choosePnpm(lock, { context, manifest: fields, warn: () => undefined }).version
  }

  it.each([
    ['9.0', {}, '10.34.9'],
    ['6.0', {}, '8.15.9'],
    ['9.0', { packageManager: 'pnpm@9.1.0' }, '9.1.0'],
    ['6.0', { packageManager: 'pnpm@9.1.0' }, '8.15.9'],
    ['9.0', { engines: { pnpm: '^9.0.0' } }, '9.15.9'],
    ['9.0', { devEngines: { packageManager: { name: 'pnpm', version: '>=11' } } }, '11.28.11'],
    ['9.0', { engines: { pnpm: 'whatever' } }, '10.34.9'],
  ])('for %s and %j: %s', (version, manifest, chosen) => {
    expect(choose(version, manifest)).toBe(chosen)
  })

  it('is the newest for a lock file of two documents', () => {
    expect(choose('9.0', {}, "lockfileVersion: '9.0'\n---\n")).toBe('11.28.11')
  })
})
