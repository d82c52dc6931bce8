/** What goes with an optional place when the build's node or npm does not satisfy its `engines`. */
import { optionalSet } from './optional-set.ts'
import type { PlaceGraph } from './optional-set.ts'
import type { OptionalPlace } from './systems.ts'

/** Path → the other places that go with it, sorted; only where there are any. */
export function findTakes(
  optional: readonly OptionalPlace[],
  graph: PlaceGraph,
): ReadonlyMap<string, readonly string[]> {
  const takes = new Map<string, readonly string[]>()
  for (const paths of groupByEngines(optional)) {
    // Places with the same engines fail together, so what only they need goes with each of them.
    const group = new Set(paths)
    for (const path of paths) {
      const set = [...optionalSet(graph, path, group)].filter((member) => member !== path)
      if (set.length > 0) takes.set(path, set.sort())
    }
  }
  return takes
}

function groupByEngines(optional: readonly OptionalPlace[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>()
  for (const { path, when } of optional) {
    if (when.engines === undefined) continue
    const key = JSON.stringify(Object.entries(when.engines))
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [path])
    else known.push(path)
  }
  return [...groups.values()]
}
