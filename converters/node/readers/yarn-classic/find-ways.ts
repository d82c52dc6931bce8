/** Which ways lead from the project to each place of yarn's tree, by which `--omit` leaves it out or not. */
import type { EdgeKind } from '../../../../src/model/lock.ts'
import { EVERY_WAY, waysAlong } from '../../layout/find-flags.ts'
import type { HoistedPlace } from './hoisted-place.ts'
import type { FoundPackage } from './pattern.ts'

/** What a manifest of the project asks for, where it was found. */
export interface Asked<F extends FoundPackage> {
  readonly place: HoistedPlace<F>
  readonly kind: EdgeKind
}

/** Every place knows its ways then. `roots`: directories of the project's manifests and what each asks for. */
export function findWays<F extends FoundPackage>(
  places: ReadonlyMap<string, HoistedPlace<F>>,
  roots: ReadonlyMap<string, readonly Asked<F>[]>,
): void {
  const queue: HoistedPlace<F>[] = []
  const reach = (place: HoistedPlace<F>, ways: number): void => {
    if (place.path === undefined || (place.ways | ways) === place.ways) return
    place.ways |= ways
    queue.push(place)
  }
  roots.forEach((asked) => asked.forEach(({ place, kind }) => reach(place, waysAlong[kind])))
  // All members are installed, and so are the links that lead to them.
  places.forEach((place) => {
    const { link } = place.pkg.found
    if (link !== undefined && roots.has(link.dir)) reach(place, EVERY_WAY)
  })
  for (let place = queue.pop(); place !== undefined; place = queue.pop()) {
    const { pkg, ways, needs } = place
    // A member asks by itself.
    if (pkg.found.link?.kind === 'workspace') continue
    needs.forEach((need) => reach(need, pkg.canDoWithout(need.pkg) ? ways & waysAlong.optional : ways))
  }
}
