/** Two results of one build: the first thing that is not the same, in the order of their names. */
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { failIo } from '../io/inside.ts'

export interface TreeDifference {
  /** Relative to both; '' for the results themselves. */
  readonly path: string
  readonly kind: 'missing' | 'added' | 'kind' | 'content' | 'executable' | 'link'
}

/** undefined when the trees are the same: names, kinds, contents, executable bits, targets of links. Throws `io`. */
export function findDifference(left: string, right: string): TreeDifference | undefined {
  try {
    return compare(left, right, '')
  } catch (error) {
    return failIo(error, 'comparing', left)
  }
}

/** `missing`: it is in the first one only. */
export const differenceTexts: Readonly<Record<TreeDifference['kind'], string>> = {
  missing: 'is missing',
  added: 'is new',
  kind: 'is of another kind',
  content: 'has another content',
  executable: 'is executable in one of them only',
  link: 'leads elsewhere',
}

function compare(left: string, right: string, path: string): TreeDifference | undefined {
  const [a, b] = [lstatSync(join(left, path)), lstatSync(join(right, path))]
  if (kindOf(a) !== kindOf(b)) return { path, kind: 'kind' }
  if (a.isDirectory()) return compareDirectories(left, right, path)
  if (a.isSymbolicLink()) {
    const isSame = readlinkSync(join(left, path)) === readlinkSync(join(right, path))
    return isSame ? undefined : { path, kind: 'link' }
  }
  // Two names of one file.
  if (a.ino === b.ino && a.dev === b.dev) return undefined
  if ((a.mode & 0o100) !== (b.mode & 0o100)) return { path, kind: 'executable' }
  const isSame = a.size === b.size && readFileSync(join(left, path)).equals(readFileSync(join(right, path)))
  return isSame ? undefined : { path, kind: 'content' }
}

function compareDirectories(left: string, right: string, path: string): TreeDifference | undefined {
  const [before, after] = [left, right].map((root) => new Set(readdirSync(join(root, path))))
  const names = [...new Set([...(before ?? []), ...(after ?? [])])].sort()
  for (const name of names) {
    const inside = path === '' ? name : `${path}/${name}`
    if (after?.has(name) !== true) return { path: inside, kind: 'missing' }
    if (before?.has(name) !== true) return { path: inside, kind: 'added' }
    const difference = compare(left, right, inside)
    if (difference !== undefined) return difference
  }
  return undefined
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'directory'
  if (stats.isSymbolicLink()) return 'link'
  return stats.isFile() ? 'file' : 'other'
}

function join(root: string, path: string): string {
  return path === '' ? root : `${root}/${path}`
}
