/** One of several locked versions of a name: whoever asks, each target gets one, and it is the one that Poetry and PDM would install. */
import { describe, expect, test } from 'vitest'
import { findChoices } from '../../../../converters/python/planning/choices.ts'
import { findMembership } from '../../../../converters/python/planning/membership.ts'
import { planTargets } from '../../../../converters/python/planning/planned-targets.ts'
import { packageId, type Edge, type Lock, type LockedPackage } from '../../../../src/model/lock.ts'
import type { Source } from '../../../../src/model/source.ts'

const file = 'poetry.lock'

function edge(name: string, version: string, range: string, more: Partial<Edge> = {}): Edge {
  return { as: name, to: packageId(name, version), kind: 'prod', range, ...more }
}

function locked(name: string, version: string, dependencies: readonly Edge[] = []): LockedPackage {
  const source: Source = {
    kind: 'indexed',
    index: 'https://example.com/simple/',
    digests: [{ algorithm: 'sha256', hex: 'a'.repeat(64) }],
  }
  return { id: packageId(name, version), name, version, sources: [source], dependencies, where: { file } }
}

function membership(packages: readonly LockedPackage[], dependencies: readonly Edge[], format = 'poetry-lock') {
  const lock: Lock = {
    ecosystem: 'python',
    format: { name: format, version: '2.0', file },
    roots: [{ path: '', dependencies }],
    packages: new Map(packages.map((pkg) => [pkg.id, pkg])),
  }
  const targets = planTargets(['x86_64-linux'], { requires: '>=3.9,<3.13' }, file)
  const found = findMembership(lock, { targets, omit: [], choices: findChoices(lock, []) })
  return Object.fromEntries([...found].map(([id, sets]) => [id, targets.print(sets.get('main') ?? 0n)]))
}

/** Asks for whatever version fits. */
const anyOf = (name: string, ...versions: readonly string[]) => versions.map((version) => edge(name, version, '>=1'))

describe('of several versions', () => {
  const old = { marker: 'python_version < "3.11"' }
  const recent = { marker: 'python_version >= "3.11"' }

  test('the one is meant that the project asks for without doubt', () => {
    const packages = [locked('a', '1.0'), locked('a', '2.0'), locked('b', '1.0', anyOf('a', '1.0', '2.0'))]
    const asks = [edge('b', '1.0', '*'), edge('a', '1.0', '^1', old), edge('a', '2.0', '^2', recent)]
    expect(membership(packages, asks)).toEqual({
      'b@1.0': 'all',
      'a@1.0': ['3.10', '3.9'],
      'a@2.0': ['3.11', '3.12'],
    })
  })

  test('what only another version needs is not there', () => {
    const packages = [
      locked('a', '1.0', [edge('six', '1.16', '*')]),
      locked('a', '2.0'),
      locked('b', '1.0', anyOf('a', '1.0', '2.0')),
      locked('six', '1.16'),
    ]
    expect(membership(packages, [edge('a', '2.0', '^2'), edge('b', '1.0', '*')])).toEqual({
      'a@2.0': 'all',
      'b@1.0': 'all',
    })
  })

  test('without a certain one it is the newest that answers everybody', () => {
    const versions = ['1.0', '1.10', '1.9']
    const packages = [
      ...versions.map((version) => locked('a', version)),
      locked('b', '1.0', anyOf('a', ...versions)),
      locked('c', '1.0', anyOf('a', '1.0', '1.9')),
    ]
    expect(membership(packages, [edge('b', '1.0', '*')])).toEqual({ 'b@1.0': 'all', 'a@1.10': 'all' })
    expect(membership(packages, [edge('b', '1.0', '*'), edge('c', '1.0', '*', old)])).toEqual({
      'a@1.10': ['3.11', '3.12'],
      'a@1.9': ['3.10', '3.9'],
      'b@1.0': 'all',
      'c@1.0': ['3.10', '3.9'],
    })
  })

  test('each is meant where every line is an ask of its own', () => {
    const packages = [locked('a', '1.0'), locked('a', '2.0')]
    const asks = [edge('a', '1.0', '*'), edge('a', '2.0', '*')]
    expect(membership(packages, asks, 'requirements')).toEqual({ 'a@1.0': 'all', 'a@2.0': 'all' })
  })
})
