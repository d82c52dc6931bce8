/**
 * Versions of Python packages (https://packaging.python.org/en/latest/specifications/version-specifiers/, PEP 440): every spelling
 * that PyPA's `packaging` reads, its order, its normal form.
 */
import { fail, shown, type Where } from '../../../src/problem.ts'

/** A number of a version; a bigint only where a number would not be exact. */
export type Numeral = number | bigint

export interface Version {
  readonly epoch: Numeral
  /** At least one number; trailing zeros as written. */
  readonly release: readonly [Numeral, ...Numeral[]]
  readonly pre?: { readonly letter: 'a' | 'b' | 'rc'; readonly number: Numeral } | undefined
  readonly post?: Numeral | undefined
  readonly dev?: Numeral | undefined
  /** Of the part behind `+`; words in lower case. */
  readonly local?: readonly (Numeral | string)[] | undefined
}

/** What Python takes for white space. */
export const PYTHON_SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'

const PATTERN = new RegExp(
  `^${PYTHON_SPACE}*v?(?:(\\d+)!)?(\\d+(?:\\.\\d+)*)` +
    '(?:[._-]?(alpha|a|beta|b|preview|pre|c|rc)[._-]?(\\d+)?)?' +
    '(?:-(\\d+)|[._-]?(post|rev|r)[._-]?(\\d+)?)?' +
    '(?:[._-]?(dev)[._-]?(\\d+)?)?' +
    `(?:\\+([a-z0-9]+(?:[._-][a-z0-9]+)*))?${PYTHON_SPACE}*$`,
  'i',
)
/** Far longer than any file name; keeps hostile numbers small. */
const LONGEST = 1000

const LETTERS: Readonly<Record<string, 'a' | 'b' | 'rc'>> = {
  a: 'a',
  alpha: 'a',
  b: 'b',
  beta: 'b',
  c: 'rc',
  rc: 'rc',
  pre: 'rc',
  preview: 'rc',
}

/** undefined when the text is no version. `V1.0-ALPHA.1` → that of `1.0a1`. */
export function parseVersion(text: string): Version | undefined {
  // The files of a package stand beside each other, and their names hold one version.
  if (text !== last.text) last = { text, version: readVersion(text) }
  return last.version
}

let last: { readonly text: string; readonly version: Version | undefined } = { text: '', version: undefined }

function readVersion(text: string): Version | undefined {
  if (text.length > LONGEST) return undefined
  if (PLAIN.test(text)) return plainVersion(text)
  const match = PATTERN.exec(text)
  if (match === null) return undefined
  const [, epoch, release = '', letter, pre, implicitPost, post, postNumber, dev, devNumber, local] = match
  const [first = '', ...rest] = release.split('.')
  const kind = letter === undefined ? undefined : LETTERS[letter.toLowerCase()]
  return {
    epoch: numeral(epoch),
    release: [numeral(first), ...rest.map(numeral)],
    pre: kind && { letter: kind, number: numeral(pre) },
    post: implicitPost !== undefined || post !== undefined ? numeral(implicitPost ?? postNumber) : undefined,
    dev: dev === undefined ? undefined : numeral(devNumber),
    local: local?.split(/[._-]/).map((part) => (/^\d+$/.test(part) ? numeral(part) : part.toLowerCase())),
  }
}

/** Nearly all: only to compile the whole expression takes longer than to read hundreds of these. */
const PLAIN = /^\d+(?:\.\d+)*$/

function plainVersion(text: string): Version {
  const [first = '', ...rest] = text.split('.')
  const release: Version['release'] = [numeral(first), ...rest.map(numeral)]
  return { epoch: 0, release, pre: undefined, post: undefined, dev: undefined, local: undefined }
}

/** Throws `name-invalid`. */
export function getVersion(text: string, where?: Where): Version {
  const version = parseVersion(text)
  if (version !== undefined) return version
  return fail({ code: 'name-invalid', message: `${shown(text)} is not a version of a Python package (PEP 440)`, where })
}

/** The normal form: `1.0-ALPHA.1` → `1.0a1`. */
export function printVersion(version: Version): string {
  const { epoch, release, pre, post, dev, local } = version
  return [
    epoch === 0 ? '' : `${epoch}!`,
    release.join('.'),
    pre === undefined ? '' : `${pre.letter}${pre.number}`,
    post === undefined ? '' : `.post${post}`,
    dev === undefined ? '' : `.dev${dev}`,
    local === undefined ? '' : `+${local.join('.')}`,
  ].join('')
}

/** The normal form of a text that is a version; any other text as it is. */
export function normalizeVersion(text: string): string {
  const version = parseVersion(text)
  return version === undefined ? text : printVersion(version)
}

export function isPrerelease(version: Version): boolean {
  return version.pre !== undefined || version.dev !== undefined
}

/** Without the part behind `+`. */
export function publicVersion(version: Version): Version {
  return version.local === undefined ? version : { ...version, local: undefined }
}

/** Negative, 0 or positive. `1.0` and `1` are equal; a local version follows its public one. */
export function compareVersions(a: Version, b: Version): number {
  if (a === b) return 0
  return (
    compareNumerals(a.epoch, b.epoch) ||
    compareReleases(a.release, b.release) ||
    comparePhases(a, b) ||
    compareLocals(a.local, b.local)
  )
}

/** Trailing zeros do not count. */
export function compareReleases(a: readonly Numeral[], b: readonly Numeral[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = compareNumerals(a[index] ?? 0, b[index] ?? 0)
    if (order !== 0) return order
  }
  return 0
}

function comparePhases(a: Version, b: Version): number {
  const left = phase(a)
  const right = phase(b)
  for (const [index, number] of left.entries()) {
    const order = compareNumerals(number, right[index] ?? 0)
    if (order !== 0) return order
  }
  return 0
}

/** dev < a < b < rc < final, each of them before its post release and after its dev release. */
function phase({ pre, post, dev }: Version): readonly Numeral[] {
  const isOnlyDev = pre === undefined && post === undefined && dev !== undefined
  const rank = pre === undefined ? (isOnlyDev ? -1 : 3) : ['a', 'b', 'rc'].indexOf(pre.letter)
  return [rank, pre?.number ?? 0, post === undefined ? 0 : 1, post ?? 0, dev === undefined ? 1 : 0, dev ?? 0]
}

function compareLocals(a: Version['local'], b: Version['local']): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  for (const [index, part] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    const order = compareLocalParts(part, other)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Words come before numbers. */
function compareLocalParts(a: Numeral | string, b: Numeral | string): number {
  if (typeof a === 'string') return typeof b !== 'string' || a < b ? -1 : Number(a > b)
  return typeof b === 'string' ? 1 : compareNumerals(a, b)
}

export function compareNumerals(a: Numeral, b: Numeral): number {
  return Number(a > b) - Number(a < b)
}

function numeral(digits: string | undefined): Numeral {
  const number = Number(digits ?? 0)
  return Number.isSafeInteger(number) ? number : BigInt(digits ?? 0)
}
