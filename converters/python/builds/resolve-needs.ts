/**
 * Build requirements of one target → releases: of each name the newest that every requirement allows, has a wheel for the target, is
 * not withdrawn and no prerelease. Chosen again and again with what the last choice asked for, until nothing changes.
 */
import type { PlannedTarget } from '../planning/planned-targets.ts'
import { type Candidate, type Chooser } from '../standards/choose-file.ts'
import { evaluateMarker } from '../standards/marker.ts'
import { normalizeName } from '../standards/name.ts'
import type { Requirement } from '../standards/requirement.ts'
import { filterVersions, satisfies } from '../standards/specifier.ts'
import type { BuildIndex, Release, ReleaseWheel } from './build-index.ts'

const MOST_ROUNDS = 30

/** By name; undefined when there is no such choice. */
export async function resolveNeeds(
  requirements: readonly Requirement[],
  resolving: Resolving,
): Promise<ReadonlyMap<string, Release> | undefined> {
  let round: Round = { asked: new Map(), chosen: new Map() }
  for (let count = 0; count < MOST_ROUNDS; count += 1) {
    const next = await oneRound(requirements, round.asked, resolving)
    if (next === undefined) return undefined
    if (isSame(round, next)) return new Map([...next.chosen].map(([name, { release }]) => [name, release]))
    round = next
  }
  return undefined
}

export interface ResolvingTarget extends PlannedTarget {
  readonly choose: Chooser
}

export interface Resolving {
  readonly target: ResolvingTarget
  readonly index: BuildIndex
  /** They ask for nothing, and count for whatever is asked for. */
  readonly constraints: readonly Requirement[]
}

interface Round {
  /** By name: everything that was asked of it. */
  readonly asked: ReadonlyMap<string, readonly Requirement[]>
  readonly chosen: ReadonlyMap<string, Choice>
}

function isSame(a: Round, b: Round): boolean {
  return (
    a.chosen.size === b.chosen.size &&
    [...a.chosen].every(([name, { release }]) => b.chosen.get(name)?.release === release)
  )
}

async function oneRound(
  requirements: readonly Requirement[],
  before: Round['asked'],
  resolving: Resolving,
): Promise<Round | undefined> {
  const asked = new Map<string, Requirement[]>()
  const chosen = new Map<string, Choice>()
  const done = new Set<string>()
  const waiting: Requirement[] = []
  const choosing = new Map<string, Promise<Choice | undefined>>()
  /** What is asked for first decides; looked up at once, and waited for in its turn, which is also when a failure counts. */
  const ask = (more: readonly Requirement[]): void => {
    for (const next of more) {
      const name = normalizeName(next.name)
      if (next.url === undefined && !choosing.has(name)) {
        const choice = choose(name, [...(before.get(name) ?? []), next], resolving)
        choice.catch(() => {})
        choosing.set(name, choice)
      }
      waiting.push(next)
    }
  }
  ask(requirements.filter((requirement) => isNeeded(requirement, new Set(), resolving.target)))
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (next.url !== undefined) return undefined
    const name = normalizeName(next.name)
    const list = asked.get(name) ?? []
    asked.set(name, [...list, next])
    const found = await choosing.get(name)
    if (found === undefined) return undefined
    chosen.set(name, found)
    for (const extra of ['', ...next.extras.map(normalizeName)]) {
      if (done.has(`${name}[${extra}]`)) continue
      done.add(`${name}[${extra}]`)
      const extras = new Set(extra === '' ? [] : [extra])
      ask(found.needs.filter((need) => isNeeded(need, extras, resolving.target)))
    }
  }
  return { asked, chosen }
}

function isNeeded({ marker }: Requirement, extras: ReadonlySet<string>, { environment }: PlannedTarget): boolean {
  return marker === undefined || evaluateMarker(marker, { ...environment, extra: extras })
}

interface Newest {
  readonly release: Release
  readonly wheel: ReleaseWheel
}

interface Choice extends Newest {
  readonly needs: readonly Requirement[]
}

async function choose(name: string, asked: readonly Requirement[], resolving: Resolving): Promise<Choice | undefined> {
  const newest = await findNewest(name, asked, resolving)
  return newest && { ...newest, needs: await resolving.index.requirements(newest.wheel) }
}

async function findNewest(
  name: string,
  asked: readonly Requirement[],
  { target, index, constraints }: Resolving,
): Promise<Newest | undefined> {
  const releases = await index.releases(name)
  const counting = constraints.filter((each) => normalizeName(each.name) === name && isNeeded(each, new Set(), target))
  const specifiers = [...asked, ...counting].flatMap((requirement) => requirement.specifiers)
  const allowed = new Set(
    filterVersions(
      releases.map(({ version }) => version),
      specifiers,
    ),
  )
  for (const release of releases) {
    if (!allowed.has(release.version)) continue
    const candidates = release.wheels.filter(({ requiresPython }) => isFor(requiresPython, target)).map(candidateOf)
    const wheel = target.choose(candidates)?.file
    if (wheel !== undefined) return { release, wheel }
  }
  return undefined
}

function candidateOf(wheel: ReleaseWheel): Candidate<ReleaseWheel> {
  return { kind: 'wheel', file: wheel, wheel: wheel.wheel }
}

function isFor(requiresPython: ReleaseWheel['requiresPython'], { environment }: PlannedTarget): boolean {
  return requiresPython === undefined || satisfies(environment.python_full_version, requiresPython)
}
