/** Where hoisted places are on disk: what stands inside a member of the workspace is in the member's own directory. */
import type { HoistedPlace } from './hoist.ts'
import type { FoundPackage } from './resolve-patterns.ts'

/** Install path → what stands there; without what nothing that is installed needs. */
export function hoistedPaths<F extends FoundPackage>(
  places: readonly HoistedPlace<F>[],
  aggregator: string | undefined,
): ReadonlyMap<string, HoistedPlace<F>> {
  const directories = new Map<HoistedPlace<F>, string>()
  const paths = new Map<string, HoistedPlace<F>>()
  // Parents come before children.
  for (const place of places) {
    const { pkg, parent, isRequired } = place
    const above = parent === undefined ? '' : (directories.get(parent) ?? '')
    const path = `${above === '' ? '' : `${above}/`}node_modules/${pkg.found.name}`
    directories.set(place, pkg.found.link?.dir ?? path)
    // The aggregator, and what is a part of it alone: the members, which stand at the top.
    const isAggregated = aggregator !== undefined && (parent ?? place).pkg.found.name === aggregator
    if (isRequired && !isAggregated && !paths.has(path)) paths.set(path, place)
  }
  return paths
}

/** The same without looking through links, as yarn sorts places. */
export function pathThroughLinks(place: HoistedPlace, aggregator: string | undefined): string {
  const { parent, pkg } = place
  if (parent === undefined) return `node_modules/${pkg.found.name}`
  const above = parent.parent?.pkg.found.name === aggregator ? parent.pkg.found.link?.dir : undefined
  return `${above ?? pathThroughLinks(parent, aggregator)}/node_modules/${pkg.found.name}`
}
