/** Runs the project's own install scripts in the work directory, as its package manager would. */
import { posix } from 'node:path'
import { fail, say, told } from '../failure.ts'
import { findShell } from '../interpreter.ts'
import { scriptEnvironment } from '../lifecycle.ts'
import type { ScriptTree } from '../lifecycle.ts'
import { managerBin, pathWith, writeNodeGyp } from '../manager-tools.ts'
import { causeOf, runProgram, tailOf } from '../run-program.ts'
import type { Environment, ProgramRun } from '../run-program.ts'
import { advice, labelOf } from './due-scripts.ts'
import type { DueScript, DueScripts, OwnScriptContext } from './due-scripts.ts'

/** One after the other, `which` of those that are due; fails with the first that does. */
export async function runOwnScripts(
  context: OwnScriptContext,
  due: DueScripts,
  which: 'first' | 'scripts',
): Promise<void> {
  for (const script of due[which]) {
    say(`running ${labelOf(script, context.job)}: ${told(script.essential)}`)
    const { code, output } = await runScript(script, context, due)
    if (code === 0) continue
    fail(
      `${labelOf(script, context.job)} failed with exit code ${code}: ${told(script.command)}\n${tailOf(output)}\n${causeOf(output)}${nameOf(context.spec)} runs it whenever it installs. ${advice}`,
    )
  }
}

function runScript(
  { dir, event, command, essential }: DueScript,
  context: OwnScriptContext,
  due: DueScripts,
): Promise<ProgramRun> {
  const { job, berry } = context
  const cwd = posix.join(job.work, dir)
  const what = { npm_lifecycle_event: event, npm_lifecycle_script: command }
  if (berry !== undefined) {
    return berry.runIn(cwd, essential === command ? ['run', event] : ['exec', essential], what, true)
  }
  const env = { ...environmentOf(dir, context, due), ...what }
  return runProgram([findShell(), '-c', essential], { cwd, env, isShown: true })
}

function environmentOf(
  dir: string,
  { job, env }: OwnScriptContext,
  { manifests, rules, building }: DueScripts,
): Environment {
  const tree: ScriptTree = { root: job.work, manifests, places: new Map() }
  const state = `${job.work}.state`
  const bins = ancestors(dir).map((path) => posix.join(job.work, path, 'node_modules/.bin'))
  return {
    ...scriptEnvironment(dir, tree, building, rules.lifecycle),
    // For `$npm_execpath run build`: the project's package manager, where it was brought along.
    ...(job.manager === undefined ? {} : { npm_execpath: env['npm_execpath'] }),
    PATH: pathWith(...bins, writeNodeGyp(state, '"$npm_config_node_gyp"'), managerBin(state)),
  }
}

/** `packages/a` → itself, `packages`, the project. */
function ancestors(dir: string): readonly string[] {
  return dir === '' ? [''] : [dir, ...ancestors(dir.includes('/') ? posix.dirname(dir) : '')]
}

function nameOf({ plan }: OwnScriptContext['spec']): string {
  return (plan.manager?.name ?? 'npm').split('-')[0] ?? ''
}
