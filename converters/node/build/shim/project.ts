/** The project in the work directory, with its dependencies linked: what `package` and `pack` share. */
import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import type { PackageJob } from '../job.ts'
import { berryProgram } from './managers/yarn-berry/berry-program.ts'
import { removeGypLeftovers, scriptsBelow } from './clean-up.ts'
import { copyTree } from './copy-tree.ts'
import { fail, say } from './failure.ts'
import { copyFarm, linkFarm } from './farm.ts'
import { loadNodeSpec } from './job-reader.ts'
import type { NodeSpec } from './job-reader.ts'
import { findOwn, recordAt } from './json-value.ts'
import { managerSettings, pathWith, writeManager } from './manager-tools.ts'
import { loadManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { withNeeds } from './member-order.ts'
import { linkNodedir, loadNpm, npmEnvironment, runNpmAloud } from './npm.ts'
import { markTime } from './own-scripts/changed-packages.ts'
import { dueScripts, type OwnScriptContext } from './own-scripts/due-scripts.ts'
import { runOwnScripts } from './own-scripts/run-own-scripts.ts'
import type { Environment } from './run-program.ts'
import { patchShebangs } from './shebangs.ts'
import type { PatchedShebang } from './shebangs.ts'
import { WorkerPool } from './worker-pool.ts'

export interface Project extends OwnScriptContext {
  readonly pool: WorkerPool
  /** What is built last comes last: the members it needs, then itself. */
  readonly order: readonly string[]
  /** Where install scripts ran: the dependencies are copies, and what has a later ctime was changed. Else they are links. */
  readonly mark: bigint | undefined
  /** `#!` lines patched so that the project's own programs start. */
  readonly patched: readonly PatchedShebang[]
}

/** Copies, links, makes programs executable, and runs install scripts and the build script where there are any. */
export async function buildProject(job: PackageJob): Promise<Project> {
  const spec = loadNodeSpec(job.spec)
  const npm = loadNpm(job.npm)
  const dir = job.member ?? ''
  if (findOwn(spec.plan.local, dir) === undefined)
    fail(`${JSON.stringify(dir)} is no directory of the project's workspace.`)
  const state = `${job.work}.state`
  for (const path of [job.work, state]) rmSync(path, { recursive: true, force: true })
  const pool = new WorkerPool(1, new URL(import.meta.url))
  mkdirSync(state, { recursive: true })
  await copyTree(job.src, job.work, pool, { writable: true, skip: isNoSource })
  const order = dir === '' ? [''] : withNeeds(spec, [dir])
  const nodedir = linkNodedir(job.work, job.nodedir)
  const berry =
    spec.plan.manager?.name === 'yarn-berry'
      ? berryProgram(job.work, { spec, archive: job.manager, nodedir, state })
      : undefined
  const npmEnv = npmEnvironment(npm, state, nodedir)
  const env = berry === undefined ? withManager(npmEnv, job, state) : { ...npmEnv, ...berry.env }
  const own = { job, spec, npm, env, berry, nodedir, dir }
  const due = dueScripts(own)
  const farm = {
    modules: job.modules,
    project: job.work,
    hasLocal: (local: string) => existsSync(`${job.work}/${local}/package.json`),
  }
  const patched: PatchedShebang[] = []
  if (due.first.length > 0) {
    patched.push(...preparePrograms(job, spec))
    await runOwnScripts(own, due, 'first')
  }
  // Scripts may write into packages; what a finished tree is made of must not change.
  const isCopied = due.scripts.length > 0
  if (isCopied) await copyFarm(farm, pool)
  else linkFarm(farm)
  const mark = isCopied ? markTime(`${state}/mark`) : undefined
  patched.push(...preparePrograms(job, spec))
  await runOwnScripts(own, due, 'scripts')
  if (isCopied) patched.push(...preparePrograms(job, spec))
  const project = { ...own, pool, order, mark, patched }
  for (const member of order) await runBuild(project, member)
  patched.push(...preparePrograms(job, spec))
  for (const { dir: at } of due.scripts.filter(({ event }) => event === 'install'))
    removeGypLeftovers(at === '' ? job.work : `${job.work}/${at}`)
  return project
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
  return loadManifest(dir === '' ? job.work : `${job.work}/${dir}`)
}

function isNoSource(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name === 'node_modules' || name === '.git' || /^result(-[^/]*)?$/.test(path)
}

/** npm makes the bins of linked packages executable; the sandbox has no /usr/bin/env. */
function preparePrograms({ work: root, shebangs }: PackageJob, { plan }: NodeSpec): readonly PatchedShebang[] {
  const bins = Object.keys(plan.local).flatMap((local) => {
    const dir = local === '' ? root : `${root}/${local}`
    if (!existsSync(`${dir}/package.json`)) return []
    const files = [...loadManifest(dir).bins.values()].map((file) => `${dir}/${file}`)
    return files.filter((file) => existsSync(file) && statSync(file).isFile())
  })
  for (const file of bins) chmodSync(file, 0o755)
  return shebangs === 'pristine' ? [] : patchShebangs([...scriptsBelow(root), ...bins])
}

async function runBuild({ job, npm, env, berry }: Project, dir: string): Promise<void> {
  if (job.buildScript === null) return
  const cwd = dir === '' ? job.work : `${job.work}/${dir}`
  const { json } = loadManifest(cwd)
  if (typeof recordAt(json, 'scripts')[job.buildScript] !== 'string') return
  say(`running the script ${JSON.stringify(job.buildScript)}${dir === '' ? '' : ` of ${dir}`}`)
  const code =
    berry === undefined
      ? await runNpmAloud(npm, ['run', job.buildScript, ...job.npmFlags], { cwd, env })
      : await berry.runAloud(['run', job.buildScript], cwd)
  if (code !== 0)
    fail(
      `the script ${JSON.stringify(job.buildScript)} of ${dir === '' ? 'the project' : dir} failed with exit code ${code}.`,
    )
}
