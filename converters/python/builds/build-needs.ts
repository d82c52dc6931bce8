/** What builds need → packages: kept from the last run, or the newest of the index, for every target. */
import type { LockedPackage, PackageId } from '../../../src/model/lock.ts'
import type { PlacedPackage } from '../../../src/model/package-problems.ts'
import type { NonEmpty, Source } from '../../../src/model/source.ts'
import { ProblemError } from '../../../src/problem.ts'
import type { PlannedTargets, TargetSet } from '../planning/planned-targets.ts'
import { chooserFor } from '../standards/choose-file.ts'
import { parseRequirement, type Requirement } from '../standards/requirement.ts'
import { buildId } from './build-id.ts'
import type { BuildIndex, Release } from './build-index.ts'
import type { PreviousPackage, PreviousPlan } from './previous-plan.ts'
import type { BuildNeeds } from '../python-plan.ts'
import { resolveNeeds, type ResolvingTarget } from './resolve-needs.ts'

/** What several sources need for being built, word for word. */
export interface Needed extends Omit<BuildNeeds, 'missing'> {
  readonly selector: string
  /** Where something is built with it. */
  readonly set: TargetSet
  /** One of those that are. */
  readonly pkg: PlacedPackage
}

export interface FoundNeeds {
  readonly packages: readonly NeededPackage[]
  /** Where there is no choice of releases. */
  readonly missing: TargetSet
}

export interface NeededPackage {
  readonly pkg: LockedPackage
  readonly set: TargetSet
}

export interface NeedsWorld {
  readonly targets: PlannedTargets
  readonly index: BuildIndex
  readonly previous: PreviousPlan | undefined
  /** The lock file: what asked for all this. */
  readonly file: string
}

/** Throws what the web throws. */
export async function findNeeds(needed: Needed, world: NeedsWorld): Promise<FoundNeeds> {
  return findPrevious(needed, world) ?? (await resolve(needed, world))
}

/** Only if the last run looked at each of the targets. */
function findPrevious({ selector, set }: Needed, { previous, targets, file }: NeedsWorld): FoundNeeds | undefined {
  const before = previous?.findNeeds(selector)
  if (previous === undefined || before === undefined) return undefined
  const packages = previous.packagesFor(selector)
  const found = new Map<PackageId, { pkg: LockedPackage; set: TargetSet }>()
  let missing = 0n
  for (const { id, bit } of targets.list) {
    if ((set & bit) === 0n) continue
    if (before.isMissing(id)) missing |= bit
    const wanted = packages.filter((each) => each.isFor(selector, id))
    if (wanted.length === 0 && !before.isMissing(id)) return undefined
    for (const each of wanted) {
      const pkg = found.get(buildId(each.name, each.version))?.pkg ?? previousPackage(each, previous, file)
      if (pkg === undefined) return undefined
      found.set(pkg.id, { pkg, set: (found.get(pkg.id)?.set ?? 0n) | bit })
    }
  }
  return { packages: [...found.values()], missing }
}

function previousPackage(
  { id, name, version, files }: PreviousPackage,
  previous: PreviousPlan,
  file: string,
): LockedPackage | undefined {
  const sources = files.map((key): Source | undefined => {
    const found = previous.findFile(key)
    const filename = key.startsWith(`${id}/`) ? key.slice(id.length + 1) : undefined
    if (found === undefined || filename === undefined) return undefined
    return { kind: 'archive', urls: found.urls, digests: [found.digest], filename }
  })
  const [first, ...rest] = sources.filter((source) => source !== undefined)
  if (id !== buildId(name, version) || first === undefined || sources.includes(undefined)) return undefined
  return needed({ name, version, sources: [first, ...rest], file })
}

interface Described {
  readonly name: string
  readonly version: string
  readonly sources: NonEmpty<Source>
  readonly file: string
}

function needed({ name, version, sources, file }: Described): LockedPackage {
  return { id: buildId(name, version), name, version, sources, dependencies: [], where: { file } }
}

async function resolve(needed: Needed, world: NeedsWorld): Promise<FoundNeeds> {
  const { set } = needed
  const requirements = parseAll([...needed.requires, ...(needed.more ?? [])])
  const constraints = parseAll(needed.constraints ?? [])
  if (requirements === undefined || constraints === undefined) return { packages: [], missing: set }
  const found = new Map<PackageId, { pkg: LockedPackage; set: TargetSet }>()
  let missing = 0n
  const wanted = world.targets.list.filter(({ bit }) => (set & bit) !== 0n)
  const resolving = wanted.map((target): ResolvingTarget => ({
    ...target,
    choose: chooserFor(target.target, 'pip'),
  }))
  const resolved = await Promise.all(
    resolving.map(async (target) => ({
      target,
      releases: await resolveNeeds(requirements, { target, index: world.index, constraints }),
    })),
  )
  for (const { target, releases } of resolved) {
    if (releases === undefined) missing |= target.bit
    for (const release of releases?.values() ?? []) {
      const pkg = found.get(buildId(release.name, release.text))?.pkg ?? packageOf(release, world.file)
      found.set(pkg.id, { pkg, set: (found.get(pkg.id)?.set ?? 0n) | target.bit })
    }
  }
  return { packages: [...found.values()], missing }
}

function packageOf({ name, text, wheels }: Release, file: string): LockedPackage {
  const sourceOf = (wheel: Release['wheels'][number]): Source => {
    return { kind: 'archive', urls: [wheel.file.url], digests: wheel.file.digests, filename: wheel.name }
  }
  const [first, ...rest] = wheels
  return needed({ name, version: text, sources: [sourceOf(first), ...rest.map(sourceOf)], file })
}

function parseAll(requires: readonly string[]): readonly Requirement[] | undefined {
  try {
    return requires.map((text) => parseRequirement(text))
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}
