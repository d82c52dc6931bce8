/**
 * One entry of an npm lock file in the shape that all lockfileVersions are brought into, and the reader of a `packages`
 * entry (versions 2 and 3: https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json).
 */
import type { Condition, EdgeKind, PlaceFlag } from '../../../src/model/lock.ts'
import type { Where } from '../../../src/problem.ts'
import type { Table } from './json-table.ts'

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
  readonly asks: readonly Ask[]
  readonly when?: Condition | undefined
  readonly hasInstallScript?: boolean | undefined
  /** What was asked for, in npm's words (version 1, and the old half of version 2). */
  readonly from?: string | undefined
  /** Workspace patterns; of the project's own entry only. */
  readonly workspaces: readonly string[]
}

/** A dependency as it is asked for. */
export interface Ask {
  readonly name: string
  readonly range: string
  readonly kind: EdgeKind
  readonly optional: boolean
}

/** Reads `packages[path]`. `ownsDev`: development dependencies count (the project and local directories). */
export function readEntry(table: Table, path: string, ownsDev: boolean): Entry {
  const link = table.flag('link')
  return {
    path,
    where: table.where,
    name: table.text('name'),
    version: table.text('version'),
    resolved: link ? table.text('resolved') : nonEmpty(table.text('resolved')),
    integrity: nonEmpty(table.text('integrity')),
    link,
    inBundle: table.flag('inBundle'),
    flags: readFlags(table),
    asks: link ? [] : readAsks(table, ownsDev),
    when: readCondition(table),
    hasInstallScript: table.flag('hasInstallScript'),
    workspaces: path === '' ? readWorkspaces(table) : [],
  }
}

export function readFlags(table: Table): readonly PlaceFlag[] {
  const all: readonly PlaceFlag[] = ['dev', 'devOptional', 'optional', 'peer']
  return all.filter((flag) => table.flag(flag))
}

/**
 * What a manifest or an entry asks for, one kind per name by npm's order of precedence (later wins): peer, prod,
 * optional, dev.
 */
export function readAsks(table: Table, ownsDev: boolean): readonly Ask[] {
  const asks = new Map<string, Ask>()
  const optionalPeers = table.table('peerDependenciesMeta')
  const add = (field: string, kind: EdgeKind, isOptional: (name: string) => boolean): void => {
    for (const [name, range] of table.texts(field)) asks.set(name, { name, range, kind, optional: isOptional(name) })
  }
  add('peerDependencies', 'peer', (name) => optionalPeers?.table(name)?.flag('optional') ?? false)
  add('dependencies', 'prod', () => false)
  add('optionalDependencies', 'optional', () => true)
  if (ownsDev) add('devDependencies', 'dev', () => false)
  return [...asks.values()]
}

/** Workspace patterns of a manifest: a list, or an object with a list named `packages`. */
export function readWorkspaces(table: Table): readonly string[] {
  if (!table.has('workspaces')) return []
  return table.isTable('workspaces') ? (table.table('workspaces')?.list('packages') ?? []) : table.list('workspaces')
}

function readCondition(table: Table): Condition | undefined {
  const os = readWords(table, 'os')
  const cpu = readWords(table, 'cpu')
  const libc = readWords(table, 'libc')
  const engines = readEngines(table)
  if (os === undefined && cpu === undefined && libc === undefined && engines === undefined) return undefined
  return { kind: 'platform', os, cpu, libc, engines }
}

function readWords(table: Table, field: string): readonly string[] | undefined {
  if (!table.has(field)) return undefined
  const word = table.isText(field) ? table.text(field) : undefined
  return word === undefined ? table.list(field) : [word]
}

/** npm looks at `node` and `npm` alone; old packages have lists here, which it ignores. */
function readEngines(table: Table): Readonly<Record<string, string>> | undefined {
  if (!table.isTable('engines')) return undefined
  const engines = table.table('engines')
  const known = ['node', 'npm'].flatMap((name) => {
    const range = engines?.isText(name) ? engines.text(name) : undefined
    return range === undefined || range === '' ? [] : [[name, range] as const]
  })
  return known.length === 0 ? undefined : Object.fromEntries(known)
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
