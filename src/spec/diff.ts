/** What changed between two specs, in the words of a person: packages by name and version, and everything else in short. */
import type { Json, JsonObject } from '../model/json.ts'
import type { BuildSpec, SpecPart, SpecSource } from './build-spec.ts'

/** Everything sorted by code unit. Plain data: it is also the `--json` form. */
export interface SpecDiff {
  readonly added: readonly NamedVersions[]
  readonly removed: readonly NamedVersions[]
  readonly updated: readonly VersionChange[]
  /** The same package and version with another source: a change of `hash` here deserves a look. */
  readonly replaced: readonly SourceChange[]
  /** Everything that is no package, one sentence each. */
  readonly other: readonly string[]
}

export interface NamedVersions {
  readonly name: string
  readonly versions: readonly string[]
}

export interface VersionChange {
  readonly name: string
  readonly from: readonly string[]
  readonly to: readonly string[]
}

export interface SourceChange {
  readonly id: string
  /** Keys of the source that differ: `hash`, `urls`, `rev`, … */
  readonly fields: readonly string[]
}

/** `before` is undefined when there was no spec. */
export function diffSpecs(before: BuildSpec | undefined, after: BuildSpec): SpecDiff {
  const old = before?.ecosystems ?? {}
  const names = sortedUnion(Object.keys(old), Object.keys(after.ecosystems))
  const parts = names.map((name) => diffParts(name, old[name], after.ecosystems[name]))
  return {
    added: parts.flatMap((part) => part.added),
    removed: parts.flatMap((part) => part.removed),
    updated: parts.flatMap((part) => part.updated),
    replaced: parts.flatMap((part) => part.replaced),
    other: [
      ...(before === undefined ? [] : changedList('systems', before.systems, after.systems)),
      ...parts.flatMap((part) => part.other),
    ],
  }
}

/** Nothing differs. */
export function isEmptyDiff({ added, removed, updated, replaced, other }: SpecDiff): boolean {
  return [added, removed, updated, replaced, other].every((list) => list.length === 0)
}

function diffParts(ecosystem: string, before: SpecPart | undefined, after: SpecPart | undefined): SpecDiff {
  const old = before?.sources ?? {}
  const now = after?.sources ?? {}
  return {
    ...diffVersions(Object.keys(old), Object.keys(now)),
    replaced: sortedUnion(Object.keys(old), Object.keys(now)).flatMap((id) =>
      diffSources(id, get(old, id), get(now, id)),
    ),
    other: diffOther(ecosystem, before, after),
  }
}

function diffVersions(
  before: readonly string[],
  after: readonly string[],
): Pick<SpecDiff, 'added' | 'removed' | 'updated'> {
  const gone = versionsByName(before, new Set(after))
  const come = versionsByName(after, new Set(before))
  const added: NamedVersions[] = []
  const removed: NamedVersions[] = []
  const updated: VersionChange[] = []
  for (const name of sortedUnion([...gone.keys()], [...come.keys()])) {
    const from = gone.get(name)
    const to = come.get(name)
    if (from !== undefined && to !== undefined) updated.push({ name, from, to })
    else if (from !== undefined) removed.push({ name, versions: from })
    else if (to !== undefined) added.push({ name, versions: to })
  }
  return { added, removed, updated }
}

/** Ids that are not among the others, by package name. */
function versionsByName(ids: readonly string[], others: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const id of ids.filter((id) => !others.has(id)).sort()) {
    const { name, version } = splitId(id)
    const versions = names.get(name)
    if (versions === undefined) names.set(name, [version])
    else versions.push(version)
  }
  return names
}

/** `@babel/core@7.0.0#qualifier`: the name ends at the first @ that does not begin it. */
function splitId(id: string): { name: string; version: string } {
  const at = id.indexOf('@', 1)
  return at === -1 ? { name: id, version: '' } : { name: id.slice(0, at), version: id.slice(at + 1) }
}

function diffSources(
  id: string,
  before: SpecSource | undefined,
  after: SpecSource | undefined,
): readonly SourceChange[] {
  if (before === undefined || after === undefined) return []
  const old = new Map<string, unknown>(Object.entries(before))
  const now = new Map<string, unknown>(Object.entries(after))
  const fields = sortedUnion([...old.keys()], [...now.keys()]).filter((key) => !isSameJson(old.get(key), now.get(key)))
  return fields.length === 0 ? [] : [{ id, fields }]
}

function diffOther(ecosystem: string, before: SpecPart | undefined, after: SpecPart | undefined): readonly string[] {
  if (after === undefined) return [`${ecosystem}: no longer part of the project`]
  if (before === undefined) return []
  return [
    ...changedText('lock file', describeLock(before), describeLock(after)),
    ...changedText('project', describeProject(before), describeProject(after)),
    ...changedList('left out', before.omit, after.omit),
    ...changedText('who installs', describeInstaller(before), describeInstaller(after)),
    ...diffPlans(before.plan, after.plan),
  ]
}

function describeInstaller({ usePackageManager }: SpecPart): string {
  return usePackageManager === true ? 'the package manager' : 'lock2build'
}

function describeLock({ lock }: SpecPart): string {
  return `${lock.file} (${lock.format}, version ${lock.version})`
}

function describeProject({ project }: SpecPart): string {
  return project.version === undefined ? project.name : `${project.name} ${project.version}`
}

/** A plan belongs to its ecosystem, so its tables are only counted: `places: 2 added, 1 changed`. */
function diffPlans(before: JsonObject, after: JsonObject): readonly string[] {
  return sortedUnion(Object.keys(before), Object.keys(after)).flatMap((key) => {
    const old = get(before, key)
    const now = get(after, key)
    if (isSameJson(old, now)) return []
    if (!isTable(old) || !isTable(now)) return [`${key}: changed`]
    return [`${key}: ${countChanges(old, now)}`]
  })
}

function countChanges(before: JsonObject, after: JsonObject): string {
  const keys = sortedUnion(Object.keys(before), Object.keys(after))
  const added = keys.filter((key) => !Object.hasOwn(before, key)).length
  const removed = keys.filter((key) => !Object.hasOwn(after, key)).length
  const differing = keys.filter((key) => !isSameJson(get(before, key), get(after, key))).length
  const counts: readonly (readonly [number, string])[] = [
    [added, 'added'],
    [removed, 'removed'],
    [differing - added - removed, 'changed'],
  ]
  return counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ')
}

function changedList(what: string, before: readonly string[], after: readonly string[]): readonly string[] {
  return changedText(what, before.join(', ') || 'nothing', after.join(', ') || 'nothing')
}

function changedText(what: string, before: string, after: string): readonly string[] {
  return before === after ? [] : [`${what}: ${before} → ${after}`]
}

function sortedUnion(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].sort()
}

function get<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

/** Equal up to the order of keys. */
function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const old = new Map<string, unknown>(Object.entries(a))
  const now = new Map<string, unknown>(Object.entries(b))
  return old.size === now.size && [...old].every(([key, value]) => now.has(key) && isSameJson(value, now.get(key)))
}

function isTable(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
