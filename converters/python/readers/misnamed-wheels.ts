/**
 * Wheels of a lock file whose names say that they are something else: no wheel at all, or one of another package or version. Most tools
 * pass such a file over; what the lock file's own tool does, its reader knows.
 */
import { shown, type Problem } from '../../../src/problem.ts'
import { Fields } from '../../../src/text/fields.ts'
import { compareVersions, parseVersion, type Version } from '../standards/version.ts'
import { findMiddle, parseEnding, parseStem, WHEEL_FORM } from '../standards/wheel-name.ts'
import { isTable, type Table } from '../table.ts'
import { fileNameOf, isFileName } from './location.ts'

export interface WheelOwner {
  /** Normalized. */
  readonly name: string
  /** Those that are locked; none: any will do. */
  readonly versions: readonly string[]
  /** Whether `1.0+cpu` counts as a 1.0. */
  readonly allowsLocal?: boolean | undefined
}

/** One for each file of the list at `key` that is no wheel of the owner's. What is no wheel by its ending is not looked at. */
export function misnamedWheels(fields: Fields, key: string, owner: WheelOwner): readonly Problem[] {
  const list = fields.raw(key)
  if (!Array.isArray(list)) return []
  const names = new WheelNames(owner)
  const problems: Problem[] = []
  for (let index = 0; index < list.length; index += 1) {
    const file: unknown = list[index]
    // Nearly every file is right, and lock files have thousands.
    if (!isTable(file) || names.knows(file['name'] ?? file['file'] ?? file['filename'] ?? file['url'])) continue
    const place = findPlace(file)
    const fault = place === undefined ? undefined : names.findFault(place.fileName)
    if (place === undefined || fault === undefined) continue
    const inside = new Fields(fields.document, {}, new Fields(fields.document, {}, fields, key), index)
    problems.push({
      code: 'name-invalid',
      message: `${shown(place.fileName)} ${fault}`,
      where: inside.where(place.key),
    })
  }
  return problems
}

/** Of tools that pass over such files. */
export function passedOver(problem: Problem): Problem {
  const hint = 'if it is the file that you need, ask its publisher for one that is named as it should be'
  return { ...problem, message: `${problem.message}; it is passed over`, hint }
}

/** What the formats call it. */
const KEYS = ['name', 'file', 'filename', 'url', 'path']

function findPlace(file: Table): { readonly key: string; readonly fileName: string } | undefined {
  for (const key of KEYS) {
    const text = file[key]
    if (typeof text !== 'string') continue
    const fileName = fileNameOf(text)
    // What is no name of a file is told already.
    return fileName.endsWith('.whl') && isFileName(fileName) ? { key, fileName } : undefined
  }
  return undefined
}

/** The wheels of a package nearly all begin alike, and a lock file of thousands has a few hundred endings. */
class WheelNames {
  readonly #owner: WheelOwner
  readonly #versions: readonly (Version | undefined)[]
  /** `six-1.17.0-`, of a right name. */
  #start = '/'

  constructor(owner: WheelOwner) {
    this.#owner = owner
    this.#versions = owner.versions.map(parseVersion)
  }

  /** Whether it is, or ends with, a name that is right for sure. */
  knows(text: unknown): boolean {
    if (typeof text !== 'string') return false
    const at = text.lastIndexOf('/') + 1
    return text.startsWith(this.#start, at) && rightEndings.has(text.slice(at + this.#start.length))
  }

  /** The end of a sentence about a name; undefined where it is right. */
  findFault(fileName: string): string | undefined {
    const middle = findMiddle(fileName)
    const stem = parseStem(fileName.slice(0, Math.max(middle, 0)))
    const ending = fileName.slice(middle + 1)
    if (stem === undefined || parseEnding(ending) === undefined) return NO_WHEEL
    rightEndings.add(ending)
    const { name, versions, allowsLocal } = this.#owner
    if (stem.name !== name || !isOneOf(stem.version, this.#versions, allowsLocal)) {
      return `is a wheel of another package or version than ${shown([name, ...versions].join(' '))}`
    }
    this.#start = fileName.slice(0, middle + 1)
    return undefined
  }
}

/** What stands behind `six-1.17.0-` in names of wheels. */
const rightEndings = new Set<string>()

const NO_WHEEL = `is not the name of a wheel: ${WHEEL_FORM}`

function isOneOf(version: Version, versions: readonly (Version | undefined)[], allowsLocal = false): boolean {
  const { local: _, ...base } = version
  const isSame = (known: Version | undefined) =>
    known !== undefined &&
    (compareVersions(version, known) === 0 || (allowsLocal && compareVersions(base, known) === 0))
  return versions.length === 0 || versions.some(isSame)
}
