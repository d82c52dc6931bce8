/**
 * File names of wheels (https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention) and of
 * sdists. They come from lock files and indexes, so what they hold is checked: a name that is read is safe as a path component.
 */
import { isName, normalizeName } from './name.ts'
import type { TagSet } from './tags.ts'
import { parseVersion, type Numeral, type Version } from './version.ts'

export interface WheelName {
  /** Normalized. */
  readonly name: string
  readonly version: Version
  readonly build?: BuildTag | undefined
  /** The last three parts, in lower case: `cp310.cp311-abi3-manylinux2014_x86_64`. */
  readonly tags: string
}

/** Compared by number, then by suffix: `1`, `2rc`. */
export interface BuildTag {
  readonly number: Numeral
  readonly suffix: string
}

/** As file systems have it. */
export const LONGEST_FILE_NAME = 255

/** For people whose file is called otherwise. */
export const WHEEL_FORM = 'NAME-VERSION-PYTHON-ABI-PLATFORM.whl'

const STEM = /^([A-Za-z0-9_.]+)-([A-Za-z0-9_.!+]+)$/
const ENDING = /^(?:(\d+)([A-Za-z0-9_.!+]*)-)?([A-Za-z0-9_.]+-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+)\.whl$/
/** A part is a word, or words with single dots between; Python's tag must not begin with a digit. */
const TAGS = /^[a-z_]\w*(?:\.[a-z_]\w*)*-\w+(?:\.\w+)*-\w+(?:\.\w+)*$/
const SDIST_ENDINGS = ['.tar.gz', '.zip', '.tar.bz2', '.tgz', '.tar.xz', '.tbz', '.txz', '.tar']

/** undefined when pip would not take the file for a wheel either. */
export function parseWheelName(fileName: string): WheelName | undefined {
  const middle = findMiddle(fileName)
  const ending = parseEnding(fileName.slice(middle + 1))
  const stem = ending && parseStem(fileName.slice(0, Math.max(middle, 0)))
  return stem && { name: stem.name, version: stem.version, build: ending.build, tags: ending.tags }
}

/** Where the stem ends: the second `-`; -1 without one, and in what is too long for a name. */
export function findMiddle(fileName: string): number {
  return fileName.length > LONGEST_FILE_NAME ? -1 : fileName.indexOf('-', fileName.indexOf('-') + 1)
}

export type Stem = Pick<WheelName, 'name' | 'version'>
export type Ending = Pick<WheelName, 'build' | 'tags'>

/** `Foo_Bar-1.0` */
export function parseStem(text: string): Stem | undefined {
  const [, name, versionText = ''] = STEM.exec(text) ?? []
  const version = name === undefined || name.includes('__') ? undefined : parseVersion(versionText)
  return name === undefined || version === undefined ? undefined : { name: normalizeName(name), version }
}

/** `2rc-cp310-cp310-win32.whl` */
export function parseEnding(text: string): Ending | undefined {
  const [, build, suffix = '', tagText] = ENDING.exec(text) ?? []
  const tags = tagText?.toLowerCase()
  if (tags === undefined || !TAGS.test(tags)) return undefined
  return { build: build === undefined ? undefined : { number: parseVersion(build)?.release[0] ?? 0, suffix }, tags }
}

/** `py2.py3-none-any` → `py2-none` and `py3-none`, on `any`. */
export function splitTags(tags: string): TagSet {
  const [pythons = [], abis = [], platforms = []] = tags.split('-').map((part) => part.split('.'))
  return { pairs: pythons.flatMap((python) => abis.map((abi) => `${python}-${abi}`)), platforms }
}

export interface SdistName {
  /** Normalized. */
  readonly name: string
  readonly version: Version
}

/**
 * The sdist of a package whose (normalized) name is known; without it `a-1-2.zip` may be 2 of `a-1`. undefined for other archives of
 * the package: `a-1.0.linux-x86_64.tar.gz` is an installed tree (bdist_dumb).
 */
export function parseSdistName(fileName: string, name: string): SdistName | undefined {
  const ending = SDIST_ENDINGS.find((known) => fileName.endsWith(known))
  if (ending === undefined || fileName.length > LONGEST_FILE_NAME || !/^[A-Za-z0-9][A-Za-z0-9_.!+-]*$/.test(fileName))
    return undefined
  const stem = fileName.slice(0, -ending.length)
  for (let at = stem.indexOf('-'); at !== -1; at = stem.indexOf('-', at + 1)) {
    const before = stem.slice(0, at)
    if (!isName(before) || normalizeName(before) !== name) continue
    const version = parseVersion(stem.slice(at + 1))
    if (version !== undefined) return { name, version }
  }
  return undefined
}
