/** Projects that the embedded builder builds without a registry, and running it. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { cleanEnvironment, makeProject, type RunOptions } from './cli.ts'
import { spawn, type ChildProcess } from 'node:child_process'

/** A project without dependencies; `build` is the text of the program that its build script runs. */
export function buildProject(build: string, more: Readonly<Record<string, string>> = {}): string {
  const manifest = { name: 'app', version: '1.0.0', bin: { app: 'app.js' }, scripts: { build: 'node build.js' } }
  const root = { name: 'app', version: '1.0.0' }
  return makeProject({
    'package.json': JSON.stringify(manifest),
    'package-lock.json': JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages: { '': root } }),
    'app.js': '#!/usr/bin/env node\nconsole.log("it works")\n',
    'build.js': build,
    ...more,
  })
}

/** PATH on which node, npm and the shell are, and neither bubblewrap nor Nix. */
export function pathWithoutBubblewrap(): string {
  const folder = mkdtempSync(join(tmpdir(), 'path-'))
  const npm = join(dirname(dirname(realpathSync(process.execPath))), 'lib/node_modules/npm/bin/npm-cli.js')
  symlinkSync(realpathSync(process.execPath), join(folder, 'node'))
  symlinkSync(npm, join(folder, 'npm'))
  return folder
}

export function temporaryCache(): string {
  return mkdtempSync(join(tmpdir(), 'cache-'))
}

export interface Built {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The JSON report. */
  readonly report: Readonly<Record<string, unknown>>
}

export interface EmbeddedOptions extends RunOptions {
  readonly cache: string
  readonly project: string
  readonly words?: readonly string[]
}

/** `lock2build build --with embedded --json`, with a link `result` in the project. */
export function buildEmbedded(program: string, options: EmbeddedOptions): Promise<Built> {
  return collect(startEmbedded(program, options))
}

/** Another command on the same project and cache, with `--json`. */
export function runEmbedded(program: string, command: string, options: EmbeddedOptions): Promise<Built> {
  return collect(start(program, [command], options))
}

function collect(child: ChildProcess): Promise<Built> {
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr, report: parseReport(stdout) }))
  })
}

export function startEmbedded(program: string, options: EmbeddedOptions): ChildProcess {
  return start(program, ['build', '--with', 'embedded'], options)
}

function start(program: string, begin: readonly string[], options: EmbeddedOptions): ChildProcess {
  const { cache, project, words = [], wrapper = [], environment } = options
  const all = [process.execPath, program, '-C', project, ...begin, '--json', ...words]
  const [command = '', ...rest] = [...wrapper, ...all]
  return spawn(command, rest, {
    cwd: options.cwd ?? project,
    env: cleanEnvironment({ XDG_CACHE_HOME: cache, ...environment }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function parseReport(text: string): Built['report'] {
  if (text === '') return {}
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Directories of unfinished things below a cache. */
export function unfinished(cache: string): readonly string[] {
  try {
    return readdirSync(join(cache, 'lock2build/tmp'))
  } catch {
    return []
  }
}

export function writeInto(project: string, path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}
