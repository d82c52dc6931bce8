/**
 * One package archive into one directory, by the rules of npm's pacote (lib/fetcher.js), so that the tree equals npm's:
 * the first path component goes whatever its name, links and directories are dropped, modes are widened, `.gitignore`
 * becomes `.npmignore`. Synchronous: it runs in worker threads, where one thing at a time is fastest.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  futimesSync,
  openSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { ManagerName } from '../../../node-plan.ts'
import { errorText, fail, Failure } from '../failure.ts'
import { SEALED_TIME, sealedMode } from '../sealed.ts'
import { applyPatch } from './patch.ts'
import { readTar } from './tar-reader.ts'
import type { TarEntry, TarLimits } from './tar-reader.ts'
import { unpackRulesOf } from './unpack-rules.ts'

export interface UnpackTask {
  readonly archive: string
  readonly into: string
  /** What messages call the package, for example `node_modules/ms (ms@2.1.3)`. */
  readonly label: string
  /** SRI that the archive's bytes must have; absent when Nix or the store has verified them. */
  readonly hash?: string
  /** Where it is kept unpacked; see kept-package.ts. */
  readonly kept?: string
  /** No other package stands in it. */
  readonly isLeaf?: boolean
  /** See sealed.ts. */
  readonly isSealed?: boolean
  /** Whose rules; absent: npm's. */
  readonly rules?: ManagerName
  /** Patch files, applied in this order. */
  readonly patches?: readonly string[]
}

export interface Unpacked {
  /** Executable files that start with `#!`, relative to `into`. */
  readonly scripts: readonly string[]
  /** Whether the archive brings a node_modules of its own. */
  readonly hasModules: boolean
  /** What its package.json says ({@link parseManifest}); absent where it is to be read. */
  readonly manifest?: string
}

const limits: TarLimits = { bytes: 4 * 1024 ** 3 - 1, entries: 500_000 }
const MAX_DEPTH = 200

/** Replaces whatever stands at `into`. */
export function unpack(task: UnpackTask): Unpacked {
  const { scripts, hasModules } = unpackFiles(task)
  return { scripts, hasModules }
}

/** The same, with the paths of all files, relative to `into`. */
export function unpackFiles(task: UnpackTask): Unpacked & { readonly files: readonly string[] } {
  try {
    const archive = readFileSync(task.archive)
    if (task.hash !== undefined) verify(archive, task.hash, task.label)
    const files = plannedFiles(readTar(archive, `The archive of ${task.label}`, limits), task)
    if (files.size === 0) fail(`The archive of ${task.label} holds no files.`)
    for (const patch of task.patches ?? []) applyPatch(files, readFileSync(patch, 'utf8'), `The patch of ${task.label}`)
    makeEmpty(task.into)
    writeFiles(task, files)
    return {
      files: [...files.keys()],
      scripts: [...files].filter(([, file]) => isScript(file)).map(([path]) => path),
      hasModules: [...files.keys()].some((path) => path.startsWith('node_modules/')),
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    fail(`${task.label} could not be unpacked from ${task.archive}: ${errorText(error)}.`)
  }
}

interface PlannedFile {
  readonly mode: number
  readonly content: Buffer
}

/** Where one path occurs twice the later content wins, in the file that the earlier one created: the mode stays. */
function plannedFiles(entries: readonly TarEntry[], { label, rules }: UnpackTask): Map<string, PlannedFile> {
  const { renamesGitignore, fileMode } = unpackRulesOf(rules)
  const files = new Map<string, PlannedFile>()
  const ignores = new Set<string>()
  for (const entry of entries) {
    if (entry.kind !== 'file') continue
    const ownPath = entry.path.split('/').pop() === '.npmignore' ? entry.path : undefined
    if (ownPath !== undefined) ignores.add(ownPath)
    const path = !renamesGitignore ? entry.path : entry.path.replace(/(^|\/)\.gitignore$/, '$1.npmignore')
    if (path !== entry.path && ignores.has(path)) continue
    const stripped = strippedPath(path, label)
    if (stripped === '') continue
    const mode = files.get(stripped)?.mode ?? fileMode(entry.mode)
    files.set(stripped, { mode, content: entry.content })
  }
  return files
}

/** Without its first component; '' when nothing is left. Refuses what would leave the directory. */
function strippedPath(path: string, label: string): string {
  const refuse = (why: string): never => fail(`The archive of ${label} holds ${JSON.stringify(path)}, ${why}.`)
  if (path.startsWith('/')) refuse('an absolute path')
  if (path.includes('\0')) refuse('a path with a NUL character')
  if (path.split(/[/\\]/).includes('..')) refuse('a path that leaves the package')
  const parts = path
    .split('/')
    .slice(1)
    .filter((part) => part !== '' && part !== '.')
  if (parts.length > MAX_DEPTH) refuse('a path that is too deep')
  return parts.join('/')
}

function isScript({ mode, content }: PlannedFile): boolean {
  return (mode & 0o111) !== 0 && content[0] === 0x23 && content[1] === 0x21
}

/** It may be a link to a directory that was made for it. */
function makeEmpty(directory: string): void {
  const stats = statSync(directory, { throwIfNoEntry: false })
  if (stats?.isDirectory() === true) {
    for (const name of readdirSync(directory)) rmSync(`${directory}/${name}`, { recursive: true })
  } else {
    if (stats !== undefined) rmSync(directory)
    mkdirSync(directory, { recursive: true })
  }
}

function writeFiles({ into, isSealed }: UnpackTask, files: ReadonlyMap<string, PlannedFile>): void {
  const made = new Set<string>([into])
  for (const [path, { mode, content }] of files) {
    const file = `${into}/${path}`
    const dir = dirname(file)
    if (!made.has(dir)) {
      mkdirSync(dir, { recursive: true })
      made.add(dir)
    }
    if (isSealed === true) writeSealed(file, { mode, content })
    else writeFileSync(file, content, { mode })
  }
}

function writeSealed(file: string, { mode, content }: PlannedFile): void {
  const handle = openSync(file, 'w', sealedMode(mode))
  try {
    writeFileSync(handle, content)
    futimesSync(handle, SEALED_TIME, SEALED_TIME)
  } finally {
    closeSync(handle)
  }
}

/** Any of the strongest algorithm's digests may match, as in SRI. */
function verify(archive: Buffer, sri: string, label: string): void {
  for (const algorithm of ['sha512', 'sha384', 'sha256', 'sha1', 'md5']) {
    const wanted = sri.split(/\s+/).filter((part) => part.startsWith(`${algorithm}-`))
    if (wanted.length === 0) continue
    const got = `${algorithm}-${createHash(algorithm).update(archive).digest('base64')}`
    if (wanted.some((part) => part.split('?')[0] === got)) return
    fail(
      `The archive of ${label} is not the one that was locked: it has ${got}, the lock file names ${wanted.join(' or ')}.`,
    )
  }
  fail(`The archive of ${label} has an integrity that is not understood: ${JSON.stringify(sri)}.`)
}
