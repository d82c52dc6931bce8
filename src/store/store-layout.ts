/** What lies where below the cache directory. A change of meaning needs another name, because old and new programs share it. */
import { join } from 'node:path'
import type { SourceKey } from './source-store.ts'

/** Directories below the cache directory, each with its own kind of entry. */
export const SOURCES = 'sources'
export const BUILDS = 'builds'
export const ROOTS = 'roots'
/** Packages as builds have unpacked them, by shim; builds share their files. */
export const UNPACKED = 'unpacked'

/** `sources/file/sha512/ab/ab12…` and `sources/tree/sha256/ab/ab12…`. */
export function sourcePath(root: string, { form, digest }: SourceKey): string {
  return join(root, SOURCES, form, digest.algorithm, digest.hex.slice(0, 2), digest.hex)
}

/** What failed builds leave behind: their logs, and with `--keep-failed` their directories. */
export const FAILURES = ['logs', 'failed'] as const

/** Of projects that are being worked on, see io/project-lock.ts. */
export const LOCKS = 'locks'
