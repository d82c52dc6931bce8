/** Compares two directory trees file by file: kind, content, permission bits, link targets. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface TreeDiffOptions {
  /** Asked for each relative path on either side; a directory that is skipped is skipped whole. */
  readonly skip?: (path: string) => boolean
  /** Rewrites a file's content before comparing, for known exceptions (npm 6 writes into every package.json). */
  readonly content?: (path: string, bytes: Buffer) => Buffer
  /** How many differences are described; 20 unless told. */
  readonly limit?: number
}

/** One line per difference, `left` being the expected tree; empty when the trees are equal. */
export function treeDiff(left: string, right: string, options: TreeDiffOptions = {}): readonly string[] {
  const expected = treeEntries(left, options)
  const actual = treeEntries(right, options)
  const paths = [...new Set([...expected.keys(), ...actual.keys()])].sort()
  const differences = paths.flatMap((path) => {
    const difference = describe(expected.get(path), actual.get(path))
    return difference === undefined ? [] : [`${path}: ${difference}`]
  })
  const limit = options.limit ?? 20
  if (differences.length <= limit) return differences
  return [...differences.slice(0, limit), `… and ${differences.length - limit} more`]
}

type Entry =
  | { readonly kind: 'file'; readonly mode: number; readonly content: Buffer }
  | { readonly kind: 'directory'; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }

/** Every path below a directory, relative to it. */
export function treeEntries(root: string, options: TreeDiffOptions = {}): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  const visit = (dir: string): void => {
    for (const name of readdirSync(`${root}/${dir}`).sort()) {
      const path = dir === '' ? name : `${dir}/${name}`
      if (options.skip?.(path) === true) continue
      const entry = entryAt(root, path, options)
      entries.set(path, entry)
      if (entry.kind === 'directory') visit(path)
    }
  }
  visit('')
  return entries
}

function entryAt(root: string, path: string, { content }: TreeDiffOptions): Entry {
  const file = `${root}/${path}`
  const stats = lstatSync(file)
  const mode = stats.mode & 0o7777
  if (stats.isSymbolicLink()) return { kind: 'link', target: readlinkSync(file) }
  if (stats.isDirectory()) return { kind: 'directory', mode }
  const bytes = readFileSync(file)
  return { kind: 'file', mode, content: content === undefined ? bytes : content(path, bytes) }
}

function describe(left: Entry | undefined, right: Entry | undefined): string | undefined {
  if (left === undefined) return `only on the right (${right?.kind ?? ''})`
  if (right === undefined) return `only on the left (${left.kind})`
  if (left.kind !== right.kind) return `${left.kind} on the left, ${right.kind} on the right`
  if (left.kind === 'link') {
    const target = right.kind === 'link' ? right.target : ''
    return left.target === target ? undefined : `points to ${left.target} on the left, ${target} on the right`
  }
  if (right.kind !== 'link' && left.mode !== right.mode) {
    return `mode ${left.mode.toString(8)} on the left, ${right.mode.toString(8)} on the right`
  }
  if (left.kind === 'directory' || right.kind !== 'file' || left.content.equals(right.content)) return undefined
  return `content differs${firstDifference(left.content, right.content)}`
}

function firstDifference(left: Buffer, right: Buffer): string {
  let at = 0
  while (at < left.length && left[at] === right[at]) at++
  const around = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1', Math.max(0, at - 10), at + 30))
  return ` at byte ${at}: ${around(left)} on the left, ${around(right)} on the right`
}
