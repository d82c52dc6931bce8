/**
 * What npm made against what Nix made, entry by entry: what is there, of which kind, content, executable bit, link target.
 * Nix keeps of a mode only whether the owner may execute, so that is what is compared of it (tree-diff.ts compares all of it).
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Dirent } from 'node:fs'
import { join } from 'node:path'

/** A difference that is expected, and why. `pattern` is matched against the path relative to the project. */
export interface TreeException {
  readonly pattern: RegExp
  readonly kind: TreeDifference['kind']
  readonly reason: string
  /** Looks at the two files themselves: what is expected and what is there. */
  readonly holds?: (expected: string, actual: string) => boolean
}

export interface TreeDifference {
  readonly path: string
  /** `missing` and `extra` are said of Nix's tree. */
  readonly kind: 'content' | 'missing' | 'extra' | 'mode' | 'link' | 'type'
  /** What is there and what should be, in a few words. */
  readonly detail: string
}

export interface TreeComparison {
  /** What the expected tree holds. */
  readonly files: number
  readonly links: number
  readonly directories: number
  readonly differences: readonly TreeDifference[]
  /** Differences that an exception covers. */
  readonly excepted: ReadonlyMap<TreeException, readonly TreeDifference[]>
}

export interface CompareOptions {
  readonly exceptions: readonly TreeException[]
  /** Paths below both directories that are compared: directories, or single files. */
  readonly parts: readonly string[]
}

type Entry =
  | { readonly kind: 'file'; readonly path: string; readonly executable: boolean; readonly size: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory'; readonly path: string }

export function compareTrees(expected: string, actual: string, options: CompareOptions): TreeComparison {
  const before = readEntries(expected, options.parts)
  const after = readEntries(actual, options.parts)
  const found = [
    ...[...before.values()].flatMap((entry) => differencesOf(expected, actual, entry, after.get(entry.path))),
    ...[...after.values()].filter((entry) => !before.has(entry.path)).map(extra),
  ]
  const excepted = new Map<TreeException, TreeDifference[]>()
  const differences = found.filter((difference) => {
    const { path } = difference
    const holds = ({ holds }: TreeException) => holds?.(join(expected, path), join(actual, path)) ?? true
    const exception = options.exceptions.find((one) => covers(one, difference) && holds(one))
    if (exception !== undefined) excepted.set(exception, [...(excepted.get(exception) ?? []), difference])
    return exception === undefined
  })
  const count = (kind: Entry['kind']) => [...before.values()].filter((entry) => entry.kind === kind).length
  return { files: count('file'), links: count('link'), directories: count('directory'), differences, excepted }
}

/** One line per difference, at most `limit` of them. */
export function printDifferences(differences: readonly TreeDifference[], limit = 40): readonly string[] {
  const lines = differences.slice(0, limit).map(({ kind, path, detail }) => `${kind} ${path}: ${detail}`)
  const more = differences.length - lines.length
  return more > 0 ? [...lines, `… and ${more} more`] : lines
}

function readEntries(root: string, parts: readonly string[]): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  for (const part of parts) {
    if (lstatSync(join(root, part), { throwIfNoEntry: false })?.isFile() === true)
      entries.set(part, fileEntry(root, part))
    else walk(root, part, entries)
  }
  return entries
}

function walk(root: string, folder: string, entries: Map<string, Entry>): void {
  for (const dirent of list(join(root, folder))) {
    const path = `${folder}/${dirent.name}`
    entries.set(path, readEntry(root, path, dirent))
    if (dirent.isDirectory()) walk(root, path, entries)
  }
}

function list(folder: string): Dirent[] {
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder, { withFileTypes: true }) : []
}

function readEntry(root: string, path: string, dirent: Dirent): Entry {
  if (dirent.isDirectory()) return { kind: 'directory', path }
  if (dirent.isSymbolicLink()) return { kind: 'link', path, target: readlinkSync(join(root, path)) }
  return fileEntry(root, path)
}

function fileEntry(root: string, path: string): Entry {
  const { mode, size } = lstatSync(join(root, path))
  return { kind: 'file', path, executable: (mode & 0o100) !== 0, size }
}

function differencesOf(expected: string, actual: string, before: Entry, after: Entry | undefined): TreeDifference[] {
  const { path } = before
  if (after === undefined) return [{ path, kind: 'missing', detail: before.kind }]
  if (before.kind === 'link' && after.kind === 'link') {
    if (before.target === after.target) return []
    return [{ path, kind: 'link', detail: `points to ${after.target}, not to ${before.target}` }]
  }
  if (before.kind === 'file' && after.kind === 'file') {
    const mode = after.executable ? 'is executable' : 'is not executable'
    const content = findContentDifference(join(expected, path), join(actual, path), before.size === after.size)
    return [
      ...(before.executable === after.executable ? [] : [{ path, kind: 'mode' as const, detail: mode }]),
      ...(content === undefined ? [] : [{ path, kind: 'content' as const, detail: content }]),
    ]
  }
  return before.kind === after.kind ? [] : [{ path, kind: 'type', detail: `${after.kind}, not ${before.kind}` }]
}

function findContentDifference(expected: string, actual: string, sameSize: boolean): string | undefined {
  const [before, after] = [readFileSync(expected), readFileSync(actual)]
  if (sameSize && before.equals(after)) return undefined
  const first = before.findIndex((byte, index) => byte !== after[index])
  const at = first === -1 ? before.length : first
  const show = (bytes: Buffer) => JSON.stringify(bytes.toString('utf8', Math.max(0, at - 20), at + 60))
  return `${show(after)}, not ${show(before)}`
}

function extra(entry: Entry): TreeDifference {
  return { path: entry.path, kind: 'extra', detail: entry.kind }
}

function covers(exception: TreeException, difference: TreeDifference): boolean {
  return exception.kind === difference.kind && exception.pattern.test(difference.path)
}
