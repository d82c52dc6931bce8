/** The Yarn of the build: run in the project's directory, without a network, with no configuration but the project's. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { fail } from '../../failure.ts'
import { findInterpreter } from '../../interpreter.ts'
import type { NodeSpec } from '../../job-reader.ts'
import { managerEnvironment, quoted, writeManager } from '../../manager-tools.ts'
import type { Environment } from '../../npm.ts'

export interface BerryProgram {
  /** In the project's directory. */
  run(args: readonly string[], env: Environment): Promise<BerryRun>
  /** In some directory. */
  runIn(cwd: string, args: readonly string[]): Promise<BerryRun>
  /** In some directory, with its output shown as it comes; gives the exit code. */
  runAloud(args: readonly string[], cwd: string): Promise<number>
  /** For what runs beside it: `yarn` is on PATH. */
  readonly env: Environment
}

export interface BerryNeeds {
  readonly spec: NodeSpec
  /** Archive of Yarn; undefined: the project brings its own along. */
  readonly archive: string | undefined
  readonly nodedir: string
  /** Private directory. */
  readonly state: string
}

export interface BerryRun {
  readonly code: number
  /** stdout and stderr, as they came. */
  readonly output: string
}

/** `root`: the project's directory while building; a Yarn that the project brings along stands there already. */
export function berryProgram(root: string, needs: BerryNeeds): BerryProgram {
  const file = findProgram(root, needs)
  const env = { ...berryEnvironment(root, needs), PATH: `${writeBin(file, needs)}:${process.env['PATH'] ?? ''}` }
  return {
    env,
    run: (args, more) => runNode([file, ...args], root, { ...env, ...more }),
    runIn: (cwd, args) => runNode([file, ...args], cwd, env),
    runAloud: (args, cwd) => runAloud([file, ...args], cwd, env),
  }
}

/** A program called `yarn`, for scripts that say so. */
function writeBin(file: string, { state }: BerryNeeds): string {
  const bin = `${state}/manager-bin`
  mkdirSync(bin, { recursive: true })
  const shell = findInterpreter('sh') ?? '/bin/sh'
  const script = `#!${shell}\nexec ${quoted(process.execPath)} ${quoted(file)} "$@"\n`
  writeFileSync(`${bin}/yarn`, script, { mode: 0o755 })
  return bin
}

function findProgram(root: string, { spec, archive, state }: BerryNeeds): string {
  const program = spec.plan.manager?.program
  if (program !== undefined) {
    if (!existsSync(`${root}/${program}`)) fail(`The project has no ${program}, which .yarnrc.yml names as its Yarn.`)
    return `${root}/${program}`
  }
  if (archive === undefined) fail('The job gives no archive of Yarn.')
  return writeManager(archive, state).files.get('yarn') ?? fail('The archive of Yarn has no program called yarn.')
}

/** Settings by environment go before those of the project's .yarnrc.yml. */
function berryEnvironment(root: string, { nodedir, state }: BerryNeeds): Environment {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(?:npm_|yarn_|berry_|node_options$)/i.test(key))
  mkdirSync(`${state}/home`, { recursive: true })
  return {
    ...Object.fromEntries(inherited),
    ...managerEnvironment,
    HOME: `${state}/home`,
    YARN_GLOBAL_FOLDER: `${state}/yarn`,
    YARN_CACHE_FOLDER: `${root}/.yarn/cache`,
    // What Yarn notes for its next run is no part of any result.
    YARN_INSTALL_STATE_PATH: `${state}/install-state.gz`,
    YARN_ENABLE_MIRROR: '1',
    YARN_ENABLE_INLINE_BUILDS: '1',
    YARN_ENABLE_PROGRESS_BARS: '0',
    YARN_ENABLE_COLORS: '0',
    YARN_ENABLE_HYPERLINKS: '0',
    // node-gyp stands in the tree, and would get compiled Python beside it.
    PYTHONDONTWRITEBYTECODE: '1',
    // What node-gyp reads: up to version 11, and from 12 on.
    npm_config_nodedir: nodedir,
    npm_package_config_node_gyp_nodedir: nodedir,
  }
}

function runAloud(args: readonly string[], cwd: string, env: Environment): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

function runNode(args: readonly string[], cwd: string, env: Environment): Promise<BerryRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.stderr.on('data', (part: Buffer) => parts.push(part))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const output = Buffer.concat(parts).toString('utf8')
      resolve({ code: code ?? 1, output: signal === null ? output : `${output}killed by ${signal}\n` })
    })
  })
}
