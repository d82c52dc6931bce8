import { describe, expect, test } from 'vitest'
import { nodeComparison } from '../../../converters/node/comparison.ts'
import { diffSpecs } from '../../../src/diff/diff-specs.ts'
import { isSame, noDifference } from '../../../src/diff/difference.ts'
import { printDiff } from '../../../src/diff/print-diff.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { BuildSpec, SpecSource } from '../../../src/spec/build-spec.ts'
import { collectParts, type NamedPart } from '../../../src/spec/collection-parts.ts'
import { printSpec } from '../../../src/spec/print.ts'
import { readSpec } from '../../../src/spec/read.ts'
import { sampleSpec, sampleSri } from '../spec/sample-spec.ts'

const source = (id: string): SpecSource => ({ name: 'x', urls: [`https://h/${id}`], hash: sampleSri('sha512', id) })

function specOf(ids: readonly string[], plan: JsonObject = {}): BuildSpec {
  const sources = Object.fromEntries(ids.map((id) => [id, source(id)]))
  const lock = { file: 'package-lock.json', format: 'npm-lock', version: '3' }
  return {
    lock2build: 1,
    systems: ['x86_64-linux'],
    ecosystems: { node: { project: { name: 'app', version: '1.0.0' }, lock, omit: [], sources, plan } },
  }
}

function withPart(spec: BuildSpec, change: Partial<BuildSpec['ecosystems'][string]>): BuildSpec {
  const part = spec.ecosystems['node']
  if (part === undefined) throw new Error('no part')
  return { ...spec, ecosystems: { node: { ...part, ...change } } }
}

const comparisons = new Map([['node', nodeComparison]])
const diff = (before: BuildSpec | undefined, after: BuildSpec) => diffSpecs(before, after, comparisons)
const lines = (before: BuildSpec | undefined, after: BuildSpec): readonly string[] => printDiff(diff(before, after))

describe('the diff of two specs', () => {
  test('is empty for equal specs, also when one was read from disk', () => {
    const same = diff(readSpec(printSpec(sampleSpec), 'spec.json'), sampleSpec)
    expect(isSame(same)).toBe(true)
    expect(printDiff(same)).toEqual([])
  })

  test('without a spec before has every package as added, and nothing else', () => {
    expect(diff(undefined, specOf(['b@1.0.0', '@s/a@2.0.0', 'b@2.0.0']))).toEqual({
      ...noDifference,
      added: [
        { ecosystem: 'node', name: '@s/a', version: '2.0.0' },
        { ecosystem: 'node', name: 'b', version: '1.0.0' },
        { ecosystem: 'node', name: 'b', version: '2.0.0' },
      ],
    })
  })

  test('names the variables of the build that differ', () => {
    const before = withPart(specOf([]), { env: { GONE: 'x', OTHER: '1', SAME: 'x' } })
    expect(lines(before, withPart(specOf([]), { env: { NEW: '', OTHER: '2', SAME: 'x' } }))).toEqual([
      '  variable GONE: removed',
      '  variable NEW: added',
      '  variable OTHER: changed',
    ])
  })

  test('names added, removed and updated packages', () => {
    expect(
      lines(specOf(['gone@1.0.0', 'up@1.0.0', 'same@1.0.0']), specOf(['come@1.0.0', 'up@1.1.0', 'same@1.0.0'])),
    ).toEqual(['+ come 1.0.0', '- gone 1.0.0', '~ up 1.0.0 → 1.1.0 (minor)'])
  })

  test.each<[string, string[], string[], string[]]>([
    ['one of two versions updated', ['a@1.0.0', 'a@2.0.0'], ['a@1.0.0', 'a@3.0.0'], ['~ a 2.0.0 → 3.0.0 (major)']],
    ['a second version', ['a@1.0.0'], ['a@1.0.0', 'a@2.0.0'], ['+ a 2.0.0']],
    ['one of two versions removed', ['a@1.0.0', 'a@2.0.0'], ['a@1.0.0'], ['- a 2.0.0']],
    ['two versions united', ['a@1.0.0', 'a@2.0.0'], ['a@3.0.0'], ['- a 1.0.0', '~ a 2.0.0 → 3.0.0 (major)']],
    ['a scoped package', ['@s/a@1.0.0'], ['@s/a@1.0.1'], ['~ @s/a 1.0.0 → 1.0.1 (patch)']],
  ])('tells %s', (_, before, after, expected) => {
    expect(lines(specOf(before), specOf(after))).toEqual(expected)
  })

  test('flags another hash or place under the same version', () => {
    const after = withPart(specOf([]), {
      sources: {
        'a@1.0.0': { ...source('a@1.0.0'), hash: sampleSri('sha512', 'evil') },
        'b@1.0.0': { name: 'x', path: 'b.tgz' },
        'c@1.0.0': { ...source('c@1.0.0'), urls: ['https://h/elsewhere'] },
      },
    })
    const [a = '', b = ''] = ['a@1.0.0', 'b@1.0.0'].map((id) => sampleSri('sha512', id))
    const expected = diff(specOf(['a@1.0.0', 'b@1.0.0', 'c@1.0.0']), after)
    expect(expected).toEqual({
      ...noDifference,
      moved: [{ ecosystem: 'node', name: 'b', version: '1.0.0', from: 'h', to: 'the project' }],
      integrity: [
        { ecosystem: 'node', name: 'a', version: '1.0.0', kind: 'changed', from: a, to: sampleSri('sha512', 'evil') },
        { ecosystem: 'node', name: 'b', version: '1.0.0', kind: 'lost', from: b, to: '' },
      ],
      other: ['c@1.0.0: another urls'],
    })
  })

  test('sums up everything else', () => {
    const before = specOf([], { places: { a: { x: 1 }, b: {}, c: {} }, conditions: 'y', local: {} })
    const after = withPart(
      {
        ...specOf([], { places: { a: { x: 2 }, b: {}, d: {}, e: {} }, local: {} }),
        systems: ['aarch64-linux', 'x86_64-linux'],
      },
      {
        omit: ['dev'],
        lock: { file: 'npm-shrinkwrap.json', format: 'npm-lock', version: '3' },
        project: { name: 'app', version: '1.1.0' },
      },
    )
    const changed = { ...after, systems: ['aarch64-linux', 'x86_64-linux'] }
    expect(diff(before, changed).other).toEqual([
      'systems: x86_64-linux → aarch64-linux, x86_64-linux',
      'lock file: package-lock.json (npm-lock, version 3) → npm-shrinkwrap.json (npm-lock, version 3)',
      'project: app 1.0.0 → app 1.1.0',
      'left out: nothing → dev',
      'conditions: changed',
      'places: 2 added, 1 removed, 1 changed',
    ])
  })

  test('tells an ecosystem that went', () => {
    const before: BuildSpec = {
      ...specOf(['a@1.0.0']),
      ecosystems: { ...specOf([]).ecosystems, python: specOf(['p@1']).ecosystems['node'] ?? never() },
    }
    expect(lines(before, specOf([]))).toEqual(['- p 1', '  python: no longer part of the project'])
  })

  test('takes __proto__ for a name like any other', () => {
    const plan: JsonObject = JSON.parse('{"__proto__": {"a": 1}}')
    expect(lines(specOf([]), specOf([], plan))).toEqual(['  __proto__: changed'])
  })
})

describe('the diff of two collections', () => {
  const packageOf = (name: string, version: string, ids: readonly string[]): NamedPart => ({
    ecosystem: 'node',
    attribute: name,
    supplements: [],
    part: {
      project: { name, version },
      lock: { file: `lock2build/packages/${name}/package-lock.json`, format: 'npm-lock', version: '3' },
      omit: [],
      sources: Object.fromEntries(ids.map((id) => [id, source(id)])),
      plan: { places: Object.fromEntries(ids.map((id) => [id, { source: id }])) },
    },
  })
  const collectionOf = (...parts: readonly NamedPart[]): BuildSpec => ({
    ...specOf([]),
    ecosystems: {},
    collection: { node: collectParts(parts) },
  })

  test('tells of what several packages need once, and which packages came, went and changed', () => {
    const before = collectionOf(
      packageOf('one', '1.0.0', ['one@1.0.0', 'dep@1.0.0']),
      packageOf('two', '1.0.0', ['two@1.0.0', 'dep@1.0.0']),
      packageOf('gone', '1.0.0', ['gone@1.0.0']),
    )
    const after = collectionOf(
      packageOf('one', '1.1.0', ['one@1.1.0', 'dep@1.0.1']),
      packageOf('two', '1.0.0', ['two@1.0.0', 'dep@1.0.1']),
      packageOf('new', '3.0.0', ['new@3.0.0']),
    )
    expect(lines(before, after)).toEqual([
      '+ new 3.0.0',
      '- gone 1.0.0',
      '~ dep 1.0.0 → 1.0.1 (patch)',
      '~ one 1.0.0 → 1.1.0 (minor)',
      '  gone 1.0.0: no longer in the collection',
      '  new 3.0.0: new in the collection',
      '  one: 1.0.0 → 1.1.0',
      '  one: places: 2 added, 2 removed',
      '  two: places: 1 added, 1 removed',
    ])
    expect(lines(before, before)).toEqual([])
  })
})

describe('printing a diff', () => {
  test('shows hostile names escaped', () => {
    const [line] = lines(specOf([]), specOf(['evil\u001b[2J\n@1.0.0']))
    expect(line).toBe('+ "evil\\u001b[2J\\n" 1.0.0')
  })

  test('counts what is beyond the limit', () => {
    const ids = Array.from({ length: 30 }, (_, index) => `p${String(index).padStart(2, '0')}@1.0.0`)
    expect(printDiff(diff(undefined, specOf(ids)), { limit: 2 })).toEqual([
      '+ p00 1.0.0',
      '+ p01 1.0.0',
      '+ … and 28 more',
    ])
  })
})

function never(): never {
  throw new Error('no part')
}
