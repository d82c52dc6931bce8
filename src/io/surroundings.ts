/** Small looks at what is on disk around a project. */
import { lstatSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type PathKind = 'file' | 'directory' | 'other'

/** Symbolic links followed; undefined when nothing is there or it may not be looked at. */
export function findKind(path: string): PathKind | undefined {
  try {
    const stats = statSync(path)
    if (stats.isFile()) return 'file'
    return stats.isDirectory() ? 'directory' : 'other'
  } catch {
    return undefined
  }
}

/** A git repository holds this directory (a worktree's `.git` is a file). */
export function isInRepository(directory: string): boolean {
  if (findKind(join(directory, '.git')) !== undefined) return true
  const parent = dirname(directory)
  return parent !== directory && isInRepository(parent)
}

/** Something is there, be it a symbolic link that leads nowhere. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
