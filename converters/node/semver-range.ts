/**
 * Versions of npm packages (https://semver.org) and whether one lies in a range (https://github.com/npm/node-semver#ranges):
 * `^1.2`, `~1.2.3`, `1.x`, `>=1 <2`, `1.0 - 2.0`, `a || b`. Needed to tell whether the locked version still fits what package.json
 * asks for, and how two locked versions compare.
 */

export interface Version {
  readonly numbers: readonly [number, number, number]
  readonly pre: readonly string[]
}

interface Comparator {
  readonly operator: '<' | '<=' | '>' | '>=' | '='
  readonly version: Version
}

const VERSION = /^[v=\s]*(\d+)\.(\d+)\.(\d+)(?:-?([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/
const PARTIAL =
  /^(<=|>=|<|>|=|~>?|\^)?\s*[v=\s]*([xX*]|\d+)?(?:\.([xX*]|\d+)(?:\.([xX*]|\d+)(?:-?([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?)?)?$/

/** undefined when no part of the text is a range (a tag, a URL). npm passes over parts that are none. */
export function satisfies(version: string, range: string): boolean | undefined {
  const usual = satisfiesUsual(version, range)
  if (usual !== undefined) return usual
  const parsed = parseVersion(version)
  const alternatives = range.split('||').flatMap((part) => {
    const comparators = parseAlternative(part.trim())
    return comparators === undefined ? [] : [comparators]
  })
  if (parsed === undefined || alternatives.length === 0) return undefined
  // node-semver lets "any version", which no prerelease fits, stand for the whole range.
  const all = alternatives.find(isAny)
  return (all === undefined ? alternatives : [all]).some((comparators) => fits(parsed, comparators))
}

/** Whether a text is a range of versions, rather than a tag or a URL. */
export function isRange(text: string): boolean {
  return USUAL_RANGE.test(text) || satisfies('0.0.0', text) !== undefined
}

/** Nearly every question: `1.2.3` in `^1.2.0`, `~1.2.0` or `1.2.3`. undefined: it is another one. */
function satisfiesUsual(version: string, range: string): boolean | undefined {
  const wanted = USUAL_RANGE.exec(range)
  const found = wanted === null ? null : USUAL_VERSION.exec(version)
  if (wanted === null || found === null) return undefined
  // By index, one by one: destructuring iterates, which costs more than all else here.
  const major = Number(found[1])
  const minor = Number(found[2])
  const patch = Number(found[3])
  const lowMajor = Number(wanted[2])
  const lowMinor = Number(wanted[3])
  const lowPatch = Number(wanted[4])
  const isLower =
    major < lowMajor || (major === lowMajor && (minor < lowMinor || (minor === lowMinor && patch < lowPatch)))
  switch (wanted[1]) {
    case '^':
      if (lowMajor > 0) return !isLower && major === lowMajor
      // Below 1.0.0, a caret keeps more than the first number.
      return lowMinor > 0 ? !isLower && major === 0 && minor === lowMinor : undefined
    case '~':
      return !isLower && major === lowMajor && minor === lowMinor
    default:
      return major === lowMajor && minor === lowMinor && patch === lowPatch
  }
}

const USUAL_RANGE = /^([\^~]?)(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/
const USUAL_VERSION = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/

/**
 * yarn's rule for peers: prereleases count like any version, but those of an upper bound do not lie below it: 2.0.0-rc.1 is in
 * `>=1.0.0`, and not in `<2.0.0`.
 */
export function satisfiesWithPrereleases(version: string, range: string): boolean {
  const parsed = parseVersion(version)
  if (parsed === undefined) return false
  return range.split('||').some((part) => {
    const comparators = parseAlternative(part.trim())
    return comparators?.every((comparator) => holds(parsed, lowered(comparator))) === true
  })
}

function lowered(comparator: Comparator): Comparator {
  const { operator, version } = comparator
  if (operator !== '<' || version.pre.length > 0) return comparator
  return { operator, version: { ...version, pre: ['0'] } }
}

function isAny(comparators: readonly Comparator[]): boolean {
  return comparators.every(isLowest)
}

/** `>=0.0.0` is taken for "any version", so even a prerelease of 0.0.0 passes it. */
function isLowest({ operator, version: { numbers, pre } }: Comparator): boolean {
  return operator === '>=' && pre.length === 0 && numbers.every((n) => n === 0)
}

/** undefined when the text is no version. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text.trim())
  if (match === null) return undefined
  return {
    numbers: [Number(match[1]), Number(match[2]), Number(match[3])],
    pre: match[4] === undefined ? [] : match[4].split('.'),
  }
}

/** Empty: any version. undefined: no word of it is a range. */
function parseAlternative(text: string): readonly Comparator[] | undefined {
  if (text === '') return []
  const hyphen = /^(\S+)\s+-\s+(\S+)$/.exec(text)
  const from = parsePartial(`>=${hyphen?.[1] ?? '-'}`)
  const to = parsePartial(`<=${hyphen?.[2] ?? '-'}`)
  if (from !== undefined && to !== undefined) return [...from, ...to]
  const words = text.replace(/(<=|>=|<|>|=|~>?|\^)\s+/g, '$1').split(/\s+/)
  const known = words.map(parsePartial).filter((comparators) => comparators !== undefined)
  return known.length === 0 ? undefined : known.flat()
}

function parsePartial(text: string): readonly Comparator[] | undefined {
  const match = PARTIAL.exec(text)
  if (match === null) return undefined
  const [, operator = '', ...parts] = match
  const given = parts.slice(0, 3).map((part) => (part === undefined || /^[xX*]$/.test(part) ? undefined : Number(part)))
  const wild = given.indexOf(undefined)
  const precision = wild === -1 ? 3 : wild
  const pre = precision === 3 && parts[3] !== undefined ? parts[3].split('.') : []
  const low: Version = {
    numbers: [given[0] ?? 0, precision > 1 ? (given[1] ?? 0) : 0, precision > 2 ? (given[2] ?? 0) : 0],
    pre,
  }
  return expandOperator(operator, low, precision)
}

/** `precision`: how many of the three numbers were given. */
function expandOperator(operator: string, low: Version, precision: number): readonly Comparator[] {
  const from: Comparator = { operator: '>=', version: low }
  switch (operator) {
    case '^':
      return precision === 0 ? [] : [from, below(low, caretPosition(low, precision))]
    case '~':
    case '~>':
      return precision === 0 ? [] : [from, below(low, Math.min(precision, 2) - 1)]
    case '':
    case '=':
      if (precision === 3) return [{ operator: '=', version: low }]
      return precision === 0 ? [] : [from, below(low, precision - 1)]
    case '>=':
      return precision === 0 ? [] : [from]
    case '<':
      return precision === 0
        ? [nothing]
        : [precision === 3 ? { operator: '<', version: low } : { operator: '<', version: { ...low, pre: ['0'] } }]
    case '>':
      if (precision === 0) return [nothing]
      return [
        precision === 3 ? { operator: '>', version: low } : { operator: '>=', version: next(low, precision - 1, []) },
      ]
    default:
      if (precision === 0) return []
      return [precision === 3 ? { operator: '<=', version: low } : below(low, precision - 1)]
  }
}

const nothing: Comparator = { operator: '<', version: { numbers: [0, 0, 0], pre: ['0'] } }

/** `^` keeps the first number that is not 0, as far as numbers were given. */
function caretPosition({ numbers }: Version, precision: number): number {
  const first = numbers.findIndex((n, index) => n !== 0 && index < precision)
  return first === -1 ? precision - 1 : first
}

function below(version: Version, position: number): Comparator {
  return { operator: '<', version: next(version, position, ['0']) }
}

function next({ numbers }: Version, position: number, pre: readonly string[]): Version {
  const [major, minor, patch] = numbers
  if (position === 0) return { numbers: [major + 1, 0, 0], pre }
  if (position === 1) return { numbers: [major, minor + 1, 0], pre }
  return { numbers: [major, minor, patch + 1], pre }
}

function fits(version: Version, comparators: readonly Comparator[]): boolean {
  if (!comparators.every((comparator) => holds(version, comparator))) return false
  if (version.pre.length === 0) return true
  // A prerelease is wanted only by a range that names a prerelease of the same version.
  return comparators.some(
    ({ version: wanted }) => wanted.pre.length > 0 && wanted.numbers.every((n, index) => n === version.numbers[index]),
  )
}

function holds(version: Version, comparator: Comparator): boolean {
  if (isLowest(comparator)) return true
  const { operator, version: other } = comparator
  const order = compareVersions(version, other)
  switch (operator) {
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '=':
      return order === 0
  }
}

/** Negative, 0 or positive; build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0
    if (number !== other) return number - other
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length
  return comparePre(a.pre, b.pre)
}

function comparePre(a: readonly string[], b: readonly string[]): number {
  for (const [index, word] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    if (word === other) continue
    const isNumber = /^\d+$/.test(word)
    if (isNumber !== /^\d+$/.test(other)) return isNumber ? -1 : 1
    if (isNumber) return Number(word) - Number(other)
    return word < other ? -1 : 1
  }
  return a.length - b.length
}
