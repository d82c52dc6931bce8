/** What differs between two locks of one ecosystem, or between a spec's part and the lock that would become one. */
import type { Converter } from '../model/converter.ts'
import type { Lock } from '../model/lock.ts'
import type { SpecPart } from '../spec/build-spec.ts'
import { namedPackages } from '../spec/named-packages.ts'
import { changedText } from './diff-specs.ts'
import { diffPackages, type DiffPackagesOptions } from './diff-packages.ts'
import type { Difference } from './difference.ts'
import { tableOfLock, tableOfPart, type PackageTable } from './package-table.ts'

const nothing: PackageTable = new Map()

/** undefined: there is none on this side. */
export function diffLocks(before: Lock | undefined, after: Lock | undefined, options: DiffPackagesOptions): Difference {
  const difference = diffPackages(
    before === undefined ? nothing : tableOfLock(before),
    after === undefined ? nothing : tableOfLock(after),
    options,
  )
  return { ...difference, other: [...describe(before, after), ...difference.other] }
}

/** `after`: only with the packages that its plan names, as a spec has them. */
export function diffPartAndLock(
  before: SpecPart | undefined,
  after: Lock | undefined,
  options: DiffPackagesOptions,
): Difference {
  const { comparison } = options
  const difference = diffPackages(
    before === undefined ? nothing : tableOfPart(before, 'stated', comparison.isForBuild),
    after === undefined ? nothing : tableOfLock(after, { withManager: true }),
    options,
  )
  if (comparison.hasClaims) return difference
  return { ...difference, integrity: difference.integrity.filter(({ kind, to }) => kind !== 'lost' || to !== '') }
}

export interface PlannedOptions {
  readonly systems: readonly string[]
  /** What the last run wrote. */
  readonly part: SpecPart | undefined
}

/**
 * The packages that a spec with the options of the last one would name. What it names already counts even where only looking up
 * tells which files of it are needed.
 */
export function plannedLock(lock: Lock, converter: Pick<Converter, 'plan'>, { systems, part }: PlannedOptions): Lock {
  const usePackageManager = part?.usePackageManager === true
  const { plan, lock: named } = converter.plan(lock, { systems, omit: part?.omit ?? [], usePackageManager })
  const planned = named ?? namedPackages(lock, plan)
  const known = new Set(Object.keys(part?.sources ?? {}).flatMap((id) => [id, id.slice(0, id.lastIndexOf('/'))]))
  const kept = [...lock.packages].filter(([id]) => known.has(id) && !planned.packages.has(id))
  return { ...planned, packages: new Map([...planned.packages, ...kept]) }
}

function describe(before: Lock | undefined, after: Lock | undefined): readonly string[] {
  return [
    ...changedText('lock file', describeFormat(before), describeFormat(after)),
    ...changedText('package manager', describeManager(before), describeManager(after)),
  ]
}

function describeFormat(lock: Lock | undefined): string {
  return lock === undefined ? 'none' : `${lock.format.name} ${lock.format.version}`
}

function describeManager(lock: Lock | undefined): string {
  return lock?.manager === undefined ? 'none' : `${lock.manager.name} ${lock.manager.version}`
}
