/** npm's `--omit` (arborist's shouldOmit): by the flags that the lock file gives each place. */
import type { Place, PlaceFlag } from '../../../src/model/lock.ts'

export interface Omitting {
  /** `dev`, `optional`, `peer`. */
  readonly omit: readonly string[]
  /** The project and its workspace members: what stands under another directory is that directory's business. */
  readonly members: ReadonlySet<string>
}

/** The places that stay, in the same order (parents first). */
export function omitPlaces(
  layout: ReadonlyMap<string, Place>,
  { omit, members }: Omitting,
): ReadonlyMap<string, Place> {
  if (omit.length === 0) return layout
  const kept = new Map<string, Place>()
  for (const [path, place] of layout) {
    const parent = path.lastIndexOf('/node_modules/')
    const inside = parent === -1 ? '' : path.slice(0, parent)
    if (layout.has(inside) && !kept.has(inside)) continue
    if (isOmitted(place.flags, omit) && members.has(topOf(path))) continue
    kept.set(path, place)
  }
  return kept
}

function isOmitted(flags: readonly PlaceFlag[], omit: readonly string[]): boolean {
  return flags.some((flag) =>
    flag === 'devOptional' ? omit.includes('dev') && omit.includes('optional') : omit.includes(flag),
  )
}

/** The directory whose `node_modules` it is: `packages/a` of `packages/a/node_modules/b/node_modules/c`. */
function topOf(path: string): string {
  return path.startsWith('node_modules/') ? '' : path.slice(0, path.indexOf('/node_modules/'))
}
