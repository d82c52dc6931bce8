import { expect, test } from 'vitest'
import { findFlags } from '../../../converters/node/layout/find-flags.ts'
import type { FlaggedNeed, FlaggedPlace, RootNeed } from '../../../converters/node/layout/find-flags.ts'
import type { EdgeKind } from '../../../src/model/lock.ts'

const at = (name: string): string => `node_modules/${name}`
const asks = (kind: EdgeKind, ...names: string[]): RootNeed[] => names.map((name) => ({ path: at(name), kind }))
const needs = (...names: string[]): FlaggedNeed[] => names.map((name) => ({ path: at(name), optional: false }))

function flags(project: readonly RootNeed[], needsOf: Record<string, readonly FlaggedNeed[]>): Record<string, unknown> {
  const places = new Map<string, FlaggedPlace>(
    Object.entries(needsOf).map(([name, list]) => [at(name), { kind: 'package', needs: list }]),
  )
  return Object.fromEntries(findFlags({ roots: new Map([['', project]]), places }))
}

test('what a production dependency leads to has no flags, however else it is needed', () => {
  const project = [...asks('prod', 'a'), ...asks('dev', 'b'), ...asks('optional', 'c')]
  const found = flags(project, { a: needs('shared'), b: needs('shared'), c: needs('shared'), shared: [] })
  expect(found).toEqual({ [at('b')]: ['dev'], [at('c')]: ['optional'] })
})

test('what only development dependencies lead to is for development, and so on along every kind of edge', () => {
  const project = [...asks('dev', 'a'), ...asks('optional', 'b'), ...asks('peer', 'c')]
  expect(flags(project, { a: needs('a2'), a2: [], b: needs('b2'), b2: [], c: needs('c2'), c2: [] })).toEqual({
    [at('a')]: ['dev'],
    [at('a2')]: ['dev'],
    [at('b')]: ['optional'],
    [at('b2')]: ['optional'],
    [at('c')]: ['peer'],
    [at('c2')]: ['peer'],
  })
})

test('what a development and an optional dependency share goes only with both', () => {
  const project = [...asks('dev', 'a'), ...asks('optional', 'b')]
  const found = flags(project, { a: needs('shared'), b: needs('shared'), shared: needs('deeper'), deeper: [] })
  expect(found[at('shared')]).toEqual(['devOptional'])
  expect(found[at('deeper')]).toEqual(['devOptional'])
})

test('an optional dependency of a development dependency goes with either', () => {
  const optional = { path: at('b'), optional: true }
  expect(flags(asks('dev', 'a'), { a: [optional], b: [] })[at('b')]).toEqual(['dev', 'optional'])
})

test('a peer of a package is marked unless something else needs it', () => {
  const peers = [
    { path: at('p'), optional: false, peer: true },
    { path: at('q'), optional: true, peer: true },
  ]
  const found = flags(asks('prod', 'a', 'p'), { a: peers, p: [], q: [] })
  expect(found).toEqual({ [at('q')]: ['optional', 'peer'] })
})

test('packages that need each other do not keep each other', () => {
  const found = flags(asks('dev', 'a'), { a: needs('b'), b: needs('a') })
  expect(found).toEqual({ [at('a')]: ['dev'], [at('b')]: ['dev'] })
})

test('what nothing leads to has every flag, and a need that has no place none', () => {
  expect(flags(asks('prod', 'gone'), { lost: [] })).toEqual({ [at('lost')]: ['dev', 'optional', 'peer'] })
})

test('members are there without being asked for, and links are followed to other places', () => {
  const places = new Map<string, FlaggedPlace>([
    [at('member'), { kind: 'link', target: 'packages/member' }],
    [at('x'), { kind: 'link', target: 'node_modules/.pnpm/x@1/node_modules/x' }],
    ['node_modules/.pnpm/x@1/node_modules/x', { kind: 'package', needs: needs('y') }],
    [at('y'), { kind: 'package', needs: [] }],
    ['packages/member/node_modules/z', { kind: 'package', needs: needs('y') }],
  ])
  const roots = new Map([
    ['', [...asks('dev', 'member', 'x')]],
    ['packages/member', [{ path: 'packages/member/node_modules/z', kind: 'optional' as const }]],
  ])
  expect(Object.fromEntries(findFlags({ roots, places }))).toEqual({
    [at('x')]: ['dev'],
    'node_modules/.pnpm/x@1/node_modules/x': ['dev'],
    [at('y')]: ['devOptional'],
    'packages/member/node_modules/z': ['optional'],
  })
})
