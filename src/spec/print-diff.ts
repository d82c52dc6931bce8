/** A diff of two specs as lines for a person. */
import { shown } from '../problem.ts'
import type { SpecDiff } from './diff.ts'

export interface PrintDiffOptions {
  /** Lines per kind of change; the rest is counted. 20 unless given. */
  readonly limit?: number
}

/** `+ ms 2.1.3`, `- ms 2.0.0`, `~ ms 2.0.0 → 2.1.3`, `! ms@2.1.3: another hash`. Empty when nothing differs. */
export function printDiff(diff: SpecDiff, { limit = 20 }: PrintDiffOptions = {}): readonly string[] {
  const kinds: readonly (readonly string[])[] = [
    diff.added.map(({ name, versions }) => `+ ${bare(name)} ${list(versions)}`),
    diff.removed.map(({ name, versions }) => `- ${bare(name)} ${list(versions)}`),
    diff.updated.map(({ name, from, to }) => `~ ${bare(name)} ${list(from)} → ${list(to)}`),
    diff.replaced.map(({ id, fields }) => `! ${bare(id)}: the same version with another ${fields.join(', ')}`),
    diff.other.map((line) => `  ${bare(line)}`),
  ]
  return kinds.flatMap((lines) => shorten(lines, limit))
}

function shorten(lines: readonly string[], limit: number): readonly string[] {
  if (lines.length <= limit) return lines
  return [...lines.slice(0, limit), `${lines[0]?.[0] ?? ' '} … and ${lines.length - limit} more`]
}

function list(versions: readonly string[]): string {
  return versions.map(bare).join(', ')
}

/** Quoted only when it needs to be. */
function bare(text: string): string {
  return /^[\w@/.+~#:(),→ -]+$/.test(text) && text.length <= 120 ? text : shown(text)
}
