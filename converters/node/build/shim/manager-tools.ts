/** The project's package manager as a program on PATH: build scripts say `yarn build` and `pnpm -r run build`. */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { findInterpreter } from './interpreter.ts'
import { loadManifest } from './manifest.ts'
import type { Environment } from './npm.ts'
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
  const bin = `${state}/manager-bin`
  mkdirSync(bin, { recursive: true })
  const shell = findInterpreter('sh') ?? '/bin/sh'
  const files = new Map<string, string>()
  if (existsSync(`${into}/bin/bun`)) writeBun(`${into}/bin/bun`, bin)
  for (const [name, file] of loadManifest(into).bins) {
    files.set(name, `${into}/${file}`)
    const script = `#!${shell}\nexec ${quoted(process.execPath)} ${quoted(`${into}/${file}`)} "$@"\n`
    writeFileSync(`${bin}/${name}`, script, { mode: 0o755 })
  }
  return { bin, files }
}

/** A binary, whose package names no programs; called by its other name it is `bun x`. */
function writeBun(binary: string, bin: string): void {
  chmodSync(binary, 0o755)
  for (const name of ['bun', 'bunx']) symlinkSync(binary, `${bin}/${name}`)
}

/** Text as one word of a POSIX shell. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** No network, no questions, no other version of itself: what every one of them is told. */
export const managerEnvironment: Environment = {
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
