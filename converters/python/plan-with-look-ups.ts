/**
 * The plan together with what the lock file does not say: names of files that stand there by digest only, and the packages that
 * building source archives, checkouts and the project itself needs. What the last run found out stays.
 */
import type { Plan, PlanOptions, PlanWorld } from '../../src/model/converter.ts'
import type { Lock, LockedPackage, PackageId } from '../../src/model/lock.ts'
import type { BuildSystem } from '../../src/model/python.ts'
import type { PlacedPackage } from '../../src/model/package-problems.ts'
import { recordOf, sortedByKey, sortedRecordOf } from '../../src/model/sorted.ts'
import { shown, type Problem } from '../../src/problem.ts'
import { buildIndex } from './builds/build-index.ts'
import { findNeeds, type FoundNeeds, type Needed } from './builds/build-needs.ts'
import { findBuildSystem } from './builds/build-systems.ts'
import { findGone, previouslyGone, withoutGone, type Gone } from './builds/gone-files.ts'
import { nameKnownFiles } from './builds/known-names.ts'
import { previousPlan, type PreviousPlan } from './builds/previous-plan.ts'
import { indexPages, pythonIndexes, type IndexPages } from './indexes.ts'
import { lookUpEach } from './look-ups.ts'
import { findWanted, planFiles, planLock, printSets, type BuiltSource, type PlannedLock } from './plan.ts'
import { addedNeeds, buildRequires, planBuild } from './planning/build-plan.ts'
import { fileChooser, installerOf } from './planning/chosen-files.ts'
import { planTargets, type PlannedTargets, type TargetSet } from './planning/planned-targets.ts'
import type { BuildNeeds, PackagePlan, PythonPlan } from './python-plan.ts'
import { nonEmpty } from './readers/packages.ts'

/** Throws what looking up throws; what cannot be built on some targets is a warning. */
export async function planWithLookUps(lock: Lock, options: PlanOptions, world: PlanWorld): Promise<Plan> {
  const previous = previousPlan(world.previous)
  const targets = planTargets(options.systems, lock.python, lock.format.file)
  const pages = indexPages(world.registry, world.web)
  const { lock: named, claims } = await nameKnownFiles(lock, {
    ...world,
    previous,
    targets,
    findWanted: () => findWanted(lock, options, targets),
  })
  const { planned, gone } = await planAvailable(named, options, { pages, previous, targets })
  const systems = await findSystems(planned, world, previous)
  const needed = collectNeeded(planned, systems)
  const index = buildIndex(world)
  const file = lock.format.file
  const find = async (each: Needed) =>
    [each.selector, await findNeeds(each, { targets: planned.targets, index, previous, file })] as const
  const found = new Map(await lookUpEach(needed, find, 'is built with packages that no earlier run has looked up'))
  return complete({ planned, systems, needed, found, claims, gone })
}

interface Planning {
  readonly targets: PlannedTargets
  readonly pages: IndexPages
  readonly previous: PreviousPlan | undefined
}

/** A choice among the files that are there. Each round leaves out at least one, so it ends. */
async function planAvailable(lock: Lock, options: PlanOptions, { pages, previous, targets }: Planning) {
  let gone: Gone = previouslyGone(lock, previous)
  for (;;) {
    const left = withoutGone(lock, gone)
    const planned = planLock(left, options, targets)
    const more = await findGone(planned.lock, pages, previous)
    const next = new Map(gone)
    for (const [id, names] of more) {
      const before = next.get(id) ?? []
      const isLast = (left.packages.get(id)?.sources.length ?? 0) <= names.length
      if (!isLast) next.set(id, [...new Set([...before, ...names])].sort())
    }
    if ([...next].every(([id, names]) => names.length === gone.get(id)?.length)) return { planned, gone }
    gone = next
  }
}

/** By package id; undefined: the source names none. */
type Systems = ReadonlyMap<string, BuildSystem | undefined>

async function findSystems(
  { built }: PlannedLock,
  world: PlanWorld,
  previous: PreviousPlan | undefined,
): Promise<Systems> {
  const indexes = pythonIndexes(world, world.web)
  const find = async (each: BuiltSource) =>
    [each.pkg.id, await findBuildSystem(each, { ...world, indexes, previous })] as const
  return new Map(await lookUpEach(built, find, 'says how it is built in a file that no earlier run has looked into'))
}

interface Builder extends PlacedPackage {
  readonly name: string
}

function collectNeeded({ plan, built, targets, lock }: PlannedLock, systems: Systems): readonly Needed[] {
  const found = new Map<string, Needed>()
  const add = (build: BuildSystem | undefined, pkg: Builder, set: TargetSet) => {
    const added = addedNeeds(lock, pkg.name)
    const { needs } = planBuild(build, added)
    if (needs === undefined) return
    const requires = buildRequires(build)
    const before = found.get(needs)
    found.set(needs, { selector: needs, requires, ...added, set: (before?.set ?? 0n) | set, pkg: before?.pkg ?? pkg })
  }
  for (const { pkg, set } of built) add(systems.get(pkg.id), pkg, set)
  const where = { file: lock.format.file }
  for (const [path, { name, build }] of Object.entries(plan.projects)) {
    if (build !== undefined) add(lock.python?.projects.get(path)?.build, { name, id: name, where }, targets.all)
  }
  return [...sortedByKey(found).values()]
}

interface Completing {
  readonly planned: PlannedLock
  readonly systems: Systems
  readonly needed: readonly Needed[]
  readonly found: ReadonlyMap<string, FoundNeeds>
  readonly claims: ReadonlyMap<string, string>
  readonly gone: ReadonlyMap<string, readonly string[]>
}

function complete({ planned, systems, needed, found, claims, gone }: Completing): Plan {
  const { plan, lock, targets } = planned
  const added = addNeeds(planned, found)
  const packages = new Map<string, PackagePlan>()
  for (const [id, pkg] of Object.entries(plan.packages)) {
    const claim = claims.get(id)
    const without = gone.get(id)
    packages.set(id, {
      ...pkg,
      ...(claim === undefined ? {} : { claim }),
      ...(without === undefined ? {} : { gone: without }),
      ...(systems.has(id) ? { build: planBuild(systems.get(id), addedNeeds(lock, pkg.name)) } : {}),
    })
  }
  for (const [id, pkg] of added.plans) packages.set(id, pkg)
  const builds = new Map<string, BuildNeeds>()
  const warnings: Problem[] = []
  for (const { selector, set, pkg: _, ...asked } of needed) {
    const missing = found.get(selector)?.missing ?? set
    builds.set(selector, { ...asked, ...(missing === 0n ? {} : { missing: targets.print(missing) }) })
    if (missing === set) warnings.push(unbuildable(selector, lock))
  }
  const whole: PythonPlan = {
    ...plan,
    packages: sortedRecordOf(packages),
    ...(builds.size === 0 ? {} : { builds: recordOf(builds) }),
  }
  const kept = new Map([...lock.packages, ...added.packages])
  return { plan: whole, lock: { ...lock, packages: kept }, warnings: [...planned.warnings, ...warnings] }
}

interface AddedNeeds {
  readonly plans: ReadonlyMap<string, PackagePlan>
  readonly packages: ReadonlyMap<PackageId, LockedPackage>
}

/** One package may be needed by several selectors. */
function addNeeds({ targets, lock }: PlannedLock, found: ReadonlyMap<string, FoundNeeds>): AddedNeeds {
  const wanted = new Map<PackageId, { readonly pkg: LockedPackage; readonly for: Map<string, TargetSet> }>()
  for (const [selector, { packages }] of found) {
    for (const { pkg, set } of packages) {
      const each = wanted.get(pkg.id) ?? { pkg, for: new Map<string, TargetSet>() }
      wanted.set(pkg.id, each)
      each.for.set(selector, set)
    }
  }
  const choose = fileChooser(targets, installerOf(lock.format.name))
  const plans = new Map<string, PackagePlan>()
  const kept = new Map<PackageId, LockedPackage>()
  for (const [id, { pkg, for: sets }] of wanted) {
    const chosen = choose(
      pkg,
      [...sets.values()].reduce((all, set) => all | set, 0n),
    )
    const sources = nonEmpty(chosen.files.map(({ source }) => source))
    if (sources === undefined) continue
    kept.set(id, { ...pkg, sources })
    plans.set(id, {
      name: pkg.name,
      version: pkg.version,
      files: planFiles(pkg, chosen, targets),
      for: printSets(sets, targets),
    })
  }
  return { plans, packages: kept }
}

function unbuildable(selector: string, { format: { file } }: Lock): Problem {
  return {
    code: 'script-unlocked',
    message: `no releases in the index satisfy what building something needs: ${shown(selector.replace('build:', ''))}`,
    where: { file },
    hint: 'lock versions that have wheels, or give what is missing with an override',
  }
}
