/**
 * Lifecycle scripts of packages, run by us, for the package managers that are not npm: each in its package's directory, dependencies
 * first, with the environment that all of them give. What one of them does otherwise stands in its rules.
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { findInterpreter } from './interpreter.ts'
import type { Building } from './lay-out.ts'
import { quoted } from './manager-tools.ts'
import type { Environment } from './npm.ts'
import { findModuleFile } from './npm.ts'
import { failScript, labelOf, placesToBuild } from './run-scripts.ts'
import type { ScriptOutcome } from './run-scripts.ts'
import type { ScriptRecord } from './script-shell.ts'
import { overrideFor } from './selection.ts'
import { say } from './failure.ts'
import { placeOrder } from './place-order.ts'
import type { Tree } from './tree.ts'

export interface LifecycleRules {
  /** The places that are to be built, in the package manager's order; absent: dependencies first. */
  order?(paths: readonly string[], tree: Tree): readonly string[]
  /** What the package manager says of itself, and whatever else it sets. */
  environment?(path: string, tree: Tree, building: Building): Environment
  /** Directories of PATH before the user's own, nearest first; absent: `.bin` of the package and of everything above it. */
  binDirs?(path: string, tree: Tree): readonly string[]
}

/** Fails for the first required package whose script fails; an optional one is left out, whatever the rest of its scripts are. */
export async function runLifecycle(tree: Tree, building: Building, rules: LifecycleRules): Promise<ScriptOutcome> {
  const paths = placesToBuild(tree, building)
  const order = rules.order?.(paths, tree) ?? placeOrder(paths, tree)
  const tools = writeTools(building)
  const ran: string[] = []
  const failed: string[] = []
  for (const path of order) {
    const record = await runScriptsOf(path, tree, { building, rules, tools })
    if (record === undefined) {
      ran.push(path)
      continue
    }
    if (tree.places.get(path)?.flags?.includes('optional') !== true) failScript(record, labelOf(tree, path))
    say(`${labelOf(tree, path)} is optional and its script failed: it is left out.`)
    failed.push(path)
  }
  return { ran, failed }
}

interface Running {
  readonly building: Building
  readonly rules: LifecycleRules
  /** Directory with a `node-gyp` and a `node`. */
  readonly tools: string
}

/** The record of the script that failed. */
async function runScriptsOf(path: string, tree: Tree, running: Running): Promise<ScriptRecord | undefined> {
  const { building } = running
  const dir = realpathSync(`${tree.root}/${path}`)
  for (const [event, command] of tree.manifests.get(path)?.installScripts ?? []) {
    const log = `${building.state}/scripts/${path.replace(/[^A-Za-z0-9@._-]/g, '+').slice(-200)}.${event}.log`
    mkdirSync(dirname(log), { recursive: true })
    const env = { ...environmentOf(path, tree, running), npm_lifecycle_event: event, npm_lifecycle_script: command }
    const code = await runShell(command, { dir, env, log })
    if (code !== 0) return { dir, event, command, code, log }
  }
  return undefined
}

function environmentOf(path: string, tree: Tree, { building, rules, tools }: Running): Environment {
  const manifest = tree.manifests.get(path)
  const dirs = (rules.binDirs?.(path, tree) ?? binDirsAbove(path)).map((dir) => `${tree.root}/${dir}`)
  return {
    ...building.env,
    npm_config_node_gyp: findModuleFile(building.npm, NODE_GYP),
    npm_config_nodedir: building.job.nodedir,
    npm_execpath: building.npm.cli,
    npm_node_execpath: process.execPath,
    NODE: process.execPath,
    INIT_CWD: tree.root,
    npm_package_name: manifest?.name,
    npm_package_version: manifest?.version,
    npm_package_json: `${tree.root}/${path}/package.json`,
    ...rules.environment?.(path, tree, building),
    PATH: [...dirs, tools, process.env['PATH'] ?? ''].join(':'),
    ...overrideFor(building.job, path, manifest).env,
  }
}

/** `a/node_modules/b` → its own, `a`'s, and so on to the project's. */
function binDirsAbove(path: string): readonly string[] {
  const dirs = [`${path}/node_modules/.bin`]
  for (let at = path.lastIndexOf('node_modules/'); at !== -1; at = path.lastIndexOf('node_modules/', at - 1)) {
    dirs.push(`${path.slice(0, at)}node_modules/.bin`)
    if (at === 0) break
  }
  return dirs
}

const NODE_GYP = 'node-gyp/bin/node-gyp.js'

/** Every package manager brings a node-gyp along; here it is npm's. */
function writeTools({ npm, state }: Building): string {
  const dir = `${state}/bin`
  mkdirSync(dir, { recursive: true })
  const shell = findInterpreter('sh') ?? '/bin/sh'
  const script = `#!${shell}\nexec ${quoted(process.execPath)} ${quoted(findModuleFile(npm, NODE_GYP))} "$@"\n`
  writeFileSync(`${dir}/node-gyp`, script, { mode: 0o755 })
  return dir
}

function runShell(
  command: string,
  { dir, env, log }: { readonly dir: string; readonly env: Environment; readonly log: string },
): Promise<number> {
  const file = openSync(log, 'w')
  const shell = findInterpreter('sh') ?? '/bin/sh'
  return new Promise((resolve, reject) => {
    const child = spawn(shell, ['-c', command], { cwd: dir, env, stdio: ['ignore', file, file] })
    child.on('error', reject)
    child.on('close', (code) => {
      closeSync(file)
      resolve(code ?? 1)
    })
  })
}
