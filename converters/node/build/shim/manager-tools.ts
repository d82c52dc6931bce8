/** Programs and environment of package managers: of those that install by themselves, and of build scripts that say `yarn build`. */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { findShell } from './interpreter.ts'
import { loadManifest } from './manifest.ts'
import type { Environment } from './run-program.ts'
import { unpack } from './archive/unpack.ts'

export interface ManagerTools {
  /** Holds a program for each bin of the package manager. */
  readonly bin: string
  /** Program name → its JavaScript file, for running it without a shell. */
  readonly files: ReadonlyMap<string, string>
}

/** Unpacks the package manager below `state` (absolute) and writes programs that start it with the node that runs the shim. */
export function writeManager(archive: string, state: string): ManagerTools {
  const into = `${state}/manager`
  unpack({ archive, into, label: 'the package manager', rules: 'pnpm' })
  const bin = managerBin(state)
  const files = new Map<string, string>()
  if (existsSync(`${into}/bin/bun`)) writeBun(`${into}/bin/bun`, bin)
  for (const [name, file] of loadManifest(into).bins) {
    files.set(name, `${into}/${file}`)
    writeProgram(`${bin}/${name}`, quoted(`${into}/${file}`))
  }
  return { bin, files }
}

/** A binary, whose package names no programs; called by its other name it is `bun x`. */
function writeBun(binary: string, bin: string): void {
  chmodSync(binary, 0o755)
  for (const name of ['bun', 'bunx']) symlinkSync(binary, `${bin}/${name}`)
}

/** The directory of the package manager's programs. */
export function managerBin(state: string): string {
  const bin = `${state}/manager-bin`
  mkdirSync(bin, { recursive: true })
  return bin
}

/** A program that runs a script with the node of this build. `script`: one word of a shell. */
export function writeProgram(path: string, script: string): void {
  writeFileSync(path, `#!${findShell()}\nexec ${quoted(process.execPath)} ${script} "$@"\n`, { mode: 0o755 })
}

/** Gives a directory for PATH. `script`: one word of a shell. */
export function writeNodeGyp(state: string, script: string): string {
  const bin = `${state}/bin`
  mkdirSync(bin, { recursive: true })
  writeProgram(`${bin}/node-gyp`, script)
  return bin
}

/** Text as one word of a POSIX shell. */
export function quoted(word: string): string {
  return `'${word.replace(/'/g, `'\\''`)}'`
}

/** No network, no questions, no other version of itself: what every one of them is told. */
export const managerSettings: Environment = {
  CI: 'true',
  COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
  COREPACK_ENABLE_NETWORK: '0',
  YARN_ENABLE_NETWORK: '0',
  YARN_ENABLE_TELEMETRY: '0',
  YARN_ENABLE_GLOBAL_CACHE: '0',
  YARN_IGNORE_PATH: '1',
  npm_config_yarn_offline_mirror_pruning: 'false',
  npm_config_manage_package_manager_versions: 'false',
  pnpm_config_manage_package_manager_versions: 'false',
  pnpm_config_pm_on_fail: 'ignore',
}

const CONFIGURATION = /^(?:npm_|yarn_|berry_|pnpm_|bun_|node_options$)/i

/** For package managers that install by themselves: no configuration of the user's, a home of its own, and how addons are compiled. */
export function managerEnvironment(state: string, nodedir: string): Environment {
  mkdirSync(`${state}/home`, { recursive: true })
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !CONFIGURATION.test(key))),
    ...managerSettings,
    HOME: `${state}/home`,
    // node-gyp stands in some trees, and would get compiled Python beside it.
    PYTHONDONTWRITEBYTECODE: '1',
    // What node-gyp reads: up to version 11, and from 12 on.
    npm_config_nodedir: nodedir,
    npm_package_config_node_gyp_nodedir: nodedir,
  }
}

/** PATH with these directories first. */
export function pathWith(...dirs: readonly string[]): string {
  return [...dirs, process.env['PATH'] ?? ''].join(':')
}
