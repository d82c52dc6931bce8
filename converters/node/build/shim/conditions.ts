/** Optional packages that cannot run here, for locks that do not record os, cpu, libc and engines: each manifest is asked. */
import { findPlatform, runsOn } from '../../layout/platform.ts'
import { fail } from './failure.ts'
import type { Building } from './lay-out.ts'
import { conditionOf } from './manifest.ts'
import { satisfiesEngines } from './npm.ts'
import { optionalSets } from './tree.ts'
import type { Tree } from './tree.ts'

/** The places to leave out, with their optional sets; none when the plan says that conditions are known. */
export function unfitPlaces(tree: Tree, building: Building): ReadonlySet<string> {
  const { job, spec, npm } = building
  if (spec.plan.conditions === undefined) return new Set()
  const platform = findPlatform(job.system) ?? fail(`The system ${JSON.stringify(job.system)} is not known.`)
  const unfit = [...tree.manifests].flatMap(([path, manifest]) => {
    if (tree.places.get(path)?.flags?.includes('optional') !== true) return []
    const { os, cpu, libc, engines } = conditionOf(manifest)
    const fits = runsOn({ kind: 'platform', os, cpu, libc }, platform) && satisfiesEngines(npm, engines)
    return fits ? [] : [path]
  })
  return optionalSets(tree, unfit, building)
}
