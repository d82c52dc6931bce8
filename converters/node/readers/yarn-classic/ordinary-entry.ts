/**
 * Entries of yarn.lock as yarn writes nearly all of them, read by one expression instead of a step per character and line, which
 * counts while nothing is compiled yet. What is not exactly that is left to the strict reader, right or wrong.
 */
import { YarnEntry } from './yarn-entry.ts'
import type { LockText, NamedRange } from './yarn-entry.ts'

/** UTF-16 code units of a file: an expression that has to come back over more than twice of it overflows V8's stack. */
const TEXT_LIMIT = 16 * 1024 * 1024
/** Less than a line may have, so that no line needs to be looked at. */
const ENTRY_LIMIT = 512 * 1024

export interface OrdinaryEntry {
  readonly entry: YarnEntry
  /** There begins another one, or the file ends. */
  readonly end: number
}

/** The entry that begins at the offset; undefined: it has to be read line by line. */
export function readOrdinaryEntry(source: LockText, at: number): OrdinaryEntry | undefined {
  if (source.text.length > TEXT_LIMIT) return undefined
  ordinaryEntry.lastIndex = at
  const match = ordinaryEntry.exec(source.text)
  if (match === null || match[0].length > ENTRY_LIMIT) return undefined
  const dependencies = readMembers(match[6])
  const optionalDependencies = readMembers(match[7])
  if (dependencies === undefined || optionalDependencies === undefined) return undefined
  const entry = new YarnEntry(readPatterns(match[1] ?? ''), source, at)
  entry.version = match[2]
  entry.resolved = match[3]
  entry.integrity = match[4] ?? match[5]
  entry.dependencies = dependencies
  entry.optionalDependencies = optionalDependencies
  return { entry, end: ordinaryEntry.lastIndex }
}

function readPatterns(text: string): readonly string[] {
  if (!text.includes(', ')) return [unquoted(text)]
  return text.split(', ').map(unquoted)
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1) : text
}

/** In yarn's order, in which nothing can stand twice; undefined: they are not. */
function readMembers(lines: string | undefined): readonly NamedRange[] | undefined {
  if (lines === undefined) return none
  const members: NamedRange[] = []
  let last = ''
  for (member.lastIndex = 0; member.lastIndex < lines.length;) {
    const match = member.exec(lines)
    const name = match?.[1] ?? match?.[2] ?? ''
    if (match === null || name <= last) return undefined
    last = name
    members.push([name, match[3] ?? match[4] ?? ''])
  }
  return members
}

const none: readonly never[] = []

/** Words of which the strict reader would make nothing else: those without quotes begin with a letter, and neither is escaped. */
const bare = '[A-Za-z][^ :,"\\\\\\s]*'
const pattern = `(?:"[^_",\\\\\\n][^",\\\\\\n]*"|${bare})`
const quoted = '"([^"\\\\\\n]*)"'
const value = `(?:${quoted}|(?!(?:true|false)\\n)(${bare}))`
const members = '((?: {4}[^ \\n][^\\n]*\\n)+)'

const ordinaryEntry = new RegExp(
  `(${pattern}(?:, ${pattern})*):\\n  version (?="\\d)${quoted}\\n(?:  resolved ${quoted}\\n)?(?:  integrity ${value}\\n)?` +
    `(?:  dependencies:\\n${members})?(?:  optionalDependencies:\\n${members})?(?:\\n|$)(?=["A-Za-z]|$)`,
  'y',
)
const member = new RegExp(` {4}(?:${quoted}|(${bare})) ${value}\\n`, 'y')
