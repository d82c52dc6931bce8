/** The project in the work directory, with its dependencies: what `package` and `pack` share. */
import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import type { PackageJob } from '../job.ts'
import { berryProgram } from './managers/yarn-berry/berry-program.ts'
import { removeGypLeftovers, scriptsBelow } from './clean-up.ts'
import { copyTree } from './copy-tree.ts'
import { fail, say } from './failure.ts'
import { copyFarm, linkFarm } from './farm.ts'
import { loadNodeSpec } from './spec-reader.ts'
import type { NodeSpec } from './spec-reader.ts'
import { findOwn, recordAt } from './json-value.ts'
import { managerSettings, pathWith, writeManager } from './manager-tools.ts'
import { loadManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { withNeeds } from './member-order.ts'
import { markTime } from './mark-time.ts'
import { linkNodedir, loadNpm, npmEnvironment, runNpm } from './npm.ts'
import { dueScripts, type OwnScriptContext } from './own-scripts/due-scripts.ts'
import { runOwnScripts } from './own-scripts/run-own-scripts.ts'
import { causeOf } from './run-program.ts'
import type { Environment } from './run-program.ts'
import { patchShebangs } from './shebangs.ts'
import type { PatchedShebang } from './shebangs.ts'
import type { WorkerPool } from './worker-pool.ts'

export interface Project extends OwnScriptContext {
  readonly pool: WorkerPool
  /** What is built last comes last: the members it needs, then itself. */
  readonly order: readonly string[]
  /** Where scripts ran: the dependencies are copies, and what has a later ctime was changed. Else they are links. */
  readonly mark: bigint | undefined
  /** `#!` lines patched so that the project's own programs start. */
  readonly patched: readonly PatchedShebang[]
}

/** Copies, makes programs executable, and runs install scripts and the build script where there are any. */
export async function buildProject(job: PackageJob, pool: WorkerPool): Promise<Project> {
  const own = await openProject(job, pool)
  const { spec, dir } = own
  const order = dir === '' ? [''] : withNeeds(spec, [dir])
  const due = dueScripts(own)
  const patched: PatchedShebang[] = []
  if (due.first.length > 0) {
    patched.push(...preparePrograms(job, spec))
    await runOwnScripts(own, due, 'first')
  }
  const hasScripts = due.scripts.length > 0 || order.some((member) => hasBuildScript(job, member))
  const mark = await placePackages(job, hasScripts, pool)
  patched.push(...preparePrograms(job, spec))
  await runOwnScripts(own, due, 'scripts')
  if (due.scripts.length > 0) patched.push(...preparePrograms(job, spec))
  const project = { ...own, pool, order, mark, patched }
  for (const member of order) await runBuild(project, member)
  patched.push(...preparePrograms(job, spec))
  for (const { dir: at } of due.scripts.filter(({ event }) => event === 'install'))
    removeGypLeftovers(at === '' ? job.work : `${job.work}/${at}`)
  return project
}

/** The project's sources in the work directory, and what its scripts are run with. */
async function openProject(job: PackageJob, pool: WorkerPool): Promise<OwnScriptContext> {
  const spec = loadNodeSpec(job.spec)
  const npm = loadNpm(job.npm)
  const dir = job.member ?? ''
  if (findOwn(spec.plan.local, dir) === undefined)
    fail(`${JSON.stringify(dir)} is no directory of the project's workspace.`)
  const state = `${job.work}.state`
  for (const path of [job.work, state]) rmSync(path, { recursive: true, force: true })
  mkdirSync(state, { recursive: true })
  await copyTree(job.src, job.work, pool, { as: 'writable', skip: isNoSource })
  const nodedir = linkNodedir(job.work, job.nodedir)
  const berry =
    spec.plan.manager?.name === 'yarn-berry'
      ? berryProgram(job.work, { spec, archive: job.manager, nodedir, state, own: job.env })
      : undefined
  const npmEnv = npmEnvironment(npm, state, nodedir)
  const env = berry === undefined ? { ...withManager(npmEnv, job, state), ...job.env } : { ...npmEnv, ...berry.env }
  return { job, spec, npm, env, berry, nodedir, dir }
}

/**
 * Scripts get copies, and the mark of that moment is returned: they see what the package manager leaves, and may write into it. Some
 * bundlers take nothing that really stands elsewhere, others write where it stands into what they make.
 */
async function placePackages(job: PackageJob, hasScripts: boolean, pool: WorkerPool): Promise<bigint | undefined> {
  const farm = {
    modules: job.modules,
    project: job.work,
    hasLocal: (local: string) => existsSync(`${job.work}/${local}/package.json`),
  }
  if (!hasScripts) {
    linkFarm(farm)
    return undefined
  }
  await copyFarm(farm, pool)
  return markTime(`${job.work}.state/mark`)
}

/** Build scripts find the project's package manager on PATH. */
function withManager(env: Environment, { manager }: PackageJob, state: string): Environment {
  if (manager === undefined) return env
  const { bin, files } = writeManager(manager, state)
  const [program = `${bin}/bun`] = ['yarn', 'pnpm'].flatMap((name) => files.get(name) ?? [])
  return { ...env, ...managerSettings, PATH: pathWith(bin), npm_execpath: program }
}

/** The project's own manifest, or the member's. */
export function loadProjectManifest({ job, dir }: Project): Manifest {
  return loadManifest(directoryOf(job, dir))
}

function directoryOf({ work }: PackageJob, dir: string): string {
  return dir === '' ? work : `${work}/${dir}`
}

function isNoSource(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name === 'node_modules' || name === '.git' || /^result(-[^/]*)?$/.test(path)
}

/** npm makes the bins of linked packages executable; the sandbox has no /usr/bin/env. */
function preparePrograms(job: PackageJob, { plan }: NodeSpec): readonly PatchedShebang[] {
  const bins = Object.keys(plan.local).flatMap((local) => {
    const dir = directoryOf(job, local)
    if (!existsSync(`${dir}/package.json`)) return []
    const files = [...loadManifest(dir).bins.values()].map((file) => `${dir}/${file}`)
    return files.filter((file) => existsSync(file) && statSync(file).isFile())
  })
  for (const file of bins) chmodSync(file, 0o755)
  return job.shebangs === 'pristine' ? [] : patchShebangs([...scriptsBelow(job.work), ...bins])
}

function hasBuildScript(job: PackageJob, dir: string): boolean {
  if (job.buildScript === null) return false
  return typeof recordAt(loadManifest(directoryOf(job, dir)).json, 'scripts')[job.buildScript] === 'string'
}

async function runBuild({ job, npm, env, berry }: Project, dir: string): Promise<void> {
  if (job.buildScript === null || !hasBuildScript(job, dir)) return
  const cwd = directoryOf(job, dir)
  say(`running the script ${JSON.stringify(job.buildScript)}${dir === '' ? '' : ` of ${dir}`}`)
  const { code, output } =
    berry === undefined
      ? await runNpm(npm, ['run', job.buildScript, ...job.npmFlags], { cwd, env, isShown: true })
      : await berry.runIn(cwd, ['run', job.buildScript], {}, true)
  if (code === 0) return
  const whose = dir === '' ? 'the project' : dir
  fail(
    `the script ${JSON.stringify(job.buildScript)} of ${whose} failed with exit code ${code}. ${causeOf(output)}`.trim(),
  )
}
