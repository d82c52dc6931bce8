/**
 * The shell that npm runs lifecycle scripts with. npm keeps its order, its environment and its parallelism; this adds what a
 * package's override says, keeps a log, records what ran and how it ended, and lets optional packages fail as npm ci does
 * (npm rebuild would stop). It runs in a process of its own, started by npm, once per script.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { say } from '../../failure.ts'
import { findOwn, isRecord, loadRecord, recordAt, textAt, textsAt } from '../../json-value.ts'
import { parseRecord } from '../../json-value.ts'

/** What the shell is told, as a JSON file. */
export interface ShellConfig {
  /** The shell that npm would have used. */
  readonly shell: string
  /** Directory for records and logs. */
  readonly records: string
  /** Environment of every script. */
  readonly env: Readonly<Record<string, string>>
  /** By the package's real directory. */
  readonly packages: Readonly<Record<string, ShellPackage>>
}

export interface ShellPackage {
  readonly optional: boolean
  readonly skip: boolean
  readonly env: Readonly<Record<string, string>>
}

/** One script that was to be run. */
export interface ScriptRecord {
  readonly dir: string
  readonly event: string
  readonly command: string
  /** Exit code; null when it was skipped. */
  readonly code: number | null
  readonly log: string
}

/** Text of the executable that npm is given as its script-shell. Extensionless, so it is CommonJS or ESM as it happens: both work. */
export function printScriptShell(shim: URL, configFile: string): string {
  const argv = ['script', configFile].map((arg) => JSON.stringify(arg)).join(', ')
  return `#!${process.execPath}\nprocess.argv.splice(2, 0, ${argv})\nimport(${JSON.stringify(shim.href)})\n`
}

/** Runs one script as npm asked (`-c command`) and returns the exit code for npm. */
export function runScript(configFile: string, args: readonly string[]): number {
  const config = loadShellConfig(configFile)
  const dir = process.cwd()
  const event = process.env['npm_lifecycle_event'] ?? ''
  const pkg = findOwn(config.packages, dir)
  const env: Record<string, string | undefined> = { ...process.env, ...config.env, ...pkg?.env }
  delete env['npm_config_script_shell']
  if (pkg === undefined) return exitCode(spawnSync(config.shell, args, { env, stdio: 'inherit' }))
  const name = `${config.records}/${createHash('sha256').update(dir).digest('hex').slice(0, 32)}`
  const record = {
    dir,
    event,
    command: process.env['npm_lifecycle_script'] ?? args[args.length - 1] ?? '',
    log: `${name}.${event}.log`,
  }
  const save = (code: number | null): void =>
    writeFileSync(`${name}.${event}.json`, JSON.stringify({ ...record, code }))
  if (pkg.skip) {
    save(null)
    return 0
  }
  // npm removes an optional package at its first failure, so its later scripts never run.
  if (existsSync(`${name}.failed`)) return 0
  const log = openSync(record.log, 'w')
  const code = exitCode(spawnSync(config.shell, args, { env, stdio: ['ignore', log, log] }))
  closeSync(log)
  save(code)
  if (code === 0) return 0
  writeFileSync(`${name}.failed`, '')
  return pkg.optional ? 0 : code
}

export function loadRecords(dir: string): readonly ScriptRecord[] {
  const files = readdirSync(dir).filter((name) => name.endsWith('.json'))
  return files.sort().map((file) => {
    const record = parseRecord(readFileSync(`${dir}/${file}`, 'utf8'), file)
    const { code } = record
    return {
      dir: textAt(record, 'dir') ?? '',
      event: textAt(record, 'event') ?? '',
      command: textAt(record, 'command') ?? '',
      code: typeof code === 'number' ? code : null,
      log: textAt(record, 'log') ?? '',
    }
  })
}

function loadShellConfig(file: string): ShellConfig {
  const config = loadRecord(file)
  const packages: Record<string, ShellPackage> = {}
  for (const [dir, pkg] of Object.entries(recordAt(config, 'packages'))) {
    if (isRecord(pkg))
      packages[dir] = { optional: pkg['optional'] === true, skip: pkg['skip'] === true, env: textsAt(pkg, 'env') }
  }
  return {
    shell: textAt(config, 'shell') ?? '/bin/sh',
    records: textAt(config, 'records') ?? '',
    env: textsAt(config, 'env'),
    packages,
  }
}

function exitCode({ status, signal, error }: ReturnType<typeof spawnSync>): number {
  if (error !== undefined) {
    say(error.message)
    return 127
  }
  return status ?? 128 + (signal === null ? 0 : constants.signals[signal])
}
