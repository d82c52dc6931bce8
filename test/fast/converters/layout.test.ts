/** The pure rules of npm's layout: platforms, optional sets, needs, and what --omit leaves out. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findTakes } from '../../../converters/node/layout/engine-sets.ts'
import { findNeed, needFinder, needIndex } from '../../../converters/node/layout/find-need.ts'
import { omitPlaces } from '../../../converters/node/layout/omit-places.ts'
import { optionalSet, placeGraph } from '../../../converters/node/layout/optional-set.ts'
import type { Need } from '../../../converters/node/layout/optional-set.ts'
import { findPlatform, runsOn } from '../../../converters/node/layout/platform.ts'
import { findSystems } from '../../../converters/node/layout/systems.ts'
import type { Condition, Place, PlaceFlag } from '../../../src/model/lock.ts'
import { packageId } from '../../../src/model/lock.ts'

const when = (condition: Omit<Condition, 'kind'>): Condition => ({ kind: 'platform', ...condition })

describe('platforms', () => {
  test.each([
    [{ os: ['linux'] }, true, false],
    [{ os: ['!linux'] }, false, true],
    [{ os: ['!win32', '!darwin'] }, true, false],
    [{ os: ['any'] }, true, true],
    [{ os: [] }, true, true],
    [{ cpu: ['x64', 'arm64'] }, true, true],
    [{ cpu: ['!x64', 'arm64'] }, false, true],
    [{ libc: ['glibc'] }, true, false],
    [{ libc: ['musl'] }, false, false],
    [{ os: ['linux', 'darwin'], cpu: ['ia32'] }, false, false],
    [{ engines: { node: '>=99' } }, true, true],
  ])('%j on x86_64-linux: %s, on aarch64-darwin: %s', (condition, linux, darwin) => {
    const runs = (system: string) => {
      const platform = findPlatform(system)
      if (platform === undefined) throw new Error(system)
      return runsOn(when(condition), platform)
    }
    expect([runs('x86_64-linux'), runs('aarch64-darwin')]).toEqual([linux, darwin])
  })

  test('node does not know every system', () => {
    expect(findPlatform('m68k-linux')).toBeUndefined()
    expect(findPlatform('constructor')).toBeUndefined()
  })
})

/** `a>b` needs, `a?b` needs optionally. */
function graphOf(...edges: readonly string[]) {
  const needs = new Map<string, Need[]>()
  for (const edge of edges) {
    const [, from = '', kind, to = ''] = /^(\w*)([>?])(\w+)$/.exec(edge) ?? []
    needs.set(from, [...(needs.get(from) ?? []), { path: to, optional: kind === '?' }])
  }
  return placeGraph(needs, new Set(['']))
}

const setOf = (graph: ReturnType<typeof graphOf>, start: string, gone: readonly string[] = []) =>
  [...optionalSet(graph, start, new Set(gone))].sort()

describe('optional sets', () => {
  test('what only the package needs goes with it', () => {
    expect(setOf(graphOf('?a', 'a>b', 'b>c'), 'a')).toEqual(['a', 'b', 'c'])
  })

  test('what something else needs stays, and so does what that needs', () => {
    expect(setOf(graphOf('?a', '>x', 'a>b', 'x>b', 'b>c', 'a>d'), 'a')).toEqual(['a', 'd'])
  })

  test('who cannot stand without it goes, up to the first optional edge', () => {
    expect(setOf(graphOf('?a', 'a>b', 'b>c', 'a>d'), 'c')).toEqual(['a', 'b', 'c', 'd'])
    expect(setOf(graphOf('>a', 'a?b', 'b>c'), 'c')).toEqual(['b', 'c'])
  })

  test('what is gone already needs nothing', () => {
    const graph = graphOf('?a', '?b', 'a>c', 'b>c')
    expect(setOf(graph, 'a')).toEqual(['a'])
    expect(setOf(graph, 'a', ['b'])).toEqual(['a', 'c'])
  })

  test('cycles end', () => {
    expect(setOf(graphOf('?a', 'a>b', 'b>c', 'c>b'), 'a')).toEqual(['a', 'b', 'c'])
  })

  test('the rule of npm, step by step, gives the same', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const edge = fc
      .tuple(fc.constantFrom('', ...names), fc.constantFrom('>', '?'), fc.constantFrom(...names))
      .map(([from, kind, to]) => `${from}${from === '' ? '?' : kind}${to}`)
    fc.assert(
      fc.property(fc.uniqueArray(edge, { maxLength: 12 }), fc.subarray(names.slice(1)), (edges, gone) => {
        expect(setOf(graphOf(...edges), 'a', gone)).toEqual(npmSet(edges, 'a', gone))
      }),
      { numRuns: 3000 },
    )
  })
})

/** arborist's optional-set.js and gather-dep-set.js, as literally as can be. */
function npmSet(texts: readonly string[], start: string, gone: readonly string[]): readonly string[] {
  const edges = texts.map((text) => {
    const [, from = '', kind, to = ''] = /^(\w*)([>?])(\w+)$/.exec(text) ?? []
    return { from, to, optional: kind === '?' }
  })
  const set = new Set([start])
  for (const node of set) for (const { from, to, optional } of edges) if (to === node && !optional) set.add(from)
  const counts = (edge: { from: string; to: string }) =>
    !set.has(edge.to) && (edge.from === start || !gone.includes(edge.from))
  const deps = new Set(set)
  for (const node of deps) for (const edge of edges) if (edge.from === node && counts(edge)) deps.add(edge.to)
  for (let changed = true; changed;) {
    changed = false
    for (const dep of deps) {
      if (!edges.some((edge) => edge.to === dep && !deps.has(edge.from) && counts(edge))) continue
      changed = true
      deps.delete(dep)
    }
  }
  return [...deps].sort()
}

describe('systems of places', () => {
  const systems = ['x86_64-linux', 'aarch64-darwin']

  test('a place is restricted to where it runs, with what goes with it', () => {
    const graph = graphOf('?a', '?b', 'a>c', 'b>c', 'a>d')
    const optional = [
      { path: 'a', when: when({ os: ['linux'] }) },
      { path: 'b', when: when({ os: ['win32'] }) },
    ]
    expect(findSystems(['a', 'b', 'c', 'd'], { optional, graph, systems })).toEqual(
      new Map([
        ['a', ['x86_64-linux']],
        ['b', []],
        ['c', ['x86_64-linux']],
        ['d', ['x86_64-linux']],
      ]),
    )
  })

  test('what two of them need stays where each counts for itself, as for npm before 11.13', () => {
    const graph = graphOf('?a', '?b', 'a>c', 'b>c', 'a>d')
    const optional = ['a', 'b'].map((path) => ({ path, when: when({ os: ['win32'] }) }))
    const paths = ['a', 'b', 'c', 'd']
    const gone = (isEach: boolean) => [...findSystems(paths, { optional, graph, systems, isEach }).keys()].sort()
    expect(gone(true)).toEqual(['a', 'b', 'd'])
    expect(gone(false)).toEqual(paths)
  })

  test('what stands inside a place goes with it, needed or not', () => {
    const paths = ['node_modules/a', 'node_modules/a/node_modules/b']
    const optional = [{ path: 'node_modules/a', when: when({ os: ['darwin'] }) }]
    const found = findSystems(paths, { optional, graph: placeGraph(new Map(), new Set()), systems })
    expect(found.get('node_modules/a/node_modules/b')).toEqual(['aarch64-darwin'])
  })

  test('where each goes alone, what no way leads to on a system goes there, and links with what they lead to', () => {
    const graph = graphOf('>a', '>b', 'a>c', 'b>c', 'a>d', 'd>e', 'c>f', 'f>g', '>h')
    const optional = [
      { path: 'a', when: when({ os: ['linux'] }) },
      { path: 'b', when: when({ os: ['win32'] }) },
      { path: 'e', when: when({ os: ['darwin'] }) },
      { path: 'f', when: when({ cpu: ['x64'] }) },
    ]
    const links = new Map([
      ['link-to-d', 'd'],
      ['link-to-h', 'h'],
    ])
    const paths = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'link-to-d', 'link-to-h', 'nobody-needs-it']
    const found = findSystems(paths, { optional, graph, systems: [...systems, 'unknown'], alone: { links } })
    const linux = ['unknown', 'x86_64-linux']
    expect(found).toEqual(
      new Map([
        ['a', linux],
        ['b', ['unknown']],
        ['c', linux],
        ['d', linux],
        ['e', ['unknown']],
        ['f', linux],
        ['g', linux],
        ['link-to-d', linux],
        ['nobody-needs-it', ['unknown']],
      ]),
    )
  })

  test('places with the same engines fail together', () => {
    const graph = graphOf('?a', '?b', 'a>c', 'b>c')
    const engines = { node: '>=20' }
    const both = [
      { path: 'a', when: when({ engines }) },
      { path: 'b', when: when({ engines }) },
    ]
    expect(findTakes(both, graph)).toEqual(
      new Map([
        ['a', ['c']],
        ['b', ['c']],
      ]),
    )
    expect(findTakes(both.slice(0, 1), graph)).toEqual(new Map())
  })
})

describe('needs', () => {
  const paths = [
    'node_modules/a',
    'node_modules/b',
    'node_modules/b/node_modules/a',
    'node_modules/@s/a',
    'packages/p/node_modules/a',
  ]
  const index = needIndex(paths)

  test.each([
    ['', 'node_modules/a'],
    ['node_modules/b', 'node_modules/b/node_modules/a'],
    ['node_modules/b/node_modules/a', 'node_modules/b/node_modules/a'],
    ['node_modules/bb', 'node_modules/a'],
    ['packages/p', 'packages/p/node_modules/a'],
    ['packages/p/inner', 'packages/p/node_modules/a'],
    ['packages/pp', 'node_modules/a'],
  ])('from %j, a is %s', (from, expected) => {
    expect(findNeed(index, from, 'a')).toBe(expected)
  })

  test('what is not there is not found', () => {
    expect(findNeed(index, '', 'constructor')).toBeUndefined()
  })

  test('many questions are answered as each by itself', () => {
    const find = needFinder(paths)
    const directory = fc.constantFrom('', ...paths, 'packages', 'packages/p', 'packages/p/inner/node_modules/a')
    const name = fc.constantFrom('a', 'b', '@s/a', 's/a', 'b/node_modules/a', 'node_modules/a', '', 'constructor')
    fc.assert(
      fc.property(directory, name, (from, wanted) => {
        expect(find(from)(wanted)).toBe(findNeed(index, from, wanted))
      }),
    )
  })
})

describe('--omit', () => {
  const place = (...flags: PlaceFlag[]): Place => ({ kind: 'package', id: packageId('x', '1'), flags, needs: [] })
  const layout = new Map([
    ['lib/l/node_modules/d', place('dev')],
    ['node_modules/d', place('dev')],
    ['node_modules/d/node_modules/x', place()],
    ['node_modules/do', place('dev', 'optional')],
    ['node_modules/m', place('devOptional')],
    ['node_modules/o', place('optional')],
    ['node_modules/p', place('peer')],
    ['node_modules/x', place()],
    ['packages/a/node_modules/d', place('dev')],
  ])
  const members = new Set(['', 'packages/a'])
  const left = (...omit: readonly string[]) => [...omitPlaces(layout, { omit, members }).keys()]

  test('nothing omitted, nothing gone', () => {
    expect(left()).toEqual([...layout.keys()])
  })

  test('dev goes with what stands inside it, not under directories that are no members', () => {
    expect(left('dev')).toEqual([
      'lib/l/node_modules/d',
      'node_modules/m',
      'node_modules/o',
      'node_modules/p',
      'node_modules/x',
    ])
  })

  test('devOptional goes only when both are omitted', () => {
    expect(left('optional')).toContain('node_modules/m')
    expect(left('dev', 'optional')).toEqual(['lib/l/node_modules/d', 'node_modules/p', 'node_modules/x'])
  })

  test('peer', () => {
    expect(left('peer')).toEqual([...layout.keys()].filter((path) => path !== 'node_modules/p'))
  })
})
