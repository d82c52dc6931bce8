/** Where hoisted places are on disk: what stands inside a member of the workspace is in the member's own directory. */
import type { HoistedPlace } from './hoisted-place.ts'
import type { FoundPackage } from './pattern.ts'

/** Install path → what stands there, which knows its path then; without what nothing that is installed needs. */
export function hoistedPaths<F extends FoundPackage>(
  places: readonly HoistedPlace<F>[],
  aggregator: string | undefined,
): ReadonlyMap<string, HoistedPlace<F>> {
  const paths = new Map<string, HoistedPlace<F>>()
  places.forEach((place) => {
    const { parent, isRequired } = place
    // The aggregator, and what is a part of it alone: the members, which stand at the top.
    const isAggregated = aggregator !== undefined && (parent ?? place).pkg.found.name === aggregator
    if (!isRequired || isAggregated) return
    const path = pathOf(place)
    if (paths.has(path)) return
    place.path = path
    paths.set(path, place)
  })
  return paths
}

function pathOf({ parent, pkg }: HoistedPlace): string {
  const above = parent === undefined ? '' : (parent.pkg.found.link?.dir ?? pathOf(parent))
  return `${above === '' ? '' : `${above}/`}node_modules/${pkg.found.name}`
}

/** The same without looking through links, as yarn sorts places. */
export function pathThroughLinks(place: HoistedPlace, aggregator: string | undefined): string {
  const { parent, pkg } = place
  if (parent === undefined) return `node_modules/${pkg.found.name}`
  const above = parent.parent?.pkg.found.name === aggregator ? parent.pkg.found.link?.dir : undefined
  return `${above ?? pathThroughLinks(parent, aggregator)}/node_modules/${pkg.found.name}`
}
