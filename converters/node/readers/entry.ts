/**
 * One entry of an npm lock file in the shape that all lockfileVersions are brought into, and the reader of a `packages`
 * entry (versions 2 and 3: https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json).
 */
import type { Condition, EdgeKind, PlaceFlag } from '../../../src/model/lock.ts'
import type { Where } from '../../../src/problem.ts'
import type { Fields } from '../../../src/text/fields.ts'

export interface Entry {
  readonly path: string
  readonly where: Where
  /** The package's own name, where the lock file gives it (it leaves it out when it equals the directory's). */
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly resolved?: string | undefined
  readonly integrity?: string | undefined
  /** It is a symlink, to the directory `resolved`. */
  readonly link: boolean
  readonly inBundle: boolean
  readonly flags: readonly PlaceFlag[]
  readonly asks: readonly Ask[] | readonly FoundAsk[]
  readonly when?: Condition | undefined
  readonly hasInstallScript?: boolean | undefined
  /** What was asked for, in npm's words (version 1, and the old half of version 2). */
  readonly from?: string | undefined
  /** A field has a wrong type, which is a problem by itself: nothing further is asked of the entry. */
  readonly broken?: boolean
}

/** A dependency as it is asked for. */
export interface Ask {
  readonly name: string
  readonly range: string
  readonly kind: EdgeKind
  readonly optional: boolean
}

/** One whose answer is known; node's own rule would give the same. */
export interface FoundAsk extends Ask {
  /** The install path of what is asked for. */
  readonly path: string
}

/** Reads `packages[path]`. `ownsDev`: development dependencies count (the project and local directories). */
export function readEntry(fields: Fields, path: string, ownsDev: boolean): Entry {
  const isPlain = fields.hasOnly(plainFields)
  const link = !isPlain && isSet(fields, 'link')
  return {
    path,
    where: fields.where(),
    name: isPlain ? undefined : fields.text('name'),
    version: fields.text('version'),
    resolved: link ? fields.text('resolved') : nonEmpty(fields.text('resolved')),
    integrity: nonEmpty(fields.text('integrity')),
    link,
    inBundle: !isPlain && isSet(fields, 'inBundle'),
    flags: isPlain ? noFlags : readFlags(fields),
    asks: link ? noAsks : readAsks(fields, ownsDev),
    when: readCondition(fields, isPlain),
    hasInstallScript: !isPlain && isSet(fields, 'hasInstallScript'),
  }
}

/** Most entries have no others: then the others need not be asked for one by one, which is most of the work of a large file. */
const plainFields: ReadonlySet<string> = new Set([
  'version',
  'resolved',
  'integrity',
  'license',
  'dependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'engines',
  'bin',
  'funding',
])

export function readFlags(fields: Fields): readonly PlaceFlag[] {
  const flags = flagNames.filter((flag) => isSet(fields, flag))
  return flags.length === 0 ? noFlags : flags
}

const noFlags: readonly PlaceFlag[] = []

const flagNames: readonly PlaceFlag[] = ['dev', 'devOptional', 'optional', 'peer']

/** A field that npm writes only when it is true. */
export function isSet(fields: Fields, name: string): boolean {
  return fields.boolean(name) ?? false
}

/** npm marks what nothing needs and does not install it, except where the archive of another package brings it along. */
export function isExtraneous(fields: Fields): boolean {
  return isSet(fields, 'extraneous') && !isSet(fields, 'inBundle') && !isSet(fields, 'bundled')
}

/**
 * What a manifest or an entry asks for, one kind per name by npm's order of precedence (later wins): peer, prod,
 * optional, dev.
 */
export function readAsks(fields: Fields, ownsDev: boolean): readonly Ask[] {
  const asks: Ask[] = []
  addAsks(asks, fields, 'peerDependencies', 'peer')
  addAsks(asks, fields, 'dependencies', 'prod')
  addAsks(asks, fields, 'optionalDependencies', 'optional')
  if (ownsDev) addAsks(asks, fields, 'devDependencies', 'dev')
  return asks.length === 0 ? noAsks : asks
}

const noAsks: readonly Ask[] = []

/** A name that is asked for already keeps its position. */
function addAsks(asks: Ask[], fields: Fields, field: string, kind: EdgeKind): void {
  const value = fields.raw(field)
  // Old manifests have an empty list for "none".
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return
  const known = asks.length === 0 ? undefined : new Map<string, number>()
  if (known !== undefined) asks.forEach(({ name }, index) => known.set(name, index))
  fields.object(field)?.forEachText((name, range) => {
    const optional = kind === 'optional' || (kind === 'peer' && isOptionalPeer(fields, name))
    asks[known?.get(name) ?? asks.length] = { name, range, kind, optional }
  })
}

function isOptionalPeer(fields: Fields, name: string): boolean {
  const meta = fields.object('peerDependenciesMeta')?.object(name)
  return meta !== undefined && isSet(meta, 'optional')
}

/** Workspace patterns of a manifest: a list, or an object with a list named `packages`. */
export function readWorkspaces(fields: Fields): readonly string[] {
  const value = fields.raw('workspaces')
  if (value === undefined) return []
  const patterns = Array.isArray(value) ? fields.texts('workspaces') : fields.object('workspaces')?.texts('packages')
  return patterns ?? []
}

function readCondition(fields: Fields, isPlain: boolean): Condition | undefined {
  const engines = readEngines(fields)
  if (isPlain) return engines === undefined ? undefined : { kind: 'platform', engines }
  const os = readWords(fields, 'os')
  const cpu = readWords(fields, 'cpu')
  const libc = readWords(fields, 'libc')
  if (os === undefined && cpu === undefined && libc === undefined && engines === undefined) return undefined
  return { kind: 'platform', os, cpu, libc, engines }
}

/** A word may stand for a list of one. */
export function readWords(fields: Fields, field: string): readonly string[] | undefined {
  const value = fields.raw(field)
  return typeof value === 'string' ? [value] : fields.texts(field)
}

/** npm looks at `node` and `npm` alone; old packages have lists here, which it ignores. */
function readEngines(fields: Fields): Readonly<Record<string, string>> | undefined {
  const value = fields.raw('engines')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const node = 'node' in value ? readRange(value.node) : undefined
  const npm = 'npm' in value ? readRange(value.npm) : undefined
  if (npm === undefined) return node === undefined ? undefined : { node }
  return node === undefined ? { npm } : { node, npm }
}

function readRange(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
