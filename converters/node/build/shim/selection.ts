/** Which places of the plan stand in this tree: by system, `--omit`, and the engines of the build's own node and npm. */
import type { PlacePlan, NodePlan } from '../../node-plan.ts'
import type { InstallJob, PackageOverride } from '../job.ts'
import { findOwn } from './json-value.ts'
import { leavesOutUnneeded, satisfiesEngines } from './npm.ts'
import type { Manifest } from './manifest.ts'
import type { Npm } from './npm.ts'

/** Install path → place, parents before children. */
export type Places = ReadonlyMap<string, PlacePlan>

export function selectPlaces(plan: NodePlan, job: InstallJob, npm: Npm): Places {
  const gone = new Set<string>()
  const omit = new Set(job.omit)
  for (const [path, place] of Object.entries(plan.places)) {
    if (place.systems !== undefined && !place.systems.includes(job.system)) gone.add(path)
    else if (place.unneeded?.includes(job.system) === true && leavesOutUnneeded(npm)) gone.add(path)
    else if (isOmitted(place, omit)) gone.add(path)
    else if (place.engines !== undefined && !satisfiesEngines(npm, place.engines)) {
      gone.add(path)
      for (const taken of place.takes ?? []) gone.add(taken)
    }
  }
  return withoutPlaces(new Map(Object.entries(plan.places)), gone)
}

/** The places less some, and less what stands inside of those. */
export function withoutPlaces(places: Places, gone: ReadonlySet<string>): Places {
  const left = new Map<string, PlacePlan>()
  for (const [path, place] of places) {
    const parent = parentPlace(path)
    const hasParent = parent === undefined || !places.has(parent) || left.has(parent)
    if (!gone.has(path) && hasParent) left.set(path, place)
  }
  return left
}

/** The place that a path stands in: `a/node_modules/b` → `a`; undefined for what no place contains. */
export function parentPlace(path: string): string | undefined {
  const at = path.lastIndexOf('/node_modules/')
  return at === -1 ? undefined : path.slice(0, at)
}

/** How many node_modules a path goes through; 1 for the project's own. */
export function placeDepth(path: string): number {
  return path.split('/').filter((part) => part === 'node_modules').length
}

/** The name a place is installed under: `node_modules/@s/a` → `@s/a`. */
export function placeName(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** What the job says of one package: by the name it is installed under, by its own name, by `name@version`; the later wins. */
export function overrideFor(job: InstallJob, path: string, manifest: Manifest | undefined): PackageOverride {
  const { overrides } = job
  const { name = '', version = '' } = manifest ?? {}
  return {
    ...findOwn(overrides, placeName(path)),
    ...findOwn(overrides, name),
    ...findOwn(overrides, `${name}@${version}`),
  }
}

/** npm's rule (arborist, shouldOmit): what both a dev and an optional dependency need goes only when both kinds are omitted. */
export function isOmitted({ flags = [] }: PlacePlan, omit: ReadonlySet<string>): boolean {
  return flags.some((flag) => (flag === 'devOptional' ? omit.has('dev') && omit.has('optional') : omit.has(flag)))
}
