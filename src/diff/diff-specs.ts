/** What changed between two specs, in the words of a person: packages, and everything else in short. */
import type { Comparison } from '../model/comparison.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { BuildSpec, SpecPart, SpecSource } from '../spec/build-spec.ts'
import { specParts, type NamedPart } from '../spec/collection-parts.ts'
import { joinDifferences, type Difference } from './difference.ts'
import { diffPackages } from './diff-packages.ts'
import { tableOfPart } from './package-table.ts'

/** By ecosystem. */
export type Comparisons = ReadonlyMap<string, Comparison>

/** Without knowing anything of versions: enough where everything is new. */
export const incomparable: Comparison = {
  compareVersions: () => undefined,
  stepBetween: () => undefined,
  aliases: {},
  hasClaims: true,
  isForBuild: () => false,
}

/** `before` is undefined when there was no spec. */
export function diffSpecs(before: BuildSpec | undefined, after: BuildSpec, comparisons: Comparisons): Difference {
  const [old, now] = [before === undefined ? [] : specParts(before), specParts(after)]
  const names = sortedUnion(ecosystemsOf(old), ecosystemsOf(now))
  const parts = names.map((name) => {
    const options = { ecosystem: name, comparison: comparisons.get(name) ?? incomparable }
    return diffSides(options, sideOf(old, name), sideOf(now, name))
  })
  const difference = joinDifferences(parts)
  const systems = before === undefined ? [] : changedList('systems', before.systems, after.systems)
  return { ...difference, other: [...systems, ...difference.other] }
}

/** What a spec has of one ecosystem. */
interface Side {
  /** Of all parts: what several packages of a collection need is told once. */
  readonly sources: SpecPart['sources']
  /** By attribute; '' for a project. */
  readonly parts: ReadonlyMap<string, SpecPart>
}

function ecosystemsOf(parts: readonly NamedPart[]): readonly string[] {
  return parts.map(({ ecosystem }) => ecosystem)
}

function sideOf(all: readonly NamedPart[], ecosystem: string): Side {
  const own = all.filter((each) => each.ecosystem === ecosystem)
  return {
    sources: Object.fromEntries(own.flatMap(({ part }) => Object.entries(part.sources))),
    parts: new Map(own.map(({ attribute = '', part }) => [attribute, part])),
  }
}

function diffSides(
  options: { readonly ecosystem: string; readonly comparison: Comparison },
  old: Side,
  now: Side,
): Difference {
  const difference = diffPackages(tableOfPart(old, 'pinned'), tableOfPart(now, 'pinned'), options)
  const moved = new Set(difference.moved.map(({ name, version }) => `${name}@${version}`))
  const sources = sortedUnion(Object.keys(old.sources), Object.keys(now.sources)).flatMap((id) =>
    diffSources(id, get(old.sources, id), get(now.sources, id)),
  )
  const attributes = sortedUnion([...old.parts.keys()], [...now.parts.keys()])
  return {
    ...difference,
    other: [
      ...difference.other,
      ...sources.filter(({ id }) => !moved.has(id)).map(({ id, fields }) => `${id}: another ${fields.join(', ')}`),
      ...attributes.flatMap((name) =>
        name === ''
          ? diffOther(options.ecosystem, old.parts.get(name), now.parts.get(name))
          : diffCollected(name, old.parts.get(name), now.parts.get(name)),
      ),
    ],
  }
}

/** What a package of a collection consists of is told already. */
function diffCollected(name: string, before: SpecPart | undefined, after: SpecPart | undefined): readonly string[] {
  if (before === undefined) return after === undefined ? [] : [`${describeProject(after)}: new in the collection`]
  if (after === undefined) return [`${describeProject(before)}: no longer in the collection`]
  const changes = diffOther(name, before, after).filter((change) => !change.startsWith('project: '))
  return [
    ...changedText(name, before.project.version ?? 'no version', after.project.version ?? 'no version'),
    ...changes.map((change) => `${name}: ${change}`),
  ]
}

interface SourceChange {
  readonly id: string
  readonly fields: readonly string[]
}

/** What is told of packages already. */
const told = new Set(['hash', 'git', 'rev', 'claim'])

function diffSources(
  id: string,
  before: SpecSource | undefined,
  after: SpecSource | undefined,
): readonly SourceChange[] {
  if (before === undefined || after === undefined) return []
  const old = new Map<string, unknown>(Object.entries(before))
  const now = new Map<string, unknown>(Object.entries(after))
  const fields = sortedUnion([...old.keys()], [...now.keys()]).filter((key) => !isSameJson(old.get(key), now.get(key)))
  const rest = fields.filter((field) => !told.has(field))
  return rest.length === 0 ? [] : [{ id, fields: rest }]
}

function diffOther(ecosystem: string, before: SpecPart | undefined, after: SpecPart | undefined): readonly string[] {
  if (after === undefined) return [`${ecosystem}: no longer part of the project`]
  if (before === undefined) return []
  return [
    ...changedText('lock file', describeLock(before), describeLock(after)),
    ...changedText('project', describeProject(before), describeProject(after)),
    ...changedList('left out', before.omit, after.omit),
    ...changedText('who installs', describeInstaller(before), describeInstaller(after)),
    ...diffVariables(before.env ?? {}, after.env ?? {}),
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

/** By name: values may be long. */
function diffVariables(before: NonNullable<SpecPart['env']>, after: NonNullable<SpecPart['env']>): readonly string[] {
  return sortedUnion(Object.keys(before), Object.keys(after)).flatMap((name) => {
    const [old, now] = [get(before, name), get(after, name)]
    if (old === now) return []
    return [`variable ${name}: ${old === undefined ? 'added' : now === undefined ? 'removed' : 'changed'}`]
  })
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

export function changedText(what: string, before: string, after: string): readonly string[] {
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
