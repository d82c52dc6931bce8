/**
 * A range of a manifest, raised to a newer release in the style in which it is written: `^1.2` → `^3.4.1`, `>=1.2,<2` → `>=3.4.1,<4`,
 * `~=1.2` → `~=3.4`, `==1.2` → `==3.4.1`. PEP 440's specifiers and Poetry's constraints alike; what stands between clauses stays.
 */
import type { NonEmpty } from '../../../src/model/source.ts'
import {
  compareVersions,
  isPrerelease,
  parseVersion,
  printVersion,
  publicVersion,
  type Numeral,
  type Version,
} from '../standards/version.ts'

/** Whether a version is in a range, as the tool understands it. */
export type Allows = (range: string, version: string) => boolean

/** The range without what keeps newer releases out; '' for any version. undefined: it keeps none out, or names one text alone (`===`). */
export function loosenRange(range: string): string | undefined {
  const clauses = clausesOf(lastAlternative(range))
  if (clauses.some(({ operator }) => operator === '===')) return undefined
  const kept = clauses.flatMap(loosenClause)
  const isSame = kept.length === clauses.length && clauses.every((clause) => endless.has(clause.operator))
  return isSame ? undefined : kept.join(',')
}

/**
 * `versions`: what is locked of it where nothing kept newer ones out. undefined: the range allows them already, or no range of its style
 * allows them all. Of several alternatives the last one is raised, and stands for all.
 */
export function raiseRange(range: string, versions: NonEmpty<string>, allows: Allows): string | undefined {
  const allowsAll = (text: string) => versions.every((version) => allows(text, version))
  const parsed = versions.flatMap((text) => parseVersion(text) ?? []).sort(compareVersions)
  const [lowest, highest] = [parsed[0], parsed.at(-1)]
  if (lowest === undefined || highest === undefined || allowsAll(range)) return undefined
  const raised = lastAlternative(range).replace(CLAUSE, (written, operator = '', space = '', text = '') => {
    const clause = { operator, text }
    const isMet = versions.every((version) => allows(`${operator}${text}`, version))
    const isKept = text === '*' || operator === '!=' || operator === '<>' || (isMet && operator.startsWith('<'))
    return isKept ? written : raiseClause(clause, space, { lowest, highest })
  })
  return allowsAll(raised) ? raised : undefined
}

interface Clause {
  /** '' of Poetry's `1.2`. */
  readonly operator: string
  readonly text: string
}

const CLAUSE = /(\^|~=|~|={1,3}|!=|<>|>=|<=|>|<)?(\s*)([\w*][\w.*+!-]*)/g

/** Operators that keep nothing newer out. */
const endless: ReadonlySet<string> = new Set(['>=', '>', '!=', '<>'])

function clausesOf(range: string): readonly Clause[] {
  return [...range.matchAll(CLAUSE)]
    .map(([, operator = '', , text = '']) => ({ operator, text }))
    .filter(({ text }) => text !== '*')
}

function lastAlternative(range: string): string {
  return range.slice(range.lastIndexOf('|') + 1).trimStart()
}

function loosenClause({ operator, text }: Clause): readonly string[] {
  if (endless.has(operator)) return [`${operator}${text}`]
  if (operator === '<' || operator === '<=') return []
  const version = parseVersion(text.replace(/(?:\.\*)+$/, ''))
  return version === undefined ? [] : [`>=${printVersion(publicVersion(version))}`]
}

interface Bounds {
  readonly lowest: Version
  readonly highest: Version
}

function raiseClause({ operator, text }: Clause, space: string, { lowest, highest }: Bounds): string {
  const isPrefix = text.endsWith('.*')
  const written = parseVersion(text.replace(/(?:\.\*)+$/, ''))?.release ?? [0]
  switch (operator) {
    case '<':
      return `<${space}${endAbove(highest, written)}`
    case '<=':
      return `<=${space}${printVersion(publicVersion(highest))}`
    case '>':
    case '>=':
      return `>=${space}${printVersion(publicVersion(lowest))}`
    case '~=':
      return `~=${space}${shorten(lowest, written.length)}`
    case '~':
      return `~${space}${written.length === 1 ? shorten(lowest, 1) : printVersion(publicVersion(lowest))}`
    case '^':
      return `^${space}${printVersion(publicVersion(lowest))}`
    default:
      return `${operator}${space}${isPrefix ? `${shorten(lowest, written.length)}.*` : printVersion(lowest)}`
  }
}

/** The next end of the kind that is written: of `<2.0` the next major version, of `<1.3` the next minor one. */
function endAbove(version: Version, written: readonly Numeral[]): string {
  const last = written.findLastIndex((part) => part !== 0)
  const position = last === -1 ? 0 : last
  const parts = written.map((_, index): Numeral => {
    const part = version.release[index] ?? 0
    if (index < position) return part
    return index === position ? BigInt(part) + 1n : 0
  })
  return release(version, parts)
}

/** With so many numbers as the range has; a prerelease is named whole, because the numbers alone come after it. */
function shorten(version: Version, length: number): string {
  if (isPrerelease(version)) return printVersion(publicVersion(version))
  return release(
    version,
    Array.from({ length }, (_, index) => version.release[index] ?? 0),
  )
}

function release({ epoch }: Version, [first = 0, ...rest]: readonly Numeral[]): string {
  return printVersion({ epoch, release: [first, ...rest] })
}
