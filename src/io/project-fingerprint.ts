/**
 * Whether anything of a project changed since it was looked at, without reading files: their sizes, times and numbers. A change that
 * comes so soon after another that both have the same time would not be seen, so what changed just now is not settled.
 */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, statSync, type BigIntStats } from 'node:fs'
import { failIo } from './inside.ts'

export interface ProjectFingerprint {
  /** Hex. Equal while nothing changed. */
  readonly digest: string
  /** False when something changed in the last seconds: then it says nothing about the next moment. */
  readonly isSettled: boolean
}

/** Times of some file systems and network shares have whole seconds, or two. */
const SETTLED_AFTER = 3_000_000_000n

/** `skip`: what does not count; a directory that is skipped is skipped whole. Throws `io`. */
export function fingerprintProject(root: string, skip: (path: string, isLink: boolean) => boolean): ProjectFingerprint {
  const hash = createHash('sha256')
  const before = BigInt(Date.now()) * 1_000_000n - SETTLED_AFTER
  let isSettled = true
  const visit = (directory: string, prefix: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = prefix + entry.name
      if (skip(path, entry.isSymbolicLink())) continue
      const full = `${directory}/${entry.name}`
      const stats = lstatSync(full, { bigint: true })
      // A directory's own time changes with what is skipped in it.
      if (entry.isDirectory()) hash.update(`${path}/\n`)
      else {
        hash.update(`${path}\n${describe(stats)}\n`)
        if (stats.ctimeNs > before || stats.mtimeNs > before) isSettled = false
      }
      if (entry.isDirectory()) visit(full, `${path}/`)
    }
  }
  try {
    visit(root, '')
  } catch (error) {
    failIo(error, 'reading', root)
  }
  return { digest: hash.digest('hex'), isSettled }
}

/** The same for single files, by absolute path; '' for one that is not there. */
export function fingerprintFiles(paths: readonly string[]): readonly string[] {
  return paths.map((path) => {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
    return stats === undefined ? '' : describe(stats)
  })
}

function describe({ dev, ino, mode, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, mode, size, mtimeNs, ctimeNs].join(' ')
}
