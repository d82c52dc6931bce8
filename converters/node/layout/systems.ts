/** On which systems each place exists: npm leaves out an optional package that does not run there, with its optional set. */
import type { Condition } from '../../../src/model/lock.ts'
import { optionalSet } from './optional-set.ts'
import type { PlaceGraph } from './optional-set.ts'
import { findPlatform, runsOn } from './platform.ts'

/** A place that only optional edges lead to, and that says where it runs. */
export interface OptionalPlace {
  readonly path: string
  readonly when: Condition
}

export interface Restricting {
  readonly optional: readonly OptionalPlace[]
  readonly graph: PlaceGraph
  /** Nix system names. */
  readonly systems: readonly string[]
  /** Every place that does not run there goes by itself, and with it what nothing else needs (Bun); absent: optional sets. */
  readonly alone?: Alone | undefined
  /** Each optional set is found as if no other place was left out (npm before 11.13): what two of them share stays. */
  readonly isEach?: boolean
}

export interface Alone {
  /** Install paths of links → what they lead to. */
  readonly links: ReadonlyMap<string, string>
}

/** Path → the systems it exists on, sorted; paths that exist on all of them are not in it. `paths`: parents first. */
export function findSystems(
  paths: readonly string[],
  restricting: Restricting,
): ReadonlyMap<string, readonly string[]> {
  const refusals = [...restricting.systems].sort().map((system) => findRefusal(system, restricting.optional))
  const findGone =
    restricting.alone === undefined ? setFinder(paths, restricting) : wayFinder(paths, restricting, refusals)
  const sets: FoundSet[] = []
  const goneBySystem = refusals.map(({ system, unfit }) => [system, findOnce(unfit, sets, findGone)] as const)
  const restricted = new Map<string, readonly string[]>()
  const somewhere = new Set(goneBySystem.flatMap(([, gone]) => [...gone]))
  for (const path of somewhere) {
    const where = goneBySystem.filter(([, gone]) => !gone.has(path)).map(([system]) => system)
    restricted.set(path, where)
  }
  return restricted
}

/** What does not run on a system. */
interface Refusal {
  readonly system: string
  /** undefined: nobody knows the system, so nothing is said not to. */
  readonly unfit: readonly string[] | undefined
}

function findRefusal(system: string, optional: readonly OptionalPlace[]): Refusal {
  const platform = findPlatform(system)
  if (platform === undefined) return { system, unfit: undefined }
  return { system, unfit: optional.filter(({ when }) => !runsOn(when, platform)).map(({ path }) => path) }
}

/** What goes with the unfit places. */
type FindGone = (unfit: readonly string[]) => ReadonlySet<string>

/** Several systems often refuse the same places, and then the same go with them. */
interface FoundSet {
  readonly unfit: readonly string[]
  readonly gone: ReadonlySet<string>
}

function findOnce(unfit: readonly string[] | undefined, sets: FoundSet[], findGone: FindGone): ReadonlySet<string> {
  if (unfit === undefined) return new Set()
  const known = sets.find(
    (set) => set.unfit.length === unfit.length && set.unfit.every((path, at) => path === unfit[at]),
  )
  if (known !== undefined) return known.gone
  const gone = findGone(unfit)
  sets.push({ unfit, gone })
  return gone
}

function setFinder(paths: readonly string[], { graph, isEach = false }: Restricting): FindGone {
  return (unfit) => {
    const gone = new Set<string>()
    for (const path of unfit) {
      if (gone.has(path)) continue
      for (const member of optionalSet(graph, path, isEach ? none : gone)) gone.add(member)
    }
    if (gone.size > 0) addContents(paths, gone)
    return gone
  }
}

const none: ReadonlySet<string> = new Set()

/** What stands inside a place goes with it. */
function addContents(paths: readonly string[], gone: Set<string>): void {
  paths.forEach((path) => {
    const parent = path.lastIndexOf('/node_modules/')
    if (parent !== -1 && gone.has(path.slice(0, parent))) gone.add(path)
  })
}

/**
 * What no way leads to that avoids the unfit places. A link stands while what it leads to stands. Nearly everything is reached
 * without any place that some system refuses, so only what is beyond those is walked system by system.
 */
function wayFinder(paths: readonly string[], { graph, alone }: Restricting, refusals: readonly Refusal[]): FindGone {
  const links: Alone['links'] = alone?.links ?? new Map()
  const targetOf = (path: string): string => links.get(path) ?? path
  const everywhere = new Set(graph.tops)
  const refused = new Set(refusals.flatMap(({ unfit = [] }) => unfit))
  const gates = walk(everywhere, { isOpen: (path) => !refused.has(path), graph, links })
  const beyond = paths.filter((path) => !everywhere.has(targetOf(path)))
  return (unfit) => {
    const closed = new Set(unfit)
    const reached = new Set(gates.filter((path) => !closed.has(path)))
    walk(reached, { isOpen: (path) => !closed.has(path) && !everywhere.has(path), graph, links })
    return new Set(beyond.filter((path) => !reached.has(targetOf(path))))
  }
}

interface Walk {
  readonly isOpen: (path: string) => boolean
  readonly graph: PlaceGraph
  readonly links: Alone['links']
}

/** Adds to `reached` what is needed there, and by what is added; gives what was not open. */
function walk(reached: Set<string>, { isOpen, graph, links }: Walk): readonly string[] {
  const closed: string[] = []
  const visit = (path: string): void => void (isOpen(path) ? reached.add(path) : closed.push(path))
  // What is added meanwhile has its turn, too.
  reached.forEach((path) => {
    graph.needs.get(path)?.forEach((need) => visit(need.path))
    const target = links.get(path)
    if (target !== undefined) visit(target)
  })
  return closed
}
