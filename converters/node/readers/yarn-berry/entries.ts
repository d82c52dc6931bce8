/** The entries of a yarn.lock of Yarn 2 and later: one per package that was resolved, under the descriptors that lead to it. */
import type { Condition } from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { isPackageName, isVersion } from '../../package-name.ts'
import { parseConditions } from './conditions.ts'
import { parseIdent, parseRange } from './locator.ts'
import type { Ident, Range } from './locator.ts'

export interface BerryEntry {
  readonly fields: Fields
  /** `ms@npm:^2.1.0`, one or more. */
  readonly descriptors: readonly string[]
  /** The locator: `ms@npm:2.1.3`. */
  readonly resolution: string
  readonly ident: Ident
  readonly range: Range
  readonly version: string
  /** Name → range, as they are written. */
  readonly dependencies: ReadonlyMap<string, string>
  /** Names of dependencies that may be missing. */
  readonly optional: ReadonlySet<string>
  readonly checksum?: BerryChecksum | undefined
  readonly when?: Condition | undefined
}

export interface BerryChecksum {
  /** `10c0`: version of the cache, and level of compression. */
  readonly cacheKey: string
  /** sha512 of the zip. */
  readonly hex: string
}

/** Every entry; faults are collected in the document, and an entry that has one is left out. */
export function readEntries(root: Fields, cacheKey: string): readonly BerryEntry[] {
  const entries: BerryEntry[] = []
  const { document } = root
  for (const key of root.keys()) {
    if (key === '__metadata') continue
    const fields = root.object(key)
    if (fields === undefined) continue
    const before = document.problems.length
    const entry = readEntry(key, fields, cacheKey)
    if (entry !== undefined && document.problems.length === before) entries.push(entry)
  }
  return entries
}

function readEntry(key: string, fields: Fields, cacheKey: string): BerryEntry | undefined {
  const resolution = fields.requiredText('resolution')
  const version = fields.requiredText('version')
  if (resolution === undefined || version === undefined) return undefined
  const ident = parseIdent(resolution)
  if (ident === undefined || !isPackageName(ident.name)) {
    const message = `${shown(resolution)} does not begin with the name of a package`
    fields.addProblem('name-invalid', message, { key: 'resolution', hint: RELOCK })
    return undefined
  }
  if (!isVersion(version))
    fields.addProblem('name-invalid', `${shown(version)} is not a version`, { key: 'version', hint: RELOCK })
  const dependencies = readNames(fields, 'dependencies')
  return {
    fields,
    descriptors: key.split(/ *, */),
    resolution,
    ident,
    range: parseRange(ident.range),
    version,
    dependencies,
    optional: readOptional(fields),
    checksum: readChecksum(fields, cacheKey),
    when: readCondition(fields),
  }
}

const RELOCK = 'remove the entry and run yarn install, which writes it anew'
const none: ReadonlyMap<string, string> = new Map()
const nothing: ReadonlySet<string> = new Set()

function readNames(fields: Fields, key: string): ReadonlyMap<string, string> {
  if (!fields.has(key)) return none
  const names = new Map<string, string>()
  const inside = fields.object(key)
  inside?.forEachText((name, range) => {
    if (isPackageName(name)) names.set(name, range)
    else inside.addProblem('name-invalid', `${shown(name)} is not a name of a package`, { key: name, hint: RELOCK })
  })
  return names
}

function readOptional(fields: Fields): ReadonlySet<string> {
  if (!fields.has('dependenciesMeta')) return nothing
  const names = new Set<string>()
  for (const [name, meta] of fields.object('dependenciesMeta')?.entriesOfObjects() ?? []) {
    if (meta.boolean('optional') === true) names.add(name)
  }
  return names
}

/** Yarn 4.1 and later write the cache key before it; before that, it is the one of the file. */
const CHECKSUM = /^(?:([0-9a-z]{1,12})\/)?([0-9a-f]{128})$/

function readChecksum(fields: Fields, fileKey: string): BerryChecksum | undefined {
  const text = fields.text('checksum')
  if (text === undefined) return undefined
  const [, cacheKey = fileKey, hex] = CHECKSUM.exec(text) ?? []
  if (hex !== undefined && cacheKey !== '') return { cacheKey, hex }
  fields.addProblem(
    'integrity-invalid',
    `${shown(text)} is not the sha512 of a cache file, in 128 hexadecimal digits`,
    {
      key: 'checksum',
      hint: RELOCK,
    },
  )
  return undefined
}

function readCondition(fields: Fields): Condition | undefined {
  const text = fields.text('conditions')
  if (text === undefined) return undefined
  const condition = parseConditions(text)
  if (condition === undefined)
    fields.addProblem('lock-type', `the conditions ${shown(text)} are not understood`, {
      key: 'conditions',
      hint: RELOCK,
    })
  return condition
}
