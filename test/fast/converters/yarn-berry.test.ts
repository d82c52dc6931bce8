/** Rules of Yarn 2 and later; what a whole lock file gives is shown by fixtures/yarn-berry. */
import { describe, expect, test } from 'vitest'
import { parseConditions } from '../../../converters/node/readers/yarn-berry/conditions.ts'
import { berryGraph, findEntry } from '../../../converters/node/readers/yarn-berry/graph.ts'
import { readEntries, type BerryEntry } from '../../../converters/node/readers/yarn-berry/entries.ts'
import { parseIdent, parseRange, slugOf, withProtocol } from '../../../converters/node/readers/yarn-berry/locator.ts'
import { rootFields } from '../../../src/text/fields.ts'
import { parseYaml } from '../../../src/text/yaml-document.ts'

describe('the names that Yarn gave to files of its cache', () => {
  test.each([
    ['express@npm:4.21.0', 'express-npm-4.21.0'],
    ['@esbuild/linux-x64@npm:0.21.5', '@esbuild-linux-x64-npm-0.21.5-88079726c4'],
    ['ms@npm:2.1.3', 'ms-npm-2.1.3-81ff3cfac1'],
    ['wrappy@npm:1.0.2', 'wrappy-npm-1.0.2-916de4d4b3'],
    [
      'packed@file:./vendor/packed.tgz#./vendor/packed.tgz::hash=938361&locator=sources%40workspace%3A.',
      'packed-file-18adef7946',
    ],
  ])('%s', (locator, slug) => {
    const ident = parseIdent(locator)
    expect(ident === undefined ? undefined : slugOf(ident)).toContain(slug)
  })
})

test.each([
  ['npm:^1.0.0', { protocol: 'npm:', source: undefined, selector: '^1.0.0' }],
  [
    'patch:resolve@npm%3A1.22.8#optional!builtin<compat/resolve>::version=1.22.8&hash=c3c19d',
    { protocol: 'patch:', source: 'resolve@npm:1.22.8', selector: 'optional!builtin<compat/resolve>' },
  ],
  [
    'https://git.example/a.git#commit=abc',
    { protocol: 'https:', source: '//git.example/a.git', selector: 'commit=abc' },
  ],
  ['^1.0.0', { protocol: undefined, source: undefined, selector: '^1.0.0' }],
])('%s is read as yarn reads it', (text, parts) => {
  expect(parseRange(text)).toMatchObject(parts)
})

test.each([
  ['^1.0.0', 'npm:^1.0.0'],
  ['latest', 'npm:latest'],
  ['>=1 <2 || 3', 'npm:>=1 <2 || 3'],
  ['npm:1', 'npm:1'],
  ['workspace:^', 'workspace:^'],
  ['./lib', './lib'],
  ['user/repo', 'user/repo'],
])('%s means %s', (range, meaning) => {
  expect(withProtocol(range)).toBe(meaning)
})

test.each([
  ['os=linux', { os: ['linux'] }],
  ['os=linux & cpu=x64 & libc=glibc', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }],
  ['(os=darwin | os=linux) & !cpu=arm', { os: ['darwin', 'linux'], cpu: ['!arm'] }],
])('the conditions %s', (text, condition) => {
  expect(parseConditions(text)).toEqual({ kind: 'platform', ...condition })
})

test.each(['', 'os', 'os=', 'node=18', 'os=a/b', 'os=linux; x'])('%j is no condition that Yarn writes', (text) => {
  expect(parseConditions(text)).toBeUndefined()
})

describe('what a dependency means', () => {
  const entries = entriesOf(`
"a@npm:^1.0.0, a@npm:^1.1.0":
  version: 1.1.0
  resolution: "a@npm:1.1.0"
"a@npm:2.0.0":
  version: 2.0.0
  resolution: "a@npm:2.0.0"
"t@npm:^5.0.0":
  version: 5.0.0
  resolution: "t@npm:5.0.0"
"t@patch:t@npm%3A^5.0.0#optional!builtin<compat/t>":
  version: 5.0.0
  resolution: "t@patch:t@npm%3A5.0.0#optional!builtin<compat/t>::version=5.0.0&hash=abc"
"lib@portal:./lib::locator=root%40workspace%3A.":
  version: 0.0.0-use.local
  resolution: "lib@portal:./lib::locator=root%40workspace%3A."
`)
  const from = entries[0] ?? expect.fail()
  const find = (name: string, range: string, resolutions: Readonly<Record<string, string>> = {}): string | undefined =>
    findEntry(berryGraph(entries, new Map(Object.entries(resolutions))), from, name, range)?.resolution

  test('one of the descriptors of an entry', () => expect(find('a', 'npm:^1.1.0')).toBe('a@npm:1.1.0'))
  test('as Yarn 3 writes it, without npm:', () => expect(find('a', '^1.0.0')).toBe('a@npm:1.1.0'))
  test('the patched one, where Yarn patches it', () => expect(find('t', '^5.0.0')).toMatch(/^t@patch:/))
  test('a path that belongs to who asks', () => expect(find('lib', 'portal:./lib')).toMatch(/^lib@portal:/))
  test('nothing, when two might be meant', () => expect(find('a', 'npm:^3.0.0')).toBeUndefined())
  test('a resolution for everybody', () => expect(find('a', 'npm:^9', { a: '2.0.0' })).toBe('a@npm:2.0.0'))
  test('a resolution for one parent', () => {
    expect(find('a', 'npm:^1.0.0', { 'a/a': 'npm:2.0.0' })).toBe('a@npm:2.0.0')
    expect(find('a', 'npm:^1.0.0', { 'b/a': 'npm:2.0.0' })).toBe('a@npm:1.1.0')
  })
  test('a resolution of one range', () => {
    expect(find('a', 'npm:^1.0.0', { 'a@npm:^1.0.0': '2.0.0' })).toBe('a@npm:2.0.0')
    expect(find('a', 'npm:^1.1.0', { 'a@npm:^1.0.0': '2.0.0' })).toBe('a@npm:1.1.0')
  })
})

function entriesOf(text: string): readonly BerryEntry[] {
  const root = rootFields(parseYaml(text, { file: 'yarn.lock', purpose: 'lock', scalars: 'text' }))
  return root === undefined ? [] : readEntries(root, '10c0')
}
