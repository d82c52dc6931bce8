/** Everything that runs packages' code: shebangs made to work, the user's preInstall, lifecycle scripts, and the clean-up after them. */
import { realpathSync } from 'node:fs'
import { isApart, NamesResult } from './apart.ts'
import type { Apart } from './apart.ts'
import {
  entriesSince,
  filesWith,
  isExecutable,
  removeGypLeftovers,
  scriptsBelow,
  warnOfBuildPaths,
} from './clean-up.ts'
import type { Building } from './lay-out.ts'
import { rulesOf } from './manager.ts'
import { markTime } from './mark-time.ts'
import { runPreInstalls } from './overrides.ts'
import { placesToBuild } from './managers/npm/run-scripts.ts'
import { patchShebangs, restoreShebangs } from './shebangs.ts'
import { shrinkTree } from './shrink-tree.ts'
import { loadTree, optionalSets } from './tree.ts'
import type { Tree } from './tree.ts'

/**
 * `programs`: executables and bins of the tree. Returns the tree without the optional packages that failed. Throws {@link NamesResult}
 * where packages stand apart.
 */
export async function buildTree(
  unbuilt: Tree,
  programs: readonly string[],
  building: Building,
  apart: Apart,
): Promise<Tree> {
  const { job } = building
  const rules = rulesOf(building)
  const patched = [...patchShebangs(programs)]
  const mark = markTime(`${building.state}/mark`)
  const prepared = runPreInstalls(unbuilt.root, unbuilt.places, building)
  const tree =
    prepared.length === 0 ? unbuilt : loadTree(unbuilt.root, unbuilt.places, Object.keys(building.spec.plan.local))
  const own = (paths: readonly string[]): readonly string[] =>
    paths.flatMap((path) => scriptsBelow(`${tree.root}/${path}`))
  patched.push(...patchShebangs([...own(prepared), ...(prepared.length === 0 ? [] : rules.linkBins(tree, building))]))
  const { ran, failed } =
    placesToBuild(tree, building).length === 0 ? { ran: [], failed: [] } : await rules.runScripts(tree, building)
  const built = shrinkTree(tree, failed.length === 0 ? new Set() : optionalSets(tree, failed, building), building)
  for (const path of ran) removeGypLeftovers(`${built.root}/${path}`)
  const written = new Map([...prepared, ...ran].map((path) => [path, entriesSince(`${built.root}/${path}`, mark)]))
  if (isApart(apart) && filesWith([...written.values()].flat(), [job.out]).length > 0) throw new NamesResult()
  if (job.shebangs === 'pristine') restoreShebangs(patched)
  else patchShebangs([...programs, ...[...written.values()].flat().filter(isExecutable)])
  const forbidden = [job.work, realpathSync(built.root), job.out]
  for (const [path, files] of written) warnOfBuildPaths(path, files, built, forbidden)
  return built
}
