/**
 * The command `install`: a finished node_modules from the spec, as npm would have left it. Without lifecycle scripts the tree is
 * laid out where it stays. With them it is built in the job's work directory and moved, so that nothing a script writes can
 * depend on the name of the result.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { InstallJob } from '../job.ts'
import { allTogether, bringNeeded, gather, isApart, linkApart, NamesResult } from './apart.ts'
import type { Apart } from './apart.ts'
import { buildTree } from './build-tree.ts'
import { scriptsBelow } from './clean-up.ts'
import { unfitPlaces } from './conditions.ts'
import { moveTree, takeTree } from './copy-tree.ts'
import { fail, Refusal } from './failure.ts'
import { loadInstallJob } from './job-reader.ts'
import { layOut } from './lay-out.ts'
import type { Building } from './lay-out.ts'
import { rulesOf } from './manager.ts'
import { linkNodedir, loadNpm, npmEnvironment } from './npm.ts'
import { applyPatches, hasPreInstall } from './overrides.ts'
import { placesToBuild } from './managers/npm/run-scripts.ts'
import { selectPlaces } from './selection.ts'
import { shrinkTree } from './shrink-tree.ts'
import { kindOfResult, unsealTree } from './sealed.ts'
import { patchShebangs } from './shebangs.ts'
import { loadNodeSpec } from './spec-reader.ts'
import type { NodeSpec } from './spec-reader.ts'
import { parkStrays } from './strays.ts'
import { finishTool } from './tool.ts'
import { loadTree } from './tree.ts'
import type { Tree } from './tree.ts'
import { withPool } from './worker-pool.ts'
import type { WorkerPool } from './worker-pool.ts'

export async function install(jobFile: string, shim: URL): Promise<void> {
  const job = loadInstallJob(jobFile)
  await withPool(job.workers, shim, async (pool) => {
    if (hasMany(Object.keys(job.sources).length)) pool.start()
    await installJob(job, { pool, shim, spec: loadNodeSpec(job.spec) })
  })
}

export interface Means {
  readonly pool: WorkerPool
  /** The bundle that scripts are started with. */
  readonly shim: URL
  readonly spec: NodeSpec
}

export async function installJob(job: InstallJob, means: Means): Promise<void> {
  try {
    await installWith(job, means)
  } catch (error) {
    if (!(error instanceof NamesResult)) throw error
    rmSync(job.out, { recursive: true, force: true })
    await installWith(job, means, { together: true })
  }
}

/** So many packages that a thread is worth its start, even where they are only linked. */
export function hasMany(sources: number): boolean {
  return sources > 300
}

async function installWith(job: InstallJob, means: Means, { together = false } = {}): Promise<void> {
  const building = prepare(job, means)
  const rules = rulesOf(building)
  const { spec, npm } = building
  if (spec.plan.manager?.installs === true && rules.install !== undefined) return rules.install(building)
  const selected = selectPlaces(spec.plan, job, npm)
  const start =
    hasPreInstall(job) || [...selected.values()].some(({ scripts }) => scripts === true) ? job.work : job.out
  const apart = together || start === job.out ? allTogether() : linkApart(selected, building)
  const first = { places: selected, laid: await layOut(start, selected, building) }
  const { places, laid } = (await rules.arrange?.(start, first, building)) ?? first
  const patched = applyPatches(start, places, building)
  const known = patched.length === 0 ? laid.manifests : undefined
  const whole = loadTree(start, places, Object.keys(spec.plan.local), known)
  let tree = rules.arrange === undefined ? fit(whole, building) : whole
  const bins = rules.linkBins(tree, building)
  const unpark = parkStrays(start, tree.places, laid.withModules)
  const programs = [
    ...laid.scripts.map((file) => `${start}/${file}`),
    ...patched.flatMap((path) => scriptsBelow(`${start}/${path}`)),
    ...bins,
  ]
  const programsAt = (root: string): readonly string[] => programs.map((file) => root + file.slice(start.length))
  const needsBuild = hasPreInstall(job) || placesToBuild(tree, building).length > 0
  if (needsBuild && job.scripts === 'refused')
    throw new Refusal('a package has scripts that the lock file does not name.')
  if (needsBuild) {
    const moved = await inWork(tree, building)
    await bringNeeded(apart, moved, building)
    tree = await buildTree(moved, programsAt(moved.root), building, apart)
  }
  tree = await gather(apart, tree, building)
  await rules.checkTree(tree, building)
  unpark(tree.root)
  if (!needsBuild && job.shebangs === 'patched') patchShebangs(programsAt(tree.root))
  rules.finish?.(tree, building)
  await deliver(tree, building, apart)
  if (job.tool !== undefined) finishTool(job.tool, job.out)
}

function prepare(job: InstallJob, means: Means): Building {
  const npm = loadNpm(job.npm)
  const state = `${job.work}.state`
  for (const dir of [job.work, state]) rmSync(dir, { recursive: true, force: true })
  if (existsSync(job.out) && readdirSync(job.out).length > 0) fail(`${job.out} is not empty.`)
  mkdirSync(state, { recursive: true })
  if (job.path !== undefined) process.env['PATH'] = [...job.path, process.env['PATH'] ?? ''].join(':')
  const nodedir = linkNodedir(job.work, job.nodedir)
  return { ...means, job: { ...job, nodedir }, npm, env: npmEnvironment(npm, state, nodedir), state }
}

/** Without the optional packages that do not fit this machine. */
function fit(tree: Tree, building: Building): Tree {
  return shrinkTree(tree, unfitPlaces(tree, building), building)
}

async function inWork(tree: Tree, { job, pool }: Building): Promise<Tree> {
  if (tree.root === job.work) return tree
  await moveTree(tree.root, job.work, pool)
  if (job.sealed === true) unsealTree(job.work)
  return { ...tree, root: job.work }
}

/** Leaves node_modules directories in the result, and nothing else. What was copied goes with the build's directory. */
async function deliver({ root }: Tree, { job, spec, pool, state }: Building, apart: Apart): Promise<void> {
  const dirs = Object.keys(spec.plan.local).sort().reverse()
  let isLeft = isApart(apart)
  if (job.keepNpmFiles !== true) rmSync(`${root}/node_modules/.package-lock.json`, { force: true })
  rmSync(`${root}/package-lock.json`, { force: true })
  for (const dir of dirs) {
    const path = dir === '' ? root : `${root}/${dir}`
    rmSync(`${path}/package.json`, { force: true })
    if (root !== job.out && existsSync(`${path}/node_modules`)) {
      const to = `${dir === '' ? job.out : `${job.out}/${dir}`}/node_modules`
      if (await takeTree(`${path}/node_modules`, to, { pool, as: kindOfResult(job) })) isLeft = true
    }
  }
  if (root === job.out) for (const dir of dirs) removeEmptyUp(root, dir)
  mkdirSync(`${job.out}/node_modules`, { recursive: true })
  for (const path of [state, job.nodedir, ...(isLeft ? [] : [job.work])]) rmSync(path, { recursive: true, force: true })
}

function removeEmptyUp(root: string, dir: string): void {
  for (let path = dir; path !== '' && path !== '.'; path = dirname(path)) {
    if (!existsSync(`${root}/${path}`) || readdirSync(`${root}/${path}`).length > 0) return
    rmdirSync(`${root}/${path}`)
  }
}
