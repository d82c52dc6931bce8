/**
 * npm's flags for `--omit` (arborist's calc-dep-flags.js), for lock formats that do not record them: a place keeps a flag while no
 * way from the project leads to it without an edge of that kind.
 */
import type { EdgeKind, PlaceFlag } from '../../../src/model/lock.ts'

/** What the project or a member of its workspace asks for. */
export interface RootNeed {
  readonly path: string
  readonly kind: EdgeKind
}

/** What stands at an install path; a `Place` of the model will do. */
export type FlaggedPlace =
  | { readonly kind: 'package'; readonly needs: readonly FlaggedNeed[] }
  /** `target`: the directory of a root, or the install path of a place. */
  | { readonly kind: 'link'; readonly target: string }

export interface FlaggedNeed {
  readonly path: string
  readonly optional: boolean
  readonly peer?: boolean
}

export interface FlagGraph {
  /** Directory ('' is the project) → what it asks for. All of them are installed, and so are the links that lead to them. */
  readonly roots: ReadonlyMap<string, readonly RootNeed[]>
  readonly places: ReadonlyMap<string, FlaggedPlace>
}

/** Install path → flags, for every place that has any, in npm's order. What nothing leads to has all. Paths without a place are passed over. */
export function findFlags({ roots, places }: FlagGraph): ReadonlyMap<string, readonly PlaceFlag[]> {
  const ways = new Map<string, number>()
  const queue: string[] = []
  const reach = (path: string, reaching: number): void => {
    const known = ways.get(path) ?? 0
    if ((known | reaching) === known || !places.has(path)) return
    ways.set(path, known | reaching)
    queue.push(path)
  }
  for (const needs of roots.values()) for (const { path, kind } of needs) reach(path, waysAlong[kind])
  for (const [path, place] of places) if (place.kind === 'link' && roots.has(place.target)) reach(path, EVERY_WAY)
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const place = places.get(path)
    const here = ways.get(path) ?? 0
    if (place?.kind === 'link') reach(place.target, here)
    else for (const need of place?.needs ?? []) reach(need.path, here & waysOf(need))
  }
  return flagsBy(places.keys(), ways)
}

// Ways to a place, as bits: is there one without a dev edge, without an optional one, without either, without a peer edge?
const WITHOUT_DEV = 1
const WITHOUT_OPTIONAL = 2
const WITHOUT_EITHER = 4
const WITHOUT_PEER = 8
export const EVERY_WAY = WITHOUT_DEV | WITHOUT_OPTIONAL | WITHOUT_EITHER | WITHOUT_PEER

/** The kinds of ways that stay what they are along an edge. */
export const waysAlong: Readonly<Record<EdgeKind, number>> = {
  prod: EVERY_WAY,
  dev: WITHOUT_OPTIONAL | WITHOUT_PEER,
  optional: WITHOUT_DEV | WITHOUT_PEER,
  peer: WITHOUT_DEV | WITHOUT_OPTIONAL | WITHOUT_EITHER,
}

function waysOf({ optional, peer = false }: FlaggedNeed): number {
  return (optional ? waysAlong.optional : EVERY_WAY) & (peer ? waysAlong.peer : EVERY_WAY)
}

function flagsBy(
  paths: Iterable<string>,
  ways: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly PlaceFlag[]> {
  const flags = new Map<string, readonly PlaceFlag[]>()
  for (const path of paths) {
    const list = flagsOfWays(ways.get(path) ?? 0)
    if (list.length > 0) flags.set(path, list)
  }
  return flags
}

/** Of a place that these ways lead to, in npm's order. */
export function flagsOfWays(ways: number): readonly PlaceFlag[] {
  return flagLists[ways] ?? []
}

/** By ways: sixteen lists serve all places. */
const flagLists: readonly (readonly PlaceFlag[])[] = Array.from({ length: EVERY_WAY + 1 }, (_, ways) => {
  const flags: PlaceFlag[] = []
  const isDev = (ways & WITHOUT_DEV) === 0
  const isOptional = (ways & WITHOUT_OPTIONAL) === 0
  if (isDev) flags.push('dev')
  // Needed by a dev and by an optional dependency, so that it goes only with both.
  if (!isDev && !isOptional && (ways & WITHOUT_EITHER) === 0) flags.push('devOptional')
  if (isOptional) flags.push('optional')
  if ((ways & WITHOUT_PEER) === 0) flags.push('peer')
  return flags
})
