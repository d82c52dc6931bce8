/**
 * Does the lock file still fit package.json? What `bun install --frozen-lockfile` asks: everything that is asked for is locked in a
 * version that is wanted, and nothing is locked that nobody asks for.
 */
import { shown } from '../../../../src/problem.ts'
import type { Problem, Where } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { manifestFile, needManifest } from '../project-files.ts'
import type { ManifestLoading } from '../project-files.ts'
import { satisfies } from '../../semver-range.ts'
import type { GraphPackage, LockGraph } from './lock-graph.ts'
import type { BunAsk } from './read-packages.ts'
import { directoryOf } from './resolution.ts'

const HINT = 'run bun install, which brings the lock file up to date'

/** Reports `manifest-mismatch`. Gives the manifests that are there, the project's first. */
export function checkManifests({ project, members }: LockGraph, checking: ManifestLoading): readonly Fields[] {
  const manifests: Fields[] = []
  for (const pkg of [project, ...members]) {
    const directory = directoryOf(pkg.entry.resolution) ?? ''
    const where = directory === '' ? undefined : pkg.entry.where
    const fields = needManifest(directory, checking, { read: (fields) => fields, where, relock: HINT })
    if (fields === undefined) continue
    manifests.push(fields)
    compare(pkg, fields, { file: manifestFile(directory), report: checking.report })
  }
  return manifests
}

const groups = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const

interface Comparing {
  readonly file: string
  readonly report: (problem: Problem) => void
}

function compare(pkg: GraphPackage, fields: Fields, { file, report }: Comparing): void {
  const locked = new Map<string, BunAsk>()
  for (const ask of pkg.entry.asks) locked.set(ask.name, ask)
  const asked = new Set<string>()
  for (const group of groups) {
    const object = fields.object(group)
    object?.forEachText((name, range) => {
      asked.add(name)
      const message = mismatch(pkg, { name, range, ask: locked.get(name) })
      if (message !== undefined) report({ code: 'manifest-mismatch', message, where: object.where(name), hint: HINT })
    })
  }
  for (const { name } of locked.values()) {
    if (asked.has(name)) continue
    const message = `${shown(name)} is locked, and ${shown(file)} does not ask for it`
    report({ code: 'manifest-mismatch', message, where: whereOf(pkg), hint: HINT })
  }
}

function whereOf({ entry, workspace }: GraphPackage): Where {
  return workspace?.where ?? entry.where
}

interface Asking {
  readonly name: string
  readonly range: string
  readonly ask: BunAsk | undefined
}

function mismatch(pkg: GraphPackage, { name, range, ask }: Asking): string | undefined {
  if (ask === undefined) return `package.json asks for ${shown(`${name}@${range}`)}, which the lock file does not hold`
  const ranges = pkg.entry.asks.filter((other) => other.name === name).map((other) => other.range)
  if (ranges.includes(range)) return undefined
  const resolution = pkg.needs.find((need) => need.name === name)?.to.entry.resolution
  if (resolution === undefined) return undefined
  // Version 0 writes the member's directory.
  if (resolution.kind === 'workspace' && range.startsWith('workspace:')) return undefined
  const wanted = /^npm:.+@([^@/]+)$/.exec(range)?.[1] ?? range
  if (resolution.kind === 'npm' && satisfies(resolution.version, wanted) === true) return undefined
  const found = resolution.kind === 'npm' ? resolution.version : (ranges[0] ?? '')
  return `package.json asks for ${shown(`${name}@${range}`)}, and ${shown(found)} is locked`
}
