/** Runs the project's own install scripts in the work directory, as its package manager would. */
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { PackageJob } from '../../job.ts'
import { fail, say } from '../failure.ts'
import { findShell } from '../interpreter.ts'
import { findOwn } from '../json-value.ts'
import type { NodeSpec } from '../job-reader.ts'
import { scriptEnvironment } from '../lifecycle.ts'
import type { ScriptBuilding, ScriptTree } from '../lifecycle.ts'
import { managerBin, pathWith, writeNodeGyp } from '../manager-tools.ts'
import { rulesOf } from '../manager.ts'
import type { ManagerRules } from '../manager.ts'
import { loadManifest } from '../manifest.ts'
import type { Manifest } from '../manifest.ts'
import type { BerryProgram } from '../managers/yarn-berry/berry-program.ts'
import { withNeeds } from '../member-order.ts'
import type { Npm } from '../npm.ts'
import { causeOf, runProgram, tailOf } from '../run-program.ts'
import type { Environment, ProgramRun } from '../run-program.ts'
import { necessityOf } from './needless-commands.ts'
import { ownScripts } from './own-scripts.ts'
import type { OwnScript } from './own-scripts.ts'

export interface OwnScriptRun {
  readonly job: PackageJob
  readonly spec: NodeSpec
  readonly npm: Npm
  readonly env: Environment
  readonly berry: BerryProgram | undefined
  readonly nodedir: string
  /** Directory of what is built; '': the project, with all that is in it. */
  readonly dir: string
}

/** A script, and what of it a build has to run. */
interface Due extends OwnScript {
  readonly essential: string
}

export interface DueScripts {
  readonly scripts: readonly Due[]
  readonly manifests: ReadonlyMap<string, Manifest>
  readonly rules: ManagerRules
  readonly building: ScriptBuilding
}

/** The scripts that are to be run, in their order. Fails where one of them wants another package manager. */
export function dueScripts(run: OwnScriptRun): DueScripts {
  const { job, spec, npm, env, nodedir } = run
  const building = { job: { nodedir, omit: job.omit ?? [] }, spec, npm, env }
  const rules = rulesOf(building)
  const own = rules.ownScripts(building)
  const isCounted = (dir: string): boolean =>
    existsSync(`${job.work}/${dir}/package.json`) &&
    (dir === '' || own.hasLinks === true || findOwn(spec.plan.local, dir)?.workspace === true)
  const dirs = job.installScripts === false ? [] : directories(run, own.isProjectMember === true)
  const manifests = new Map(
    dirs.filter(isCounted).map((dir) => [dir, loadManifest(posix.join(job.work, dir))] as const),
  )
  const scripts = ownScripts(manifests, own).flatMap((script) => dueOf(script, run))
  return { scripts, manifests, rules, building }
}

/** Directories whose scripts run, what is needed first: the project's, and either all members' or those that a member needs and its own. */
function directories({ spec, dir }: OwnScriptRun, isProjectMember: boolean): readonly string[] {
  const members = withNeeds(spec, dir === '' ? Object.keys(spec.plan.local).filter((local) => local !== '') : [dir])
  if (!isProjectMember) return ['', ...members]
  const before = withNeeds(spec, ['']).filter((local) => local === '' || members.includes(local))
  return [...new Set([...before, ...members])]
}

function dueOf(script: OwnScript, { job, spec }: OwnScriptRun): readonly Due[] {
  const manager = spec.plan.manager?.name ?? 'npm'
  const necessity = necessityOf(script.command, manager)
  if (necessity.kind === 'refused') {
    fail(`${labelOf(script, job)} wants ${necessity.wanted} to install: ${script.command}\n${advice}`)
  }
  if (necessity.command === undefined) {
    say(`${labelOf(script, job)} has nothing to do in a build: ${script.command}`)
    return []
  }
  return [{ ...script, essential: necessity.command }]
}

/** One after the other; fails with the first that does. */
export async function runOwnScripts(run: OwnScriptRun, due: DueScripts): Promise<void> {
  for (const script of due.scripts) {
    say(`running ${labelOf(script, run.job)}: ${script.essential}`)
    const { code, output } = await runScript(script, run, due)
    if (code === 0) continue
    fail(
      `${labelOf(script, run.job)} failed with exit code ${code}: ${script.command}\n${tailOf(output)}\n${causeOf(output)}${nameOf(run.spec)} runs it whenever it installs. ${advice}`,
    )
  }
}

function runScript({ dir, event, command, essential }: Due, run: OwnScriptRun, due: DueScripts): Promise<ProgramRun> {
  const { job, berry } = run
  const cwd = posix.join(job.work, dir)
  const what = { npm_lifecycle_event: event, npm_lifecycle_script: command }
  if (berry !== undefined) {
    return berry.runIn(cwd, essential === command ? ['run', event] : ['exec', essential], what, true)
  }
  const env = { ...environmentOf(dir, run, due), ...what }
  return runProgram([findShell(), '-c', essential], { cwd, env, isShown: true })
}

function environmentOf(dir: string, { job }: OwnScriptRun, { manifests, rules, building }: DueScripts): Environment {
  const tree: ScriptTree = { root: job.work, manifests, places: new Map() }
  const state = `${job.work}.state`
  const bins = ancestors(dir).map((path) => posix.join(job.work, path, 'node_modules/.bin'))
  return {
    ...scriptEnvironment(dir, tree, building, rules.lifecycle),
    PATH: pathWith(...bins, writeNodeGyp(state, '"$npm_config_node_gyp"'), managerBin(state)),
  }
}

/** `packages/a` → itself, `packages`, the project. */
function ancestors(dir: string): readonly string[] {
  return dir === '' ? [''] : [dir, ...ancestors(dir.includes('/') ? posix.dirname(dir) : '')]
}

function nameOf({ plan }: NodeSpec): string {
  return (plan.manager?.name ?? 'npm').split('-')[0] ?? ''
}

const advice =
  "To build without the project's own install scripts: installScripts = false in default.nix, or lock2build build --no-install-scripts."

/** `the prepare script of packages/a/package.json (line 7)` */
function labelOf({ dir, event }: OwnScript, { work }: PackageJob): string {
  const file = posix.join(dir, 'package.json')
  const line = lineOf(readFileSync(`${work}/${file}`, 'utf8'), event)
  return `the ${event} script of ${file}${line === undefined ? '' : ` (line ${line})`}`
}

/** Of the first key called so after `"scripts"`; undefined for what npm adds by itself. */
function lineOf(text: string, event: string): number | undefined {
  const start = text.indexOf('"scripts"')
  const at = start === -1 ? -1 : text.indexOf(`${JSON.stringify(event)}`, start)
  return at === -1 ? undefined : text.slice(0, at).split('\n').length
}
