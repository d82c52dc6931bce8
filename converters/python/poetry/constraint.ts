/**
 * Poetry's version constraints (https://python-poetry.org/docs/dependency-specification/): `^1.2`, `~1.2`, `1.*`, `>=1,<2`, `1.2.3`,
 * joined by `||`. Each alternative becomes a list of PEP 440 specifiers, and the standard does the rest.
 */
import { findSpecifiers, satisfies, type Operator, type Specifier } from '../standards/specifier.ts'
import { compareVersions, parseVersion, type Version } from '../standards/version.ts'

/** Alternatives, each a text of PEP 440 specifiers ('' for any version); undefined when the text is no constraint. */
export function findAlternatives(constraint: string): readonly string[] | undefined {
  const alternatives = constraint.split('||').flatMap((part) => part.split('|'))
  const lists = alternatives.map(findClauses)
  return lists.every((list) => list !== undefined) ? lists.map((list) => list.join(',')) : undefined
}

/** Whether a version is allowed. Undefined constraints allow nothing. */
export function allows(constraint: string, version: string): boolean {
  return (findAlternatives(constraint) ?? []).some((alternative) => {
    const specifiers = findSpecifiers(alternative)
    if (specifiers === undefined || !satisfies(version, withoutOutdone(specifiers), { prereleases: true })) return false
    return !isJustAbove(parseVersion(version), specifiers)
  })
}

/** For Poetry clauses are one range: where another one begins above 1.0, `>1.0` no longer keeps post-releases of 1.0 out. */
function withoutOutdone(specifiers: readonly Specifier[]): readonly Specifier[] {
  const beginsAbove = (version: Version) =>
    specifiers.some(
      (other) => other.operator !== '===' && isBegin.has(other.operator) && compareVersions(other.version, version) > 0,
    )
  return specifiers.filter((one) => one.operator !== '>' || !beginsAbove(one.version))
}

const isBegin: ReadonlySet<Operator> = new Set(['>=', '>', '~='])

/**
 * Beside another clause, `!=1.0` is `<1.0` or `>1.0` for Poetry, and no post-release of 1.0 is `>1.0`: unless that clause itself
 * begins above 1.0.
 */
function isJustAbove(version: Version | undefined, specifiers: readonly Specifier[]): boolean {
  if (version?.post === undefined || specifiers.length === 1) return false
  const { post: _, dev: __, local: ___, ...base } = version
  return specifiers.some((one) => {
    if (one.operator !== '!=' || one.isPrefix || compareVersions(one.version, base) !== 0) return false
    return !specifiers.some(
      (other) => other.operator !== '===' && isLower.has(other.operator) && compareVersions(other.version, base) > 0,
    )
  })
}

const isLower: ReadonlySet<Operator> = new Set(['>=', '>', '~=', '=='])

/** A constraint of Python itself as an environment marker; undefined where it allows every version. */
export function pythonMarker(constraint: string): string | undefined {
  const alternatives = (findAlternatives(constraint) ?? []).map((alternative) => {
    const clauses = alternative.split(',').filter((clause) => clause !== '')
    return clauses.map(clauseMarker).join(' and ')
  })
  if (alternatives.length === 0 || alternatives.includes('')) return undefined
  return alternatives.length === 1 ? alternatives[0] : alternatives.map((one) => `(${one})`).join(' or ')
}

/**
 * A constraint of Python itself as one list of PEP 440 specifiers. A gap between alternatives becomes exclusions of the minor
 * versions in it; '' for any Python.
 */
export function pythonSpecifiers(constraint: string): string | undefined {
  const alternatives = findAlternatives(constraint)
  if (alternatives === undefined) return undefined
  const [only = ''] = alternatives
  if (alternatives.length === 1) return only
  if (alternatives.includes('')) return ''
  const refused = knownMinors.filter((minor) => !alternatives.some((one) => mayHold(one, minor)))
  return refused.map((minor) => `!=${minor}.*`).join(',')
}

/** Python 2.7 and 3.0 to 3.30. */
const knownMinors = ['2.7', ...Array.from({ length: 31 }, (_, minor) => `3.${minor}`)]

/** Whether some release of that minor version is in the list; a first, a middle and a last one stand for all. */
function mayHold(specifiers: string, minor: string): boolean {
  const list = findSpecifiers(specifiers) ?? []
  return ['0', '9', '999'].some((patch) => satisfies(`${minor}.${patch}`, list, { prereleases: true }))
}

/** Poetry compares whole versions (`!=3.12` is 3.12.0 alone), except that `3.12` is every 3.12. */
function clauseMarker(clause: string): string {
  const [, operator = '', version = ''] = /^([<>=!~]+)\s*(.*)$/.exec(clause) ?? []
  const isMinor = operator === '==' && /^\d+\.\d+$/.test(version)
  return `${isMinor ? 'python_version' : 'python_full_version'} ${operator} "${version}"`
}

/** Clauses that must all hold; undefined when one of them is not understood. */
function findClauses(text: string): readonly string[] | undefined {
  const trimmed = text.trim().replace(/,$/, '').trim()
  // A comma, or a space between two clauses but not behind an operator.
  const parts = trimmed === '' ? [] : trimmed.split(/\s*,\s*|(?<![\^~=<>!\s,])\s+/)
  const clauses = parts.map(findClause)
  return clauses.every((clause) => clause !== undefined) ? clauses.filter((clause) => clause !== '') : undefined
}

function findClause(text: string): string | undefined {
  if (/^(?:==)?v?[xX*](?:\.[xX*])*$/.test(text)) return ''
  const [, operator = '', rest = ''] = /^(\^|~=|~|<>|!=|>=|<=|===|==|=|>|<)?\s*(.*)$/s.exec(text) ?? []
  const isPrefix = /^v?\d+(?:\.\d+)*(?:\.\*)+$/.test(rest)
  if (isPrefix) return prefixClause(operator, rest.replace(/(?:\.\*)+$/, '').replace(/^v/, ''))
  const version = parseVersion(rest)
  if (version === undefined) return undefined
  if (operator === '^') return `>=${rest},<${caretEnd(version)}`
  if (operator === '~') return `>=${rest},<${tildeEnd(version)}`
  if (operator === '' || operator === '=') return `==${rest}`
  return `${operator === '<>' ? '!=' : operator}${rest}`
}

function prefixClause(operator: string, version: string): string | undefined {
  if (operator === '' || operator === '==' || operator === '=') return `==${version}.*`
  if (operator === '!=' || operator === '<>') return `!=${version}.*`
  // Of an order Poetry passes the wildcard over.
  return /^[<>]=?$/.test(operator) ? `${operator}${version}` : undefined
}

/** The next version with another first part that is not 0; of zeros alone, the last one counts. */
function caretEnd({ epoch, release }: Version): string {
  const first = release.findIndex((part) => part !== 0)
  return bump(epoch, release, first === -1 ? release.length - 1 : first)
}

function tildeEnd({ epoch, release }: Version): string {
  return bump(epoch, release, release.length === 1 ? 0 : 1)
}

function bump(epoch: Version['epoch'], release: Version['release'], index: number): string {
  const parts = release.slice(0, index + 1).map((part, at) => (at === index ? BigInt(part) + 1n : part))
  return `${epoch === 0 ? '' : `${epoch}!`}${parts.join('.')}`
}

/** The higher version first; texts that are no versions last. */
export function byVersionDescending(a: string, b: string): number {
  const left = parseVersion(a)
  const right = parseVersion(b)
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined)
  return compareVersions(right, left)
}
