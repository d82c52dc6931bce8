/** Project-relative paths: what may be named at all, and which part of a path is a symbolic link. */
import { lstatSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { fail, shown } from '../problem.ts'

/** The segments of a project-relative path with `/`. Throws `path-escapes` for one that is absolute, has `..`, or names nothing. */
export function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/').filter((segment) => segment !== '.' && segment !== '')
  const isRelative = !path.startsWith('/') && !/^[a-z]:/i.test(path)
  if (isRelative && segments.length > 0 && !path.includes('\0') && !segments.includes('..')) return segments
  return failEscapes(path)
}

/** Of a path that may begin with `../`: how often, and the rest, which may be nothing then. Throws `path-escapes`. */
export function segmentsBeside(path: string): { readonly climbs: number; readonly segments: readonly string[] } {
  const [, up = '', rest = ''] = /^((?:\.\.(?:\/|$))*)(.*)$/s.exec(path) ?? []
  const climbs = up.split('..').length - 1
  return { climbs, segments: climbs > 0 && rest === '' ? [] : segmentsOf(rest) }
}

export function failEscapes(path: string): never {
  fail({
    code: 'path-escapes',
    message: `${shown(path)} leaves the project directory`,
    hint: 'only files inside the project can be part of it: move or copy it there',
  })
}

/** lstat, or undefined when nothing is there. */
export function findStats(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** The first symbolic link on the way from `root` to a path below it, project-relative; undefined when there is none. */
export function findLink(root: string, segments: readonly string[]): string | undefined {
  for (let count = 1; count <= segments.length; count++) {
    const path = segments.slice(0, count)
    if (findStats(join(root, ...path))?.isSymbolicLink() === true) return path.join('/')
  }
  return undefined
}

/** A system error with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

const hints: Readonly<Record<string, string>> = {
  EACCES: 'check the permissions',
  EPERM: 'check the permissions and attributes',
  EROFS: 'the file system is read-only: work on a copy of the project',
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
}

/** Turns a system error about a file into an `io` problem; rethrows anything else. */
export function failIo(error: unknown, what: string, path: string): never {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') throw error
  fail({
    code: 'io',
    message: `${what} ${shown(path)} failed: ${shown(error.message)}`,
    where: { file: path },
    hint: hints[error.code],
    cause: error,
  })
}
