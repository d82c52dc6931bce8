/**
 * What npm leaves out together with an optional package that cannot be installed (arborist's optional-set.js and
 * gather-dep-set.js): everything that needs it up to the first optional edge, and everything only those needed.
 * Pure and free of imports' side effects, because the shim carries a copy for the conditions known only at build time.
 */
import { lazy } from '../../../src/model/lazy.ts'

export interface Need {
  readonly path: string
  readonly optional: boolean
}

/** Who needs whom, by install path. Tops ('' and local directories) take part as needers, and are never left out. */
export interface PlaceGraph {
  readonly needs: ReadonlyMap<string, readonly Need[]>
  readonly neededBy: ReadonlyMap<string, readonly Need[]>
  readonly tops: ReadonlySet<string>
}

/** Builds the graph from each path's needs; needs of a top count like those of a place. */
export function placeGraph(needs: ReadonlyMap<string, readonly Need[]>, tops: ReadonlySet<string>): PlaceGraph {
  // Only optional sets are found by it, and few trees lose any.
  const neededBy = lazy(() => turned(needs))
  return {
    needs,
    get neededBy() {
      return neededBy()
    },
    tops,
  }
}

function turned(needs: PlaceGraph['needs']): PlaceGraph['neededBy'] {
  const neededBy = new Map<string, Need[]>()
  needs.forEach((list, from) => {
    for (const { path, optional } of list) {
      const known = neededBy.get(path)
      if (known === undefined) neededBy.set(path, [{ path: from, optional }])
      else known.push({ path: from, optional })
    }
  })
  return neededBy
}

/** The places that go when `start` cannot be installed, `start` included. `gone` are those already left out. */
export function optionalSet(graph: PlaceGraph, start: string, gone: ReadonlySet<string>): ReadonlySet<string> {
  const core = boundary(graph, start)
  const set = new Set(core)
  for (const path of set) {
    if (path !== start && gone.has(path)) continue
    for (const need of graph.needs.get(path) ?? []) set.add(need.path)
  }
  dropNeededElsewhere(graph, { set, core, gone })
  return set
}

/** Walks up from the place along edges that are not optional: whoever needs it cannot stand without it. */
function boundary(graph: PlaceGraph, start: string): ReadonlySet<string> {
  const core = new Set([start])
  for (const path of core) {
    for (const from of graph.neededBy.get(path) ?? []) {
      if (!from.optional && !graph.tops.has(from.path)) core.add(from.path)
    }
  }
  return core
}

interface Gathering {
  readonly set: Set<string>
  readonly core: ReadonlySet<string>
  readonly gone: ReadonlySet<string>
}

/** Removes from the set, until nothing changes, what a place outside of it still needs. */
function dropNeededElsewhere(graph: PlaceGraph, { set, core, gone }: Gathering): void {
  const queue = [...set]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (!set.has(path) || core.has(path)) continue
    const needers = graph.neededBy.get(path) ?? []
    if (!needers.some((from) => !set.has(from.path) && !gone.has(from.path))) continue
    set.delete(path)
    for (const need of graph.needs.get(path) ?? []) queue.push(need.path)
  }
}
