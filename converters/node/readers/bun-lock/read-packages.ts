/** `workspaces` and `packages` of a bun.lock: what there is and who asks for what, before names are resolved. */
import type { Condition } from '../../../../src/model/lock.ts'
import type { Where } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { parseResolution } from './resolution.ts'
import type { Resolution } from './resolution.ts'

/** An entry of `packages`, or a member of `workspaces`. */
export interface BunEntry {
  /** In `packages`: names with `/` between them, each standing in the node_modules of the one before it. */
  readonly key: string
  readonly where: Where
  /** What it calls itself: `name@resolution`. */
  readonly id: string
  /** The package's own name. */
  readonly name: string
  readonly resolution: Resolution
  /** Of npm packages from another registry than the default one: the archive's URL, or the registry's. */
  readonly registry?: string | undefined
  readonly integrity?: string | undefined
  readonly asks: readonly BunAsk[]
  readonly when?: Condition | undefined
  /** undefined: this version of the format does not say. */
  readonly hasInstallScript?: boolean | undefined
  /** It comes inside the archive of the package before it in the key. */
  readonly isBundled: boolean
}

/** In the order in which Bun places what one package asks for. */
export const askKinds = ['workspace', 'dev', 'optional', 'prod', 'peer'] as const

export type AskKind = (typeof askKinds)[number]

export interface BunAsk {
  readonly name: string
  readonly range: string
  readonly kind: AskKind
  /** Also of peers that need not be there. */
  readonly optional: boolean
}

export interface BunWorkspace {
  readonly path: string
  readonly where: Where
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly asks: readonly BunAsk[]
}

/** The project ('') and its members, in the file's order. */
export function readWorkspaces(root: Fields): readonly BunWorkspace[] {
  const workspaces: BunWorkspace[] = []
  if (!root.has('workspaces')) root.addProblem('lock-type', '"workspaces" is missing')
  for (const [path, fields] of root.object('workspaces')?.entriesOfObjects() ?? []) {
    workspaces.push({
      path,
      where: fields.where(),
      name: path === '' ? fields.text('name') : fields.requiredText('name'),
      version: fields.text('version'),
      asks: readAsks(fields),
    })
  }
  return workspaces
}

/** `recordsScripts`: whether a package that is not said to have install scripts has none. */
export function readPackages(root: Fields, { recordsScripts }: { recordsScripts: boolean }): readonly BunEntry[] {
  const entries: BunEntry[] = []
  root.object('packages')?.forEachList((key, tuple) => {
    const entry = readTuple(key, tuple, recordsScripts ? false : undefined)
    if (entry !== undefined) entries.push(entry)
  })
  return entries
}

/** `[name@resolution, registry?, { … }, integrity?]`; which elements there are depends on the resolution. */
function readTuple(key: string, tuple: Fields, hasNoScripts: false | undefined): BunEntry | undefined {
  const id = element(tuple, 0)
  if (id === undefined) return undefined
  const { name, resolution } = parseResolution(id)
  const isNpm = resolution.kind === 'npm'
  const info = isNpm ? 2 : 1
  const fields = resolution.kind === 'workspace' && !tuple.has(info) ? undefined : infoOf(tuple, info)
  const registry = isNpm ? element(tuple, 1) : undefined
  // The name of the directory inside the archive stands in front of the digest.
  const digest = resolution.kind === 'git' || resolution.kind === 'github' ? info + 2 : info + 1
  const integrity = isNpm ? element(tuple, digest) : tuple.text(digest)
  const others = fields === undefined || fields.hasOnly(plainFields) ? undefined : fields
  return {
    key,
    where: tuple.where(),
    id,
    name,
    resolution,
    registry: registry === '' ? undefined : registry,
    integrity: integrity === '' ? undefined : integrity,
    asks: fields === undefined ? [] : readAsks(fields, others === undefined ? plainGroups : groups),
    when: others === undefined ? undefined : readCondition(others),
    hasInstallScript: others?.boolean('hasInstallScript') ?? hasNoScripts,
    isBundled: others?.boolean('bundled') ?? false,
  }
}

/** Most packages have no others: then those need not be asked for one by one. */
const plainFields: ReadonlySet<string> = new Set(['dependencies', 'bin', 'binDir'])

function element(tuple: Fields, index: number): string | undefined {
  if (tuple.has(index)) return tuple.text(index)
  tuple.addProblem('lock-type', `the list has fewer than ${index + 1} elements`)
  return undefined
}

function infoOf(tuple: Fields, index: number): Fields | undefined {
  if (tuple.has(index)) return tuple.object(index)
  tuple.addProblem('lock-type', `the list has fewer than ${index + 1} elements`)
  return undefined
}

interface Group {
  readonly field: string
  readonly kind: AskKind
}

const prod: Group = { field: 'dependencies', kind: 'prod' }

const groups: readonly Group[] = [
  { field: 'devDependencies', kind: 'dev' },
  { field: 'optionalDependencies', kind: 'optional' },
  prod,
  { field: 'peerDependencies', kind: 'peer' },
]

const plainGroups: readonly Group[] = [prod]

/** A name may stand in several groups. */
export function readAsks(fields: Fields, wanted = groups): readonly BunAsk[] {
  const asks: BunAsk[] = []
  wanted.forEach(({ field, kind }) => {
    const group = fields.object(field)
    if (group === undefined) return
    const optionalPeers = kind === 'peer' ? fields.texts('optionalPeers') : undefined
    group.forEachText((name, range) => {
      const optional = kind === 'optional' || optionalPeers?.includes(name) === true
      asks.push({ name, range, kind, optional })
    })
  })
  return asks
}

/** `"none"` is Bun's word for what it does not know, which no machine is. */
function readCondition(fields: Fields): Condition | undefined {
  const os = readWords(fields, 'os')
  const cpu = readWords(fields, 'cpu')
  const libc = readWords(fields, 'libc')
  if (os === undefined && cpu === undefined && libc === undefined) return undefined
  return { kind: 'platform', os, cpu, libc }
}

function readWords(fields: Fields, field: string): readonly string[] | undefined {
  const value = fields.raw(field)
  return typeof value === 'string' ? [value] : fields.texts(field)
}
