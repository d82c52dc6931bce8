/** The Yarn of the build: run in the project's directory, without a network, with no configuration but the project's. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { fail } from './failure.ts'
import type { Building } from './lay-out.ts'
import { managerEnvironment, writeManager } from './manager-tools.ts'
import type { Environment } from './npm.ts'

export interface BerryProgram {
  run(args: readonly string[], env: Environment): Promise<BerryRun>
}

export interface BerryRun {
  readonly code: number
  /** stdout and stderr, as they came. */
  readonly output: string
}

/** `root`: the project's directory while building; a Yarn that the project brings along stands there already. */
export function berryProgram(root: string, building: Building): BerryProgram {
  const file = findProgram(root, building)
  const base = berryEnvironment(root, building)
  return { run: (args, env) => runNode([file, ...args], root, { ...base, ...env }) }
}

function findProgram(root: string, { spec, job, state }: Building): string {
  const program = spec.plan.manager?.program
  if (program !== undefined) {
    if (!existsSync(`${root}/${program}`)) fail(`The project has no ${program}, which .yarnrc.yml names as its Yarn.`)
    return `${root}/${program}`
  }
  if (job.manager === undefined) fail('The job gives no archive of Yarn.')
  return writeManager(job.manager, state).files.get('yarn') ?? fail('The archive of Yarn has no program called yarn.')
}

/** Settings by environment go before those of the project's .yarnrc.yml. */
function berryEnvironment(root: string, { job, state }: Building): Environment {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(?:npm_|yarn_|berry_|node_options$)/i.test(key))
  mkdirSync(`${state}/home`, { recursive: true })
  return {
    ...Object.fromEntries(inherited),
    ...managerEnvironment,
    HOME: `${state}/home`,
    YARN_GLOBAL_FOLDER: `${state}/yarn`,
    YARN_CACHE_FOLDER: `${root}/.yarn/cache`,
    YARN_ENABLE_MIRROR: '1',
    YARN_ENABLE_INLINE_BUILDS: '1',
    YARN_ENABLE_PROGRESS_BARS: '0',
    YARN_ENABLE_COLORS: '0',
    YARN_ENABLE_HYPERLINKS: '0',
    // node-gyp stands in the tree, and would get compiled Python beside it.
    PYTHONDONTWRITEBYTECODE: '1',
    // What node-gyp reads: up to version 11, and from 12 on.
    npm_config_nodedir: job.nodedir,
    npm_package_config_node_gyp_nodedir: job.nodedir,
  }
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
