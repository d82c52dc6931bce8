/** On which systems the places of a lock stand, and what goes with a place whose `engines` the build's node does not satisfy. */
import type { Lock, LockedPackage, Place } from '../../src/model/lock.ts'
import { findTakes } from './layout/engine-sets.ts'
import { findNeeds } from './layout/find-need.ts'
import { placeGraph } from './layout/optional-set.ts'
import type { Need, PlaceGraph } from './layout/optional-set.ts'
import { findSystems } from './layout/systems.ts'
import type { OptionalPlace } from './layout/systems.ts'

export type Layout = ReadonlyMap<string, Place>

/** Directories of the project that are packages, by path. */
export type Locals = ReadonlyMap<string, LockedPackage>

export interface Selection {
  /** See findSystems. */
  readonly restricted: ReadonlyMap<string, readonly string[]>
  /** See PlacePlan. */
  readonly unneeded: ReadonlyMap<string, readonly string[]>
  /** See findTakes. */
  readonly takes: ReadonlyMap<string, readonly string[]>
}

export interface Selecting {
  /** Sorted. */
  readonly layout: Layout
  readonly locals: Locals
  readonly systems: readonly string[]
}

export function findSelection(lock: Lock, { layout, locals, systems }: Selecting): Selection {
  const goesAlone = lock.manager?.leavesOut === 'each'
  const optional = conditionalPlaces(layout, lock, { required: goesAlone })
  if (optional.length === 0 && !goesAlone) return everywhere
  const links = linksOf(layout)
  const graph = readGraph(lock, { layout, locals, links })
  const paths = [...layout.keys()]
  const alone = goesAlone ? { links } : undefined
  const restricted = findSystems(paths, { optional, graph, systems, alone })
  // npm's rule depends on its version, which is known when it builds.
  const before =
    lock.manager === undefined ? findSystems(paths, { optional, graph, systems, isEach: true }) : restricted
  return { restricted: before, unneeded: findUnneeded(restricted, before, systems), takes: findTakes(optional, graph) }
}

const everywhere: Selection = { restricted: new Map(), unneeded: new Map(), takes: new Map() }

/** Where places stand by the second rule, and not by the first. */
function findUnneeded(
  needed: Selection['restricted'],
  standing: Selection['restricted'],
  systems: readonly string[],
): Selection['unneeded'] {
  const unneeded = new Map<string, readonly string[]>()
  if (needed === standing) return unneeded
  needed.forEach((here, path) => {
    const all = standing.get(path) ?? [...systems].sort()
    if (all.length > here.length)
      unneeded.set(
        path,
        all.filter((system) => !here.includes(system)),
      )
  })
  return unneeded
}

/** Those that a condition may keep out: only optional ones, or required ones, too. */
function conditionalPlaces(
  layout: Layout,
  { packages }: Lock,
  { required }: { readonly required: boolean },
): readonly OptionalPlace[] {
  const optional: OptionalPlace[] = []
  layout.forEach((place, path) => {
    if (place.kind !== 'package' || (!required && !place.flags.includes('optional'))) return
    const when = packages.get(place.id)?.when
    if (when !== undefined) optional.push({ path, when })
  })
  return optional
}

/** Path → what it leads to. */
type Links = ReadonlyMap<string, string>

function linksOf(layout: Layout): Links {
  const links = new Map<string, string>()
  layout.forEach((place, path) => {
    if (place.kind === 'link') links.set(path, place.target)
  })
  return links
}

interface Standing {
  readonly layout: Layout
  readonly locals: Locals
  readonly links: Links
}

function readGraph(lock: Lock, { layout, locals, links }: Standing): PlaceGraph {
  const needs = new Map<string, readonly Need[]>()
  layout.forEach((place, path) => {
    if (place.kind === 'package') needs.set(path, place.needs)
  })
  const tops = new Map(lock.roots.map(({ path, dependencies }) => [path, dependencies]))
  for (const [path, { dependencies }] of locals) tops.set(path, dependencies)
  for (const [path, edges] of tops) {
    const paths = findNeeds(layout, path, edges)
    needs.set(
      path,
      paths.map((need) => ({ path: need, optional: false })),
    )
  }
  followLinks(layout, { links, needs })
  return placeGraph(needs, new Set(tops.keys()))
}

/** Whoever needs a link needs what it leads to. A link that nobody needs (pnpm's hoisting) stands and goes with what it leads to. */
function followLinks(
  layout: Layout,
  { links: all, needs }: { readonly links: Links; readonly needs: Map<string, readonly Need[]> },
): void {
  const links = [...all].filter(([, target]) => layout.has(target))
  if (links.length === 0) return
  const needed = new Set([...needs.values()].flatMap((list) => list.map(({ path }) => path)))
  for (const [path, target] of links) {
    if (needed.has(path)) needs.set(path, [{ path: target, optional: false }])
    else needs.set(target, [...(needs.get(target) ?? []), { path, optional: true }])
  }
}
