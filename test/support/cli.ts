/** Runs the program as its users do: built, as a process of its own, in a directory of its own. */
import { execFile, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundle } from '../../scripts/build.mjs'

/** What the sources give now, in a temporary directory; `npm test` has just built it, and by itself a test depends on no build. */
export async function installProgram(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'program-'))
  const built = process.env['LOCK2BUILD_BUILT']
  if (built !== undefined) {
    cpSync(built, folder, { recursive: true })
    return join(folder, 'lock2build.cjs')
  }
  const { files } = await bundle()
  for (const [path, contents] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), contents)
  }
  chmodSync(join(folder, 'lock2build.cjs'), 0o755)
  return join(folder, 'lock2build.cjs')
}

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Words before `node`: `unshare -n`. */
  readonly wrapper?: readonly string[]
}

/** Nothing of the machine's configuration reaches it: neither npm's nor ours. */
const home = mkdtempSync(join(tmpdir(), 'home-'))

export function cleanEnvironment(more: RunOptions['environment'] = {}): NodeJS.ProcessEnv {
  const environment = {
    PATH: process.env['PATH'],
    HOME: home,
    TMPDIR: tmpdir(),
    npm_config_globalconfig: '/nonexistent/npmrc',
    // Tests look into caches of their own; what is kept of the program itself has a test of its own.
    NODE_DISABLE_COMPILE_CACHE: '1',
    ...more,
  }
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined))
}

export function runProgram(program: string, words: readonly string[], options: RunOptions = {}): Ran {
  const [command = process.execPath, ...rest] = [...(options.wrapper ?? []), process.execPath, program, ...words]
  const result: SpawnSyncReturns<string> = spawnSync(command, rest, {
    cwd: options.cwd ?? home,
    env: cleanEnvironment(options.environment),
    encoding: 'utf8',
  })
  if (result.error !== undefined) throw result.error
  return { code: result.status, stdout: result.stdout, stderr: result.stderr }
}

/** The same without waiting. */
export function startProgram(program: string, words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [program, ...words],
      { cwd: options.cwd ?? home, env: cleanEnvironment(options.environment), encoding: 'utf8' },
      (_, stdout, stderr) => done({ code: child.exitCode, stdout, stderr }),
    )
  })
}

/** A directory with these files. */
export function makeProject(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'project-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** `{ "ms": "2.1.3" }` → package.json and a lock file of version 3 in which every package has a URL and an integrity. */
export function npmProject(
  dependencies: Readonly<Record<string, string>>,
  change: (entry: Record<string, unknown>, name: string) => unknown = (entry) => entry,
): Record<string, string> {
  const root = { name: 'app', version: '1.0.0', dependencies }
  const entries = Object.entries(dependencies).map(([name, version]) => {
    const resolved = `https://packages.example/${name}/-/${name}-${version}.tgz`
    const integrity = `sha512-${createHash('sha512').update(`${name}@${version}`).digest('base64')}`
    return [`node_modules/${name}`, change({ version, resolved, integrity }, name)]
  })
  const lock = {
    name: 'app',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...Object.fromEntries(entries) },
  }
  return { 'package.json': print(root), 'package-lock.json': print(lock) }
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** Every file below a directory, by path: content and time of the last change. */
export function listTree(folder: string): ReadonlyMap<string, { readonly text: string; readonly changed: number }> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort()
  return new Map(
    paths.map((path) => [
      path.slice(folder.length + 1),
      { text: readFileSync(path, 'utf8'), changed: statSync(path).mtimeMs },
    ]),
  )
}

/** Contents only. */
export function textsOf(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...listTree(folder)].map(([path, { text }]) => [path, text]))
}
