/**
 * Lock → PinnedLock: every source gets one strong digest. What the lock file or an earlier spec says costs nothing; the rest
 * is fetched, many at once. All that fails is told, in the lock's order; what succeeded is kept for the next run.
 */
import type { Lock, LockedPackage, PackageId, PinnedLock } from '../model/lock.ts'
import { packageProblems } from '../model/package-problems.ts'
import type { NonEmpty, PinnedSource, Source } from '../model/source.ts'
import { failIfAny, type Problem } from '../problem.ts'
import { pinArchive } from './archive.ts'
import { pinGit } from './git.ts'
import { pinIndexed } from './indexed.ts'
import { pinLocal } from './local.ts'
import { type Fetched, type FetchStep, type Found, type PinOptions, type Step, type StepContext } from './step.ts'

export type { PinOptions, PinProgress } from './step.ts'

export interface PinResult {
  readonly lock: PinnedLock
  /** `integrity-missing` and `integrity-weak`, of packages that were pinned in this run, in the lock's order. */
  readonly warnings: readonly Problem[]
  /** Texts of {@link PinOptions.manifest}, of git packages that were fetched in this run. */
  readonly manifests: ReadonlyMap<PackageId, string>
}

/** Throws a ProblemError with the problems of every source that could not be pinned. */
export async function pinLock(lock: Lock, options: PinOptions): Promise<PinResult> {
  const context: StepContext = { ...options, once: sharing() }
  const pinned = new Map<PackageId, LockedPackage<PinnedSource>>()
  const waiting: WaitingPackage[] = []
  lock.packages.forEach((pkg) => {
    const steps = mapSources(pkg.sources, (source) => stepOf(source, pkg, context))
    if (isPinned(steps)) pinned.set(pkg.id, { ...pkg, sources: steps })
    else waiting.push({ pkg, steps })
  })
  const tasks = waiting.flatMap(({ pkg, steps }) => steps.filter(isTask).map((step) => ({ pkg, step })))
  const outcomes = await fetchAll(tasks, options)
  const all = tasks.flatMap(({ step }) => outcomes.get(step) ?? [])
  failIfAny(all.flatMap((outcome) => ('problems' in outcome ? outcome.problems : [])))

  const manifests = new Map<PackageId, string>()
  for (const { pkg, steps } of waiting) {
    pinned.set(pkg.id, { ...pkg, sources: mapSources(steps, (step) => sourceOf(step, outcomes)) })
    for (const { manifest } of steps.flatMap((step) => fetchedBy(step, outcomes))) {
      if (manifest !== undefined) manifests.set(pkg.id, manifest)
    }
  }
  const warnings = all.flatMap((outcome) => ('warnings' in outcome ? outcome.warnings : []))
  const packages = waiting.length === 0 ? pinned : inOrderOf(lock.packages, pinned)
  return { lock: { ...lock, packages }, warnings, manifests }
}

interface WaitingPackage {
  readonly pkg: LockedPackage
  readonly steps: NonEmpty<Step>
}

interface Task {
  readonly pkg: LockedPackage
  readonly step: FetchStep
}

type Outcome = Fetched | { readonly problems: readonly Problem[] }
type Outcomes = ReadonlyMap<Step, Outcome>

function inOrderOf<K, V>(model: ReadonlyMap<K, unknown>, map: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  const ordered = new Map<K, V>()
  for (const key of model.keys()) {
    const value = map.get(key)
    if (value !== undefined) ordered.set(key, value)
  }
  return ordered
}

function isPinned(steps: NonEmpty<Step>): steps is NonEmpty<PinnedSource> {
  return !steps.some(isTask)
}

function isTask(step: Step): step is FetchStep {
  return step.kind === 'fetch'
}

function mapSources<A, B>(sources: NonEmpty<A>, map: (source: A) => B): NonEmpty<B> {
  const first = map(sources[0])
  return sources.length === 1 ? [first] : [first, ...sources.slice(1).map(map)]
}

function stepOf(source: Source, pkg: LockedPackage, context: StepContext): Step {
  switch (source.kind) {
    case 'archive':
      return pinArchive(source, pkg, context)
    case 'git':
      return pinGit(source, context)
    case 'local':
      return pinLocal(source, context)
    case 'bundled':
      return source
    case 'indexed':
      return pinIndexed(source, pkg, context)
  }
}

/** Each of `concurrency` workers takes the next task until none is left. */
async function fetchAll(tasks: readonly Task[], options: PinOptions): Promise<Outcomes> {
  const outcomes = new Map<Step, Outcome>()
  const queue = tasks.values()
  const work = async () => {
    for (const { pkg, step } of queue) {
      outcomes.set(step, await outcomeOf(step, pkg))
      options.onProgress?.({ done: outcomes.size, total: tasks.length, name: pkg.name })
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.concurrency ?? 16, tasks.length) }, work))
  return outcomes
}

async function outcomeOf(step: FetchStep, pkg: LockedPackage): Promise<Outcome> {
  try {
    return await step.fetch()
  } catch (error) {
    return { problems: packageProblems(error, pkg) }
  }
}

/** What the step brought; empty when there was nothing to fetch. */
function fetchedBy(step: Step, outcomes: Outcomes): readonly Fetched[] {
  const outcome = outcomes.get(step)
  return outcome !== undefined && 'source' in outcome ? [outcome] : []
}

function sourceOf(step: Step, outcomes: Outcomes): PinnedSource {
  if (step.kind !== 'fetch') return step
  const [fetched] = fetchedBy(step, outcomes)
  if (fetched === undefined) throw new TypeError('a step without an outcome')
  return fetched.source
}

/** Two packages of one commit, or of one archive, share its fetch. */
function sharing(): StepContext['once'] {
  const running = new Map<string, Promise<Found>>()
  return (key, find) => {
    const shared = running.get(key) ?? find()
    running.set(key, shared)
    return shared
  }
}
