/** Lifecycle scripts of all packages, by one `npm rebuild`; afterwards every script that should have run must have run. */
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { fail, say, told } from '../../failure.ts'
import { findShell } from '../../interpreter.ts'
import type { Building } from '../../lay-out.ts'
import { runNpm } from '../../npm.ts'
import { causeOf } from '../../run-program.ts'
import type { ProgramRun } from '../../run-program.ts'
import { loadRecords, printScriptShell } from './script-shell.ts'
import type { ScriptRecord, ShellConfig, ShellPackage } from './script-shell.ts'
import { adviceOnScripts, isSkipped } from '../../script-policy.ts'
import { overrideFor } from '../../selection.ts'
import { placeLabel } from '../../tree.ts'
import type { Tree } from '../../tree.ts'

export interface ScriptOutcome {
  /** Places whose scripts ran to a good end. */
  readonly ran: readonly string[]
  /** Optional places whose scripts failed. */
  readonly failed: readonly string[]
}

/** Places that have scripts which are to be run. */
export function placesToBuild(tree: Tree, building: Building): readonly string[] {
  return [...tree.manifests].flatMap(([path, manifest]) => {
    if (manifest.installScripts.size === 0 || isSkipped(path, tree, building)) return []
    return [path]
  })
}

export async function runScripts(tree: Tree, building: Building): Promise<ScriptOutcome> {
  const { npm, job, state, shim } = building
  const records = `${state}/scripts`
  rmSync(records, { recursive: true, force: true })
  mkdirSync(records, { recursive: true })
  const real = realpathSync(tree.root)
  const shell = `${state}/script-shell`
  writeFileSync(`${state}/script-shell.json`, JSON.stringify(shellConfig(tree, building, { real, records })))
  writeFileSync(shell, printScriptShell(shim, `${state}/script-shell.json`), { mode: 0o755 })
  const env = {
    ...building.env,
    npm_config_script_shell: shell,
    npm_config_ignore_scripts: 'false',
    ...omitEnvironment(building),
  }
  const run = await runNpm(npm, ['rebuild', '--offline', ...job.npmFlags], { cwd: tree.root, env })
  return judge(tree, building, { run, real, records: loadRecords(records) })
}

/** npm sets NODE_ENV for scripts when development dependencies are left out. */
function omitEnvironment({ job, npm }: Building): Readonly<Record<string, string>> {
  if (job.omit.length === 0) return {}
  if (npm.major >= 7) return { npm_config_omit: job.omit.join('\n\n') }
  return job.omit.includes('dev') ? { npm_config_production: 'true' } : {}
}

function shellConfig(
  tree: Tree,
  building: Building,
  { real, records }: { real: string; records: string },
): ShellConfig {
  const { job } = building
  const { nodedir } = job
  const packages: Record<string, ShellPackage> = {}
  for (const [path, { installScripts }] of tree.manifests) {
    packages[`${real}/${path}`] = {
      optional: tree.places.get(path)?.flags?.includes('optional') === true,
      skip: installScripts.size > 0 && isSkipped(path, tree, building),
      env: overrideFor(job, path, tree.manifests.get(path)).env ?? {},
    }
  }
  return {
    shell: findShell(),
    records,
    // node-gyp reads the first up to version 11, the second from 12 on.
    env: { npm_config_nodedir: nodedir, npm_package_config_node_gyp_nodedir: nodedir },
    packages,
  }
}

interface Results {
  readonly run: ProgramRun
  readonly real: string
  readonly records: readonly ScriptRecord[]
}

function judge(tree: Tree, building: Building, { run, real, records }: Results): ScriptOutcome {
  const pathOf = ({ dir }: ScriptRecord): string => dir.slice(real.length + 1)
  const isOptional = (path: string): boolean => tree.places.get(path)?.flags?.includes('optional') === true
  const failures = records.filter(({ code }) => code !== null && code !== 0)
  for (const record of failures) if (!isOptional(pathOf(record))) failScript(record, pathOf(record), tree, building)
  if (run.code !== 0) fail(`npm rebuild failed:\n${run.stderr.trim()}\n${run.stdout.trim()}`)
  const failed = [...new Set(failures.map(pathOf))]
  const missed = placesToBuild(tree, building).filter(
    (path) =>
      !failed.includes(path) &&
      !ranAll(
        tree,
        path,
        records.filter((record) => pathOf(record) === path),
      ),
  )
  if (missed.length > 0) {
    fail(
      `npm ${building.npm.version} did not run the install scripts of ${missed.map((path) => labelOf(tree, path)).join(', ')}:\n${run.stderr.trim()}\nIf they are not needed, say so: overrides.<package>.scripts = false.`,
    )
  }
  for (const path of failed)
    say(`${labelOf(tree, path)} is optional and its script failed: it is left out, as npm does.`)
  const ran = records.filter(({ code }) => code === 0).map(pathOf)
  return { ran: [...new Set(ran)].filter((path) => !failed.includes(path)), failed }
}

function ranAll({ manifests }: Tree, path: string, records: readonly ScriptRecord[]): boolean {
  const events = [...(manifests.get(path)?.installScripts.keys() ?? [])]
  return events.every((event) => records.some((record) => record.event === event))
}

/** How messages call a place of a tree. */
export function labelOf({ places }: Tree, path: string): string {
  const place = places.get(path)
  return place === undefined ? path : placeLabel(path, place)
}

const LOG_LINES = 40

/** Fails with the end of the script's log, and with what may help. */
export function failScript(
  { event, command, code, log }: Pick<ScriptRecord, 'event' | 'command' | 'code' | 'log'>,
  path: string,
  tree: Tree,
  building: Pick<Building, 'npm' | 'spec'>,
): never {
  const output = readFileSync(log, 'utf8').trimEnd()
  const tail = output.split('\n').slice(-LOG_LINES).join('\n')
  fail(
    `the ${event} script of ${labelOf(tree, path)} failed with exit code ${code ?? 1}: ${told(command)}\n${tail}\n${causeOf(output)}${adviceOnScripts(path, tree, building)}`,
  )
}
