/**
 * The command `package`: the built application under `out/lib/node_modules/<name>` with production dependencies, its programs
 * in `out/bin`, its manual pages in `out/share/man`. A member stands with the members it needs under `out/lib/workspace`, in the
 * project's own shape, because that is where node finds what npm hoisted; `lib/node_modules/<name>` is a link to it.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, relative } from 'node:path'
import { moveTree } from './copy-tree.ts'
import { fail } from './failure.ts'
import { copyFarm, linkFarm, localDirs, removeDeadFarmBins } from './farm.ts'
import { loadPackageJob } from './job-reader.ts'
import type { Manifest } from './manifest.ts'
import type { PnpProject } from './managers/yarn-berry/pnp-files.ts'
import { isPnp, removePnp, writePnpProgram } from './managers/yarn-berry/pnp-files.ts'
import { carryChanges, takeChanges } from './own-scripts/carry-changes.ts'
import { buildProject, loadProjectManifest } from './project.ts'
import type { Project } from './project.ts'
import { allManuals, linkFile, linkManuals, linkPrograms } from './programs.ts'
import { withPool } from './worker-pool.ts'

export async function buildPackage(jobFile: string, shim: URL): Promise<void> {
  const job = loadPackageJob(jobFile)
  await withPool(job.workers, shim, async (pool) => finishPackage(await buildProject(job, pool)))
}

async function finishPackage(project: Project): Promise<void> {
  const { job, dir, order } = project
  const manifest = loadProjectManifest(project)
  const name = installName(manifest, dir)
  const installed = `${job.out}/lib/node_modules/${name}`
  const changes = takeChanges(project)
  removeFarm(project)
  const root = dir === '' ? installed : `${job.out}/lib/workspace`
  if (dir === '') await moveTree(job.work, root, project.pool)
  else {
    for (const member of order) await moveTree(`${job.work}/${member}`, `${root}/${member}`, project.pool)
    copyFileSync(`${job.work}/package.json`, `${root}/package.json`)
    mkdirSync(dirname(installed), { recursive: true })
    symlinkSync(relative(dirname(installed), `${root}/${dir}`), installed)
  }
  const farm = {
    modules: job.productionModules,
    project: root,
    hasLocal: (local: string) => existsSync(`${root}/${local}/package.json`),
  }
  if (changes === undefined) linkFarm(farm)
  else {
    await copyFarm(farm, project.pool)
    await carryChanges(changes, farm, project)
  }
  removeDeadFarmBins(farm)
  const pnp = isPnp(job.productionModules) ? { project: root, isPristine: job.shebangs === 'pristine' } : undefined
  linkPrograms(manifest, installed, { out: job.out, write: (link, file) => writeProgram(link, file, pnp) })
  linkManuals(allManuals(manifest, installed), installed, job.out)
  for (const path of [job.work, `${job.work}.state`, project.nodedir]) rmSync(path, { recursive: true, force: true })
}

/** The manifest's name where it is one; a directory name otherwise. */
function installName({ name = '' }: Manifest, dir: string): string {
  if (/^(?:@[a-zA-Z0-9._~-]+\/)?[a-zA-Z0-9_~-][a-zA-Z0-9._~-]*$/.test(name)) return name
  if (name !== '') fail(`package.json has a name that cannot be a directory: ${JSON.stringify(name)}.`)
  return dir === '' ? 'project' : basename(dir)
}

/** The links that the build used; what it wrote beside them (caches) goes too. */
function removeFarm({ job }: Project): void {
  for (const dir of localDirs(job.modules)) rmSync(`${job.work}/${dir}/node_modules`, { recursive: true, force: true })
  if (isPnp(job.modules)) removePnp(job.work)
}

/** `pnp`: how packages are found, if they are not in node_modules. */
function writeProgram(link: string, file: string, pnp: PnpProject | undefined): void {
  chmodSync(file, 0o755)
  if (pnp === undefined) linkFile(link, file)
  else writePnpProgram(link, file, pnp)
}
