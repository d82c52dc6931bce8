/**
 * Lifecycle scripts of packages: each in its package's directory, with the environment that all package managers give. What one of
 * them does otherwise stands in its rules. Only npm 6 runs them itself (run-scripts.ts).
 */
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { say } from './failure.ts'
import { findShell } from './interpreter.ts'
import type { InstallJob } from '../job.ts'
import type { NodeSpec } from './spec-reader.ts'
import type { Building } from './lay-out.ts'
import { pathWith, writeNodeGyp } from './manager-tools.ts'
import { installEvents } from './manifest.ts'
import { failScript, labelOf, placesToBuild } from './managers/npm/run-scripts.ts'
import type { ScriptOutcome } from './managers/npm/run-scripts.ts'
import { nodeGypOf } from './npm.ts'
import type { Npm } from './npm.ts'
import type { Environment } from './run-program.ts'
import { overrideFor } from './selection.ts'
import { placeOrder } from './place-order.ts'
import type { Tree } from './tree.ts'

export interface LifecycleRules {
  /** The places that are to be built, in the package manager's order; absent: dependencies first. */
  order?(paths: readonly string[], tree: Tree): readonly string[]
  /** `stages`: all preinstall scripts, then all install scripts, and so on, several at once. Absent: one package after the other. */
  readonly by?: 'stages'
  /** What the package manager says of itself, and whatever else it sets. */
  environment?(path: string, tree: ScriptTree, building: ScriptBuilding): Environment
  /** Directories of PATH before the user's own, nearest first; absent: `.bin` of the package and of everything above it. */
  binDirs?(path: string, tree: Tree): readonly string[]
}

/** What a script's environment tells of: packages by their places, or directories of the project. */
export type ScriptTree = Pick<Tree, 'root' | 'manifests' | 'places'>

export interface ScriptBuilding {
  readonly job: Pick<InstallJob, 'nodedir' | 'omit'>
  readonly spec: NodeSpec
  readonly npm: Npm
  /** Of all programs that the build runs. */
  readonly env: Environment
}

/** Fails for the first required package whose script fails; an optional one is left out, whatever the rest of its scripts are. */
export async function runLifecycle(tree: Tree, building: Building, rules: LifecycleRules): Promise<ScriptOutcome> {
  const paths = placesToBuild(tree, building)
  const order = rules.order?.(paths, tree) ?? placeOrder(paths, tree)
  const running: Running = {
    tree,
    building,
    rules,
    tools: writeNodeGyp(building.state, '"$npm_config_node_gyp"'),
    failed: new Set(),
  }
  if (rules.by === 'stages') {
    for (const event of installEvents)
      await eachOf(order, building.job.workers, (path) => runEvent(path, event, running))
  } else {
    for (const path of order) for (const event of installEvents) await runEvent(path, event, running)
  }
  const failed = [...running.failed]
  return { ran: paths.filter((path) => !running.failed.has(path)), failed }
}

interface Running {
  readonly tree: Tree
  readonly building: Building
  readonly rules: LifecycleRules
  /** Directory with a `node-gyp`. */
  readonly tools: string
  /** Optional places whose scripts failed. */
  readonly failed: Set<string>
}

async function runEvent(path: string, event: string, running: Running): Promise<void> {
  const { tree, building, failed } = running
  const command = tree.manifests.get(path)?.installScripts.get(event)
  if (command === undefined || failed.has(path)) return
  const dir = realpathSync(`${tree.root}/${path}`)
  const log = `${building.state}/scripts/${path.replace(/[^A-Za-z0-9@._-]/g, '+').slice(-200)}.${event}.log`
  mkdirSync(dirname(log), { recursive: true })
  const env = { ...environmentOf(path, running), npm_lifecycle_event: event, npm_lifecycle_script: command }
  const code = await runShell(command, { dir, env, log })
  if (code === 0) return
  if (tree.places.get(path)?.flags?.includes('optional') !== true)
    failScript({ event, command, code, log }, path, tree, building)
  const manager = (building.spec.plan.manager?.name ?? 'npm').split('-')[0]
  say(`${labelOf(tree, path)} is optional and its script failed: it is left out, as ${manager} does.`)
  failed.add(path)
}

/** At most `width` at once. */
async function eachOf<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const serve = async (): Promise<void> => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: Math.max(1, width) }, serve))
}

function environmentOf(path: string, { tree, building, rules, tools }: Running): Environment {
  const dirs = (rules.binDirs?.(path, tree) ?? binDirsAbove(path)).map((dir) => `${tree.root}/${dir}`)
  return {
    ...scriptEnvironment(path, tree, building, rules),
    PATH: pathWith(...dirs, tools),
    ...overrideFor(building.job, path, tree.manifests.get(path)).env,
  }
}

/** All but PATH and what the script itself is. */
export function scriptEnvironment(
  path: string,
  tree: ScriptTree,
  building: ScriptBuilding,
  rules: LifecycleRules,
): Environment {
  const manifest = tree.manifests.get(path)
  return {
    ...building.env,
    npm_config_node_gyp: nodeGypOf(building.npm),
    npm_config_nodedir: building.job.nodedir,
    npm_execpath: building.npm.cli,
    npm_node_execpath: process.execPath,
    NODE: process.execPath,
    INIT_CWD: tree.root,
    npm_package_name: manifest?.name,
    npm_package_version: manifest?.version,
    npm_package_json: posix.join(tree.root, path, 'package.json'),
    ...rules.environment?.(path, tree, building),
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

function runShell(
  command: string,
  { dir, env, log }: { readonly dir: string; readonly env: Environment; readonly log: string },
): Promise<number> {
  const file = openSync(log, 'w')
  return new Promise((resolve, reject) => {
    const child = spawn(findShell(), ['-c', command], { cwd: dir, env, stdio: ['ignore', file, file] })
    child.on('error', reject)
    child.on('close', (code) => {
      closeSync(file)
      resolve(code ?? 1)
    })
  })
}
