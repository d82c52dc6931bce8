/**
 * Lock → PythonPlan: who wants which package where, and which file of it. Everything that depends on a system or a Python is decided
 * here; only the files that some target uses are pinned.
 */
import type { Plan, PlanOptions } from '../../src/model/converter.ts'
import type { Lock, LockedPackage, PackageId } from '../../src/model/lock.ts'
import { recordOf } from '../../src/model/sorted.ts'
import type { Source } from '../../src/model/source.ts'
import { fail, failIfAny, shown, type Problem } from '../../src/problem.ts'
import { findContradictions } from './planning/contradictions.ts'
import { addedNeeds, planBuild } from './planning/build-plan.ts'
import { findChoices } from './planning/choices.ts'
import { fileChooser, findMisnamed, installerOf, type ChosenFiles } from './planning/chosen-files.ts'
import { directUrl } from './planning/direct-url.ts'
import { findMembership, type Membership } from './planning/membership.ts'
import { planTargets, type PlannedTargets, type TargetSet } from './planning/planned-targets.ts'
import { planProjects } from './planning/project-plans.ts'
import type { PackagePlan, PythonPlan, Targets } from './python-plan.ts'
import { nonEmpty } from './readers/packages.ts'

/** Pure. Keys are sorted by code unit. */
export function planPython(lock: Lock, options: PlanOptions): Plan {
  const { plan, lock: kept, warnings } = planLock(lock, options)
  return { plan, lock: kept, warnings }
}

export interface PlannedLock {
  readonly plan: PythonPlan
  readonly lock: Lock
  readonly warnings: readonly Problem[]
  readonly targets: PlannedTargets
  /** Source archives and checkouts that are used, and where: how each is built is still to be found out. */
  readonly built: readonly BuiltSource[]
}

export interface BuiltSource {
  readonly pkg: LockedPackage
  readonly source: Source
  readonly set: TargetSet
}

/** The plan with what it was made from; `targets`: where they are known already. Pure. */
export function planLock(
  lock: Lock,
  { systems, omit, usePackageManager }: PlanOptions,
  targets = planTargets(systems, lock.python, lock.format.file),
): PlannedLock {
  const { file, name } = lock.format
  if (usePackageManager) failForTool(file)
  const choices = findChoices(lock, omit)
  const choose = fileChooser(targets, installerOf(name))
  const packages = new Map<string, PackagePlan>()
  const kept = new Map<PackageId, LockedPackage>()
  const warnings: Problem[] = []
  const built: BuiltSource[] = []
  const all = wantedPackages(lock, findMembership(lock, { targets, omit, choices }))
  failIfAny([...findContradictions(lock, all, targets), ...all.flatMap(([pkg]) => findMisnamed(pkg) ?? [])])
  for (const [pkg, wanted] of all) {
    const chosen = choose(pkg, union(wanted.values()))
    packages.set(pkg.id, planPackage(pkg, { wanted, chosen, targets, lock }))
    warnings.push(...missingWarnings(pkg, chosen, targets))
    const sources = nonEmpty(chosen.files.map(({ source }) => source))
    if (sources !== undefined) kept.set(pkg.id, { ...pkg, sources })
    for (const { source, set } of chosen.files) if (isLookedInto(source)) built.push({ pkg, source, set })
  }
  const plan: PythonPlan = {
    targets: targets.list.map(({ id }) => id),
    projects: planProjects(lock, packages, omit),
    packages: recordOf(packages),
    ...(choices.conflicts.length === 0 ? {} : { conflicts: choices.conflicts }),
  }
  return { plan, lock: { ...lock, packages: kept }, warnings, targets, built }
}

/** Who is needed, and where: no file decides that. */
export function findWanted(
  lock: Lock,
  { omit }: Pick<PlanOptions, 'omit'>,
  targets: PlannedTargets,
): ReadonlyMap<PackageId, TargetSet> {
  const all = wantedPackages(lock, findMembership(lock, { targets, omit, choices: findChoices(lock, omit) }))
  return new Map(all.map(([{ id }, wanted]) => [id, union(wanted.values())]))
}

/** How a directory is built says its pyproject.toml, which has been read. */
function isLookedInto(source: Source): boolean {
  const isWheel = 'filename' in source && source.filename?.endsWith('.whl') === true
  return !isWheel && directoryOf(source) === undefined
}

function failForTool(file: string): never {
  const message = 'lock2build installs wheels and builds sources by itself; no other tool can be told to'
  return fail({ code: 'usage', message, where: { file }, hint: 'leave --use-package-manager out' })
}

/** By id. The project itself is no package of its environment, whoever names it. */
function wantedPackages(
  lock: Lock,
  membership: ReadonlyMap<PackageId, Membership>,
): readonly (readonly [LockedPackage, Membership])[] {
  return [...membership.keys()].sort().flatMap((id) => {
    const pkg = lock.packages.get(id)
    const wanted = membership.get(id)
    if (pkg === undefined || wanted === undefined) throw new Error(`an edge leads to ${id}, which is no package`)
    return directoryOf(pkg.sources[0]) === '' ? [] : [[pkg, wanted] as const]
  })
}

function union(sets: Iterable<TargetSet>): TargetSet {
  let all: TargetSet | undefined
  for (const set of sets) all = all === undefined ? set : all | set
  return all ?? 0n
}

interface Planned {
  readonly wanted: Membership
  readonly chosen: ChosenFiles
  readonly targets: PlannedTargets
  readonly lock: Lock
}

function planPackage(pkg: LockedPackage, { wanted, chosen, targets, lock }: Planned): PackagePlan {
  const [first] = pkg.sources
  const directory = directoryOf(first)
  const subdir = (first.kind === 'git' ? first.subdir : undefined) ?? pkg.direct?.subdir
  const direct = directUrl(pkg, first)
  const build = directory === undefined ? undefined : lock.python?.projects.get(directory)?.build
  return {
    name: pkg.name,
    ...(pkg.version === '' ? {} : { version: pkg.version }),
    ...(directory === undefined
      ? { files: planFiles(pkg, chosen, targets) }
      : { directory, build: planBuild(build, addedNeeds(lock, pkg.name)) }),
    ...(subdir === undefined ? {} : { subdir }),
    ...(pkg.direct?.editable === true ? { editable: true } : {}),
    ...(chosen.missing === 0n ? {} : { missing: targets.print(chosen.missing) }),
    for: printSets(wanted, targets),
    ...(direct === undefined ? {} : { direct }),
  }
}

export function planFiles(
  pkg: LockedPackage,
  { files }: ChosenFiles,
  targets: PlannedTargets,
): Readonly<Record<string, Targets>> {
  const sets = new Map<string, TargetSet>()
  for (const { source, set } of files) sets.set(sourceKey(pkg, source), set)
  return printSets(sets, targets)
}

/** As specPart names them. */
export function sourceKey({ id }: LockedPackage, source: Source): string {
  const filename = 'filename' in source ? source.filename : undefined
  return filename === undefined ? id : `${id}/${filename}`
}

export function printSets(
  sets: ReadonlyMap<string, TargetSet>,
  targets: PlannedTargets,
): Readonly<Record<string, Targets>> {
  // As recordOf makes one, without pairs for thousands of files.
  const printed: Record<string, Targets> = Object.create(null)
  for (const key of [...sets.keys()].sort()) printed[key] = targets.print(sets.get(key) ?? 0n)
  return printed
}

export function directoryOf(source: Source): string | undefined {
  return source.kind === 'local' && source.form === 'directory' ? source.path : undefined
}

const otherSystems = 'lock a version that has one, or name the systems that it is for: `--system x86_64-linux`'
const otherKinds =
  'installer.no-binary and installer.only-binary of poetry.toml leave none: change them, or lock a version that has one'

/** Only of systems on which no Python has a file: that a package is too old for the newest Python is what one expects. */
function missingWarnings(
  pkg: LockedPackage,
  { missing, files }: ChosenFiles,
  targets: PlannedTargets,
): readonly Problem[] {
  if (missing === 0n) return []
  const served = union(files.map(({ set }) => set))
  const systems = new Set(targets.list.filter(({ bit }) => (missing & bit) !== 0n).map(({ target }) => target.system))
  for (const { target, bit } of targets.list) if ((served & bit) !== 0n) systems.delete(target.system)
  if (systems.size === 0) return []
  return [
    {
      code: 'source-missing',
      message: `no file of ${shown(pkg.id)} can be used on ${[...systems].join(', ')}, where it is needed`,
      where: pkg.where,
      hint: pkg.fileKinds === undefined ? otherSystems : otherKinds,
    },
  ]
}
