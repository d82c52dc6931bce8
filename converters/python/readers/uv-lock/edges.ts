/** Who needs whom in uv.lock. A dependency names a package, and its version and source where there are several of the name. */
import type { Edge } from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { normalizeName } from '../../standards/name.ts'
import { kindOf } from '../ask.ts'
import { readMarker, readName, reportAt } from '../packages.ts'
import { printOrigin, type UvEntry } from './locked-packages.ts'

/** Fills the packages' edges, and those of their groups. Faults are collected in the document. */
export function addEdges(entries: readonly UvEntry[]): void {
  const named = byName(entries)
  for (const { entry, pkg, groups } of entries) {
    pkg.dependencies.push(...edgesOf(entry, 'dependencies', named))
    const extras = entry.object('optional-dependencies')
    for (const extra of extras?.keys() ?? []) {
      if (extras !== undefined) pkg.dependencies.push(...edgesOf(extras, extra, named, `extra:${normalizeName(extra)}`))
    }
    const development = entry.object('dev-dependencies')
    for (const group of development?.keys() ?? []) {
      if (development !== undefined) groups.push(...edgesOf(development, group, named, normalizeName(group)))
    }
  }
}

/** Of a workspace whose top directory is no package: its groups are part of the manifest, by name and specifier. */
export function groupEdges(fields: Fields, entries: readonly UvEntry[]): readonly Edge[] {
  const named = byName(entries)
  const groups = fields.object('manifest')?.object('dependency-groups')
  return (groups?.keys() ?? []).flatMap((group) =>
    groups === undefined ? [] : edgesOf(groups, group, named, normalizeName(group)),
  )
}

type Named = ReadonlyMap<string, readonly UvEntry[]>

function byName(entries: readonly UvEntry[]): Named {
  const named = new Map<string, UvEntry[]>()
  for (const entry of entries) named.set(entry.pkg.name, [...(named.get(entry.pkg.name) ?? []), entry])
  return named
}

function edgesOf(fields: Fields, key: string, named: Named, group?: string): readonly Edge[] {
  return (fields.objects(key) ?? []).flatMap((dependency) => edgeOf(dependency, named, group) ?? [])
}

function edgeOf(dependency: Fields, named: Named, group: string | undefined): Edge | undefined {
  const name = readName(dependency)
  if (name === undefined) return undefined
  const target = findTarget(dependency, named.get(name) ?? [])
  const marker = readMarker(dependency, 'marker')
  const extras = (dependency.texts('extra') ?? dependency.texts('extras') ?? []).map(normalizeName)
  if (target === undefined) return undefined
  return {
    as: name,
    to: target.pkg.id,
    kind: kindOf(group),
    ...(group === undefined ? {} : { group }),
    ...(extras.length === 0 ? {} : { extras }),
    ...(marker === undefined ? {} : { marker }),
  }
}

function findTarget(dependency: Fields, candidates: readonly UvEntry[]): UvEntry | undefined {
  const version = dependency.text('version')
  const source = dependency.object('source')
  const origin = source === undefined ? undefined : printOrigin(source)
  const fitting = candidates.filter(
    (candidate) =>
      (version === undefined || candidate.pkg.version === version) &&
      (origin === undefined || candidate.origin === origin),
  )
  const [only, another] = fitting
  if (only !== undefined && another === undefined) return only
  const what =
    only === undefined ? 'is not in the file' : 'is in the file several times, and nothing says which one is meant'
  const message = `${shown(dependency.text('name') ?? '')} ${what}`
  return reportAt(dependency)('lock-inconsistent', message, 'run uv lock')
}
