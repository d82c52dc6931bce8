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
  const systems = [...restricting.systems].sort()
  const sets: FoundSet[] = []
  const goneBySystem = systems.map((system) => [system, findGone(paths, { system, sets }, restricting)] as const)
  const restricted = new Map<string, readonly string[]>()
  const somewhere = new Set(goneBySystem.flatMap(([, gone]) => [...gone]))
  for (const path of somewhere) {
    const where = goneBySystem.filter(([, gone]) => !gone.has(path)).map(([system]) => system)
    restricted.set(path, where)
  }
  return restricted
}

/** Several systems often refuse the same places, and then the same go with them. */
interface FoundSet {
  readonly unfit: readonly string[]
  readonly gone: ReadonlySet<string>
}

function findGone(
  paths: readonly string[],
  { system, sets }: { readonly system: string; readonly sets: FoundSet[] },
  { optional, graph, alone }: Restricting,
): ReadonlySet<string> {
  const platform = findPlatform(system)
  if (platform === undefined) return new Set()
  const unfit = optional.filter(({ when }) => !runsOn(when, platform)).map(({ path }) => path)
  const known = sets.find(
    (set) => set.unfit.length === unfit.length && set.unfit.every((path, at) => path === unfit[at]),
  )
  if (known !== undefined) return known.gone
  const gone =
    alone === undefined
      ? findWithSets(paths, unfit, graph)
      : findUnreached(paths, new Set(unfit), { graph, links: alone.links })
  sets.push({ unfit, gone })
  return gone
}

function findWithSets(paths: readonly string[], unfit: readonly string[], graph: PlaceGraph): ReadonlySet<string> {
  const gone = new Set<string>()
  for (const path of unfit) {
    if (gone.has(path)) continue
    for (const member of optionalSet(graph, path, gone)) gone.add(member)
  }
  if (gone.size > 0) addContents(paths, gone)
  return gone
}

/** What stands inside a place goes with it. */
function addContents(paths: readonly string[], gone: Set<string>): void {
  paths.forEach((path) => {
    const parent = path.lastIndexOf('/node_modules/')
    if (parent !== -1 && gone.has(path.slice(0, parent))) gone.add(path)
  })
}

/** What no way leads to that avoids the unfit places. A link stands while what it leads to stands. */
function findUnreached(
  paths: readonly string[],
  unfit: ReadonlySet<string>,
  { graph, links }: { readonly graph: PlaceGraph; readonly links: ReadonlyMap<string, string> },
): ReadonlySet<string> {
  const reached = new Set(graph.tops)
  for (const path of reached) {
    for (const need of graph.needs.get(path) ?? []) if (!unfit.has(need.path)) reached.add(need.path)
    const target = links.get(path)
    if (target !== undefined && !unfit.has(target)) reached.add(target)
  }
  return new Set(paths.filter((path) => !reached.has(links.get(path) ?? path)))
}
