/** The install scripts of a project that a build has to run: those that its package manager would run, less what would be in vain. */
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { PackageJob } from '../../job.ts'
import { fail, say, told } from '../failure.ts'
import { findOwn } from '../json-value.ts'
import type { NodeSpec } from '../spec-reader.ts'
import type { ScriptBuilding } from '../lifecycle.ts'
import { rulesOf } from '../manager.ts'
import type { ManagerRules } from '../manager.ts'
import { loadManifest } from '../manifest.ts'
import type { Manifest } from '../manifest.ts'
import type { BerryProgram } from '../managers/yarn-berry/berry-program.ts'
import { withNeeds } from '../member-order.ts'
import type { Npm } from '../npm.ts'
import type { Environment } from '../run-program.ts'
import { necessityOf } from './needless-commands.ts'
import { ownScripts } from './own-scripts.ts'
import type { OwnScript } from './own-scripts.ts'

export interface OwnScriptContext {
  readonly job: PackageJob
  readonly spec: NodeSpec
  readonly npm: Npm
  readonly env: Environment
  /** Yarn 2 or later, which then runs the scripts. */
  readonly berry: BerryProgram | undefined
  /** The link to node's prefix in the build directory. */
  readonly nodedir: string
  /** Directory of what is built; '': the project, with all that is in it. */
  readonly dir: string
}

/** A script, and what of it a build has to run. */
export interface DueScript extends OwnScript {
  readonly essential: string
}

export interface DueScripts {
  /** Of the project, before any package is there. */
  readonly first: readonly DueScript[]
  readonly scripts: readonly DueScript[]
  readonly manifests: ReadonlyMap<string, Manifest>
  readonly rules: ManagerRules
  readonly building: ScriptBuilding
}

/** The scripts that are to be run, in their order. Fails where one of them wants another package manager. */
export function dueScripts(context: OwnScriptContext): DueScripts {
  const { job, spec, npm, env, nodedir } = context
  const building = { job: { nodedir, omit: job.omit ?? [] }, spec, npm, env }
  const rules = rulesOf(building)
  const own = rules.ownScripts(building)
  const isCounted = (dir: string): boolean =>
    existsSync(`${job.work}/${dir}/package.json`) &&
    (dir === '' || own.hasLinks === true || findOwn(spec.plan.local, dir)?.workspace === true)
  const dirs = job.installScripts === false ? [] : directories(context, own.isProjectMember === true)
  const manifests = new Map(
    dirs.filter(isCounted).map((dir) => [dir, loadManifest(posix.join(job.work, dir))] as const),
  )
  const isIgnored = ignoresScripts(context)
  const scripts = ownScripts(manifests, own)
    .filter(({ dir, event }) => !isIgnored || (dir !== '' && own.neverIgnored?.includes(event) === true))
    .flatMap((script) => dueOf(script, context))
  const isFirst = ({ dir, event }: DueScript): boolean => dir === '' && own.first?.includes(event) === true
  return {
    first: scripts.filter(isFirst),
    scripts: scripts.filter((script) => !isFirst(script)),
    manifests,
    rules,
    building,
  }
}

/** Whether the package manager is told so: by an option, or by the project's configuration. */
function ignoresScripts({ job: { npmFlags, work }, spec }: OwnScriptContext): boolean {
  if (npmFlags.includes('--ignore-scripts')) return true
  const says = (file: string, line: RegExp): boolean =>
    existsSync(`${work}/${file}`) && line.test(readFileSync(`${work}/${file}`, 'utf8'))
  const npmrc = /^[ \t]*ignore-scripts[ \t]*=[ \t]*"?true"?[ \t]*$/m
  switch (spec.plan.manager?.name ?? 'npm') {
    case 'npm':
    case 'bun':
      return says('.npmrc', npmrc)
    case 'pnpm':
      return says('.npmrc', npmrc) || says('pnpm-workspace.yaml', /^ignoreScripts:[ \t]*true[ \t]*$/m)
    case 'yarn-classic':
      return says('.yarnrc', /^(?:--install\.)?ignore-scripts true[ \t]*$/m)
    case 'yarn-berry':
      return false
  }
}

/** Directories whose scripts run, what is needed first: the project's, and either all members' or those that a member needs and its own. */
function directories({ spec, dir }: OwnScriptContext, isProjectMember: boolean): readonly string[] {
  const members = withNeeds(spec, dir === '' ? Object.keys(spec.plan.local).filter((local) => local !== '') : [dir])
  if (!isProjectMember) return ['', ...members]
  const before = withNeeds(spec, ['']).filter((local) => local === '' || members.includes(local))
  return [...new Set([...before, ...members])]
}

function dueOf(script: OwnScript, { job, spec }: OwnScriptContext): readonly DueScript[] {
  const manager = spec.plan.manager?.name ?? 'npm'
  const necessity = necessityOf(script.command, manager)
  if (necessity.kind === 'refused') {
    fail(`${labelOf(script, job)} wants ${necessity.wanted} to install: ${told(script.command)}\n${advice}`)
  }
  if (necessity.command === undefined) {
    say(`${labelOf(script, job)} has nothing to do in a build: ${told(script.command)}`)
    return []
  }
  return [{ ...script, essential: necessity.command }]
}

/** How to do without. */
export const advice =
  "To build without the project's own install scripts: installScripts = false in default.nix, or lock2build build --no-install-scripts."

/** `the prepare script of packages/a/package.json (line 7)` */
export function labelOf({ dir, event }: OwnScript, { work }: PackageJob): string {
  const file = posix.join(dir, 'package.json')
  const line = lineOf(readFileSync(`${work}/${file}`, 'utf8'), event)
  return `the ${event} script of ${file}${line === undefined ? '' : ` (line ${line})`}`
}

/** Of the first key called so after `"scripts"`; undefined for what npm adds by itself. */
function lineOf(text: string, event: string): number | undefined {
  const start = text.indexOf('"scripts"')
  const at = start === -1 ? -1 : text.slice(start).search(new RegExp(`"${event}"\\s*:`))
  return at === -1 ? undefined : text.slice(0, start + at).split('\n').length
}
