/** The npm of the build: its version, its own modules, and running it offline in an environment of ours. */
import { mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { parseVersion, satisfies } from '../../semver-range.ts'
import { errorText, fail } from './failure.ts'
import { loadRecord, textAt } from './json-value.ts'
import { runProgram } from './run-program.ts'
import type { Environment, ProgramRun, RunOptions } from './run-program.ts'

export interface Npm {
  /** npm-cli.js. */
  readonly cli: string
  readonly version: string
  readonly major: number
  /** The prefix that it is installed in. */
  readonly prefix: string
  /** Loads a module that npm carries. */
  readonly load: (id: string) => unknown
}

export function loadNpm(cli: string): Npm {
  let real: string
  try {
    real = realpathSync(cli)
  } catch (error) {
    fail(`npm is not there: ${errorText(error)}.`)
  }
  const version = textAt(loadRecord(`${dirname(dirname(real))}/package.json`), 'version') ?? ''
  const major = Number.parseInt(version, 10)
  if (!(major >= 6)) fail(`npm ${version} is too old: npm 6 or later is needed.`)
  // <prefix>/lib/node_modules/npm/bin/npm-cli.js
  const prefix = dirname(dirname(dirname(dirname(dirname(real)))))
  return { cli: real, version, major, prefix, load: createRequire(real) }
}

/** See PlacePlan.unneeded. Before, each optional set is found as if nothing else was left out. */
export function leavesOutUnneeded({ version }: Npm): boolean {
  return satisfies(version, '>=11.13.0') === true
}

/**
 * The environment of every npm run: no network, no configuration but ours, HOME and cache in `state`.
 * Both configuration files are named and do not exist; npm refuses one name for both.
 */
export function npmEnvironment(npm: Npm, state: string, nodedir: string): Environment {
  mkdirSync(`${state}/home`, { recursive: true })
  const config: Record<string, string> = {
    cache: `${state}/npm-cache`,
    userconfig: `${state}/npmrc-user`,
    globalconfig: `${state}/npmrc-global`,
    offline: 'true',
    audit: 'false',
    fund: 'false',
    update_notifier: 'false',
    progress: 'false',
    color: 'false',
    loglevel: 'warn',
    package_lock: 'true',
    engine_strict: 'false',
    bin_links: 'true',
  }
  if (npm.major <= 6) config['unsafe_perm'] = 'true'
  // Later npms warn of a setting they do not know; there the script shell alone hands it on.
  if (npm.major <= 10) config['nodedir'] = nodedir
  if (npm.major >= 11) config['dangerously_allow_all_scripts'] = 'true'
  if (npm.major >= 12)
    Object.assign(config, { allow_git: 'all', allow_remote: 'all', allow_file: 'all', allow_directory: 'all' })
  const environment: Record<string, string | undefined> = {
    ...process.env,
    HOME: `${state}/home`,
    // What node-gyp 12 (npm 11) reads instead of the setting; others ignore it.
    npm_package_config_node_gyp_nodedir: nodedir,
  }
  for (const [key, value] of Object.entries(config)) environment[`npm_config_${key}`] = value
  return environment
}

/**
 * A link to node's prefix beside the work directory. The path of its headers gets into what is compiled with them (an assertion names
 * its file), so it is the same path in every build, wherever node is installed.
 */
export function linkNodedir(work: string, nodedir: string): string {
  const link = `${dirname(work)}/node`
  rmSync(link, { force: true })
  symlinkSync(nodedir, link)
  return link
}

/** Runs npm with the node that runs the shim; output is collected. */
export function runNpm(npm: Npm, args: readonly string[], options: RunOptions): Promise<ProgramRun> {
  return runProgram([process.execPath, npm.cli, ...args], options)
}

/** Whether this node and npm satisfy a package's `engines`, as npm asks it of optional packages. */
export function satisfiesEngines(npm: Npm, engines: Readonly<Record<string, string>>): boolean {
  const versions: Readonly<Record<string, string>> = { node: process.version, npm: npm.version }
  return Object.entries(versions).every(([engine, version]) => {
    const range = engines[engine]
    return range === undefined || range === '' || satisfiesEngine(npm, version, range)
  })
}

/** Only of a prerelease it makes a difference that prereleases are included; npm's semver takes its time to load. */
function satisfiesEngine(npm: Npm, version: string, range: string): boolean {
  if (parseVersion(version)?.pre.length === 0) return satisfies(version, range) === true
  return semverCall(npm, 'satisfies', [version, range, { includePrerelease: true }]) === true
}

/** In npm 6 semver is a function with members, later an object. */
function semverCall(npm: Npm, name: string, args: readonly unknown[]): unknown {
  const semver = npm.load('semver')
  const found: unknown =
    (typeof semver === 'object' && semver !== null) || typeof semver === 'function'
      ? Reflect.get(semver, name)
      : undefined
  if (typeof found !== 'function') fail(`npm ${npm.version} brings no semver of its own.`)
  return found(...args)
}

/** npm's own, which stands in for the one that every package manager brings along. */
export function nodeGypOf(npm: Npm): string {
  return createRequire(npm.cli).resolve('node-gyp/bin/node-gyp.js')
}
