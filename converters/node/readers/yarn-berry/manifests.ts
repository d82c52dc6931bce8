/** The manifests of the project and its workspace, and whether the lock file still fits them: what `yarn install --immutable` asks. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { EdgeKind } from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { readWorkspaces } from '../entry.ts'
import { loadManifest } from '../project-files.ts'
import type { BerryEntry } from './entries.ts'
import { withProtocol } from './locator.ts'

export interface BerryManifest {
  readonly file: string
  readonly fields: Fields
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly asks: ReadonlyMap<string, BerryAsk>
  readonly workspaces: readonly string[]
  /** Of the project: what is taken instead, by pattern. */
  readonly resolutions: ReadonlyMap<string, string>
  /** Scripts of some package are allowed by name (`dependenciesMeta`). */
  readonly hasBuilt: boolean
}

export interface BerryAsk {
  readonly range: string
  readonly kind: EdgeKind
}

/** undefined when it is not there, or broken (which is reported). */
export function loadBerryManifest(
  dir: string,
  context: ReadContext,
  report: (problem: Problem) => void,
): BerryManifest | undefined {
  return loadManifest(dir, { context, report }, readManifest)
}

/** Later ones win, as in yarn: a package that is asked for twice is what the stronger kind says. */
const kinds: readonly (readonly [string, EdgeKind])[] = [
  ['devDependencies', 'dev'],
  ['dependencies', 'prod'],
  ['optionalDependencies', 'optional'],
]

function readManifest(fields: Fields, file: string): BerryManifest {
  const asks = new Map<string, BerryAsk>()
  for (const [key, kind] of kinds) {
    for (const [name, range] of textsOf(fields, key)) asks.set(name, { range, kind: optionalKind(fields, name, kind) })
  }
  return {
    file,
    fields,
    name: fields.text('name'),
    version: fields.text('version'),
    asks,
    workspaces: readWorkspaces(fields),
    resolutions: new Map(textsOf(fields, 'resolutions')),
    hasBuilt: [...(fields.object('dependenciesMeta')?.entriesOfObjects() ?? [])].some(([, meta]) =>
      meta.boolean('built'),
    ),
  }
}

function optionalKind(fields: Fields, name: string, kind: EdgeKind): EdgeKind {
  if (kind !== 'prod') return kind
  return fields.object('dependenciesMeta')?.object(name)?.boolean('optional') === true ? 'optional' : kind
}

function textsOf(fields: Fields, key: string): readonly (readonly [string, string])[] {
  const value = fields.raw(key)
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return []
  return fields.object(key)?.entriesOfText() ?? []
}

const RELOCK = 'yarn install'

/** Reports `manifest-mismatch`. */
export function compareBerryManifest(
  manifest: BerryManifest,
  entry: BerryEntry,
  report: (problem: Problem) => void,
): void {
  for (const [name, { range }] of manifest.asks) {
    const locked = entry.dependencies.get(name)
    const asked = shown(`${name}@${range}`)
    const where = placeOf(manifest, name)
    const code = 'manifest-mismatch'
    if (locked === undefined) {
      report({
        code,
        message: `package.json asks for ${asked}, which the lock file does not hold`,
        where,
        hint: RELOCK,
      })
    } else if (!isSameRange(locked, range)) {
      const message = `package.json asks for ${asked}, and the lock file was made for ${shown(locked)}`
      report({ code, message, where, hint: RELOCK })
    }
  }
  for (const name of entry.dependencies.keys()) {
    if (manifest.asks.has(name)) continue
    const message = `${shown(name)} is locked, and ${shown(manifest.file)} does not ask for it`
    report({ code: 'manifest-mismatch', message, where: entry.fields.where('dependencies'), hint: RELOCK })
  }
}

/** Where a patch or a path belongs to the lock file of Yarn 4 only: a patch is written with the version it is for. */
function isSameRange(locked: string, range: string): boolean {
  return locked === range || withProtocol(locked) === withProtocol(range) || locked.startsWith(`${range}::`)
}

function placeOf({ file, fields }: BerryManifest, name: string): Problem['where'] {
  const key = kinds.map(([kind]) => kind).find((kind) => fields.object(kind)?.has(name) === true)
  return key === undefined ? { file } : (fields.object(key)?.where(name) ?? { file })
}
