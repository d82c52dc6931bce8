/**
 * Version specifiers (https://packaging.python.org/en/latest/specifications/version-specifiers/#version-specifiers, PEP 440):
 * `>=1.2,<2`, `==1.*`, `~=2.3.1`, `!=1.0`, `===any text`. Reads and decides like PyPA's `packaging`.
 */
import { fail, shown, type Where } from '../../../src/problem.ts'
import {
  compareNumerals,
  compareReleases,
  compareVersions,
  isPrerelease,
  parseVersion,
  printVersion,
  publicVersion,
  PYTHON_SPACE,
  type Numeral,
  type Version,
} from './version.ts'

export type Operator = '==' | '!=' | '<=' | '>=' | '<' | '>' | '~='

export type Specifier =
  | {
      readonly operator: Operator
      readonly version: Version
      /** `==1.2.*` */
      readonly isPrefix: boolean
    }
  | { readonly operator: '==='; readonly text: string }

export interface PrereleaseChoice {
  /** true: like any version; false: never; undefined: PEP 440's default. */
  readonly prereleases?: boolean | undefined
}

const RELEASE = 'v?(?:\\d+!)?\\d+(?:\\.\\d+)*'
const PRE = '(?:[-_.]?(?:alpha|beta|preview|pre|a|b|c|rc)[-_.]?\\d*)?'
const POST = '(?:-\\d+|[-_.]?(?:post|rev|r)[-_.]?\\d*)?'
const DEV = '(?:[-_.]?dev[-_.]?\\d*)?'
const LOCAL = '(?:\\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?'

/** The expression of one specifier, without anchors; case does not count. */
export const SPECIFIER_PATTERN = [
  `===${PYTHON_SPACE}*(?:(?!${PYTHON_SPACE})[^;)])*`,
  `(?:==|!=)${PYTHON_SPACE}*${RELEASE}(?:\\.\\*|${PRE}${POST}${DEV}${LOCAL})`,
  `~=${PYTHON_SPACE}*v?(?:\\d+!)?\\d+(?:\\.\\d+)+${PRE}${POST}${DEV}`,
  `(?:<=|>=|<|>)${PYTHON_SPACE}*${RELEASE}${PRE}${POST}${DEV}`,
].join('|')

const WHOLE = new RegExp(`^(?:${SPECIFIER_PATTERN})$`, 'i')
const EDGES = new RegExp(`^${PYTHON_SPACE}+|${PYTHON_SPACE}+$`, 'g')

/** Empty: any version. Throws `requirement-invalid`. */
export function parseSpecifiers(text: string, where?: Where): readonly Specifier[] {
  const specifiers = findSpecifiers(text)
  if (specifiers !== undefined) return specifiers
  return fail({ code: 'requirement-invalid', message: `${shown(text)} is no list of version specifiers`, where })
}

/** undefined when the text is no list of specifiers. */
export function findSpecifiers(text: string): readonly Specifier[] | undefined {
  const specifiers: Specifier[] = []
  for (const part of text.split(',')) {
    if (part === '') continue
    const specifier = findSpecifier(part)
    if (specifier !== undefined) specifiers.push(specifier)
    else if (part.replace(EDGES, '') !== '') return undefined
  }
  return specifiers
}

/** undefined when the text is no single specifier. */
export function findSpecifier(text: string): Specifier | undefined {
  if (PLAIN.test(text)) return splitSpecifier(text)
  const trimmed = text.replace(EDGES, '')
  if (!WHOLE.test(trimmed)) return undefined
  if (trimmed.startsWith('===')) return { operator: '===', text: trimmed.slice(3).replace(EDGES, '') }
  return splitSpecifier(trimmed)
}

/** Nearly all, as they are: to compile the whole expression takes longer than to read hundreds of these. */
const PLAIN = /^(?:[<>]=?|[=!]=)\d+(?:\.\d+)*$/

function splitSpecifier(text: string): Specifier | undefined {
  const operator = operators.find((known) => text.startsWith(known))
  if (operator === undefined) return undefined
  const written = text.slice(operator.length)
  const isPrefix = written.endsWith('.*')
  const version = parseVersion(isPrefix ? written.slice(0, -2) : written)
  return version && { operator, version, isPrefix }
}

const operators: readonly Operator[] = ['==', '!=', '<=', '>=', '~=', '<', '>']

/**
 * Whether a version is among those that a list of specifiers describes. A prerelease is, unless `prereleases` is false.
 * A text that is no version fits only `===`.
 */
export function satisfies(
  version: Version | string,
  specifiers: readonly Specifier[],
  { prereleases }: PrereleaseChoice = {},
): boolean {
  const parsed = typeof version === 'string' ? parseVersion(version) : version
  if (parsed !== undefined && prereleases === false && isPrerelease(parsed)) return false
  const text = typeof version === 'string' ? version : printVersion(version)
  return specifiers.every((specifier) =>
    specifier.operator === '==='
      ? text.toLowerCase() === specifier.text.toLowerCase()
      : parsed !== undefined && fits(parsed, specifier),
  )
}

/**
 * Those that fit, in their order. By default prereleases are among them only if a specifier names one or nothing else fits.
 */
export function filterVersions(
  versions: readonly Version[],
  specifiers: readonly Specifier[],
  { prereleases = specifiers.some(namesPrerelease) || undefined }: PrereleaseChoice = {},
): readonly Version[] {
  const fitting = versions.filter((version) => satisfies(version, specifiers))
  if (prereleases === true) return fitting
  const finals = fitting.filter((version) => !isPrerelease(version))
  return prereleases === undefined && finals.length === 0 ? fitting : finals
}

function namesPrerelease(specifier: Specifier): boolean {
  if (specifier.operator === '!=') return false
  const version = specifier.operator === '===' ? parseVersion(specifier.text) : specifier.version
  return version !== undefined && isPrerelease(version)
}

function fits(version: Version, { operator, version: bound, isPrefix }: Exclude<Specifier, { operator: '===' }>) {
  switch (operator) {
    case '==':
      return isPrefix ? hasPrefix(version, bound) : isSame(version, bound)
    case '!=':
      return !(isPrefix ? hasPrefix(version, bound) : isSame(version, bound))
    case '>=':
      return compareVersions(version, bound) >= 0
    case '<=':
      return compareVersions(publicVersion(version), bound) <= 0
    case '<':
      // What comes before 1.0 are not its own prereleases.
      return compareVersions(version, isPrerelease(bound) ? bound : { ...bound, dev: 0, local: undefined }) < 0
    case '>':
      return isAbove(version, bound)
    case '~=':
      return compareVersions(version, bound) >= 0 && compareVersions(version, nextPrefix(bound, 1)) < 0
  }
}

/** A specifier without a local part means every local version. */
function isSame(version: Version, bound: Version): boolean {
  return compareVersions(bound.local === undefined ? publicVersion(version) : version, bound) === 0
}

function hasPrefix(version: Version, prefix: Version): boolean {
  const first = { epoch: prefix.epoch, release: prefix.release, dev: 0 }
  return compareVersions(version, first) >= 0 && compareVersions(version, nextPrefix(prefix, 0)) < 0
}

/** The first version behind all that begin with the release without its last `dropped` numbers: 1.2.3, 1 → 1.3.dev0. */
function nextPrefix({ epoch, release }: Version, dropped: number): Version {
  const [first, ...rest] = release
  const kept = rest.slice(0, rest.length - dropped)
  const last = kept.pop()
  if (last === undefined) return { epoch, release: [plusOne(first)], dev: 0 }
  return { epoch, release: [first, ...kept, plusOne(last)], dev: 0 }
}

/** What comes after 1.0 are not its own local versions and post releases. */
function isAbove(version: Version, bound: Version): boolean {
  if (bound.dev !== undefined) return compareVersions(version, { ...bound, dev: plusOne(bound.dev) }) >= 0
  if (bound.post !== undefined) return compareVersions(version, { ...bound, post: plusOne(bound.post), dev: 0 }) >= 0
  return compareVersions(version, bound) > 0 && !isOfFamily(version, bound)
}

function isOfFamily(version: Version, bound: Version): boolean {
  return (
    compareNumerals(version.epoch, bound.epoch) === 0 &&
    compareReleases(version.release, bound.release) === 0 &&
    version.pre?.letter === bound.pre?.letter &&
    version.pre?.number === bound.pre?.number
  )
}

function plusOne(number: Numeral): Numeral {
  if (typeof number === 'bigint') return number + 1n
  return Number.isSafeInteger(number + 1) ? number + 1 : BigInt(number) + 1n
}
