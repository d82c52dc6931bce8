/** Copying and moving directory trees exactly: content, permission bits, link targets; nothing else. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileCopier } from './copy-file.ts'
import type { CopyKind } from './copy-file.ts'
import { systemCode } from './failure.ts'
import type { WorkerPool } from './worker-pool.ts'

/** Files to copy between two directories whose folders exist on both sides. */
export interface CopyBatch {
  readonly from: string
  readonly to: string
  readonly files: readonly string[]
  readonly as: CopyKind
}

export interface CopyOptions {
  /** Absent: `same`. What comes from the Nix store is read-only: `writable`. */
  readonly as?: CopyKind
  /** Asked for each relative path; a directory that is skipped is skipped whole. */
  readonly skip?: (path: string) => boolean
}

export interface Taking {
  readonly pool: WorkerPool
  /** What copies are, where there are any. */
  readonly as: CopyKind
}

const BATCH = 400

/** Moves a directory: by renaming, or, between file systems, by copying with the pool and removing. */
export async function moveTree(from: string, to: string, pool: WorkerPool): Promise<void> {
  if (renamed(from, to)) return
  await copyTree(from, to, pool)
  rmSync(from, { recursive: true, force: true })
}

/** The same, but between file systems the original stays: true. Removing takes its time, and the build's directory goes anyway. */
export async function takeTree(from: string, to: string, { pool, as }: Taking): Promise<boolean> {
  if (renamed(from, to)) return false
  await copyTree(from, to, pool, { as })
  return true
}

/** False: they are on different file systems, or something is there. */
function renamed(from: string, to: string): boolean {
  mkdirSync(dirname(to), { recursive: true })
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (['EXDEV', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) return false
    throw error
  }
}

/** Copies a directory; folders are made first, then the pool copies files, then folders get their modes. */
export async function copyTree(from: string, to: string, pool: WorkerPool, options: CopyOptions = {}): Promise<void> {
  const { as = 'same', skip } = options
  const walk: Walk = { from, to, files: [], modes: [], skip }
  mkdirSync(to, { recursive: true })
  collect(walk, '')
  const tasks: CopyBatch[] = []
  for (let at = 0; at < walk.files.length; at += BATCH) {
    tasks.push({ from, to, files: walk.files.slice(at, at + BATCH), as })
  }
  await pool.run(tasks.map((task) => ({ kind: 'copy', task })))
  if (as === 'same') for (const { path, mode } of walk.modes.reverse()) chmodSync(`${to}/${path}`, mode)
}

export function copyBatch({ from, to, files, as }: CopyBatch): void {
  const copy = fileCopier(as)
  for (const file of files) copy(`${from}/${file}`, `${to}/${file}`)
}

interface Walk {
  readonly from: string
  readonly to: string
  readonly files: string[]
  /** Folders whose mode is not the usual one. */
  readonly modes: { readonly path: string; readonly mode: number }[]
  readonly skip: ((path: string) => boolean) | undefined
}

function collect(walk: Walk, dir: string): void {
  for (const entry of readdirSync(`${walk.from}/${dir}`, { withFileTypes: true })) {
    const path = dir === '' ? entry.name : `${dir}/${entry.name}`
    if (walk.skip?.(path) === true) continue
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(`${walk.from}/${path}`), `${walk.to}/${path}`)
    else if (entry.isDirectory()) {
      mkdirSync(`${walk.to}/${path}`, { recursive: true })
      const mode = lstatSync(`${walk.from}/${path}`).mode & 0o777
      if (mode !== 0o755) walk.modes.push({ path, mode })
      collect(walk, path)
    } else if (entry.isFile()) walk.files.push(path)
  }
}
