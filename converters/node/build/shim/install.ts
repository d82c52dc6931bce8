/** The command `install`: a finished node_modules from the spec, as npm would have left it. */
import { mkdirSync, rmSync } from 'node:fs'
import type { InstallJob } from '../job.ts'
import { linkBins } from './bin-links.ts'
import { checkTree } from './check-tree.ts'
import { loadInstallJob, loadNodeSpec } from './job-reader.ts'
import { layOut } from './lay-out.ts'
import type { Building } from './lay-out.ts'
import { loadNpm, npmEnvironment } from './npm.ts'
import { writeLock } from './npm-lock.ts'
import { selectPlaces } from './selection.ts'
import { loadLocals, loadManifests } from './tree.ts'
import { WorkerPool } from './worker-pool.ts'

export async function install(jobFile: string, entry: URL): Promise<void> {
  const job = loadInstallJob(jobFile)
  const pool = new WorkerPool(job.workers, entry)
  try {
    await installWith(job, pool)
  } finally {
    await pool.close()
  }
}

async function installWith(job: InstallJob, pool: WorkerPool): Promise<void> {
  const spec = loadNodeSpec(job.spec)
  const npm = loadNpm(job.npm)
  const state = `${job.work}.state`
  mkdirSync(state, { recursive: true })
  const building: Building = { job, spec, npm, env: npmEnvironment(npm, state, job.nodedir), pool, state }
  const places = selectPlaces(spec.plan, job, npm)
  const root = job.out
  await layOut(root, places, building)
  const tree = {
    root,
    places,
    manifests: loadManifests(root, places),
    locals: loadLocals(root, Object.keys(spec.plan.local)),
  }
  linkBins(tree)
  writeLock(tree, spec, npm)
  await checkTree(root, building)
  for (const file of ['package.json', 'package-lock.json', 'node_modules/.package-lock.json'])
    rmSync(`${root}/${file}`, { force: true })
}
