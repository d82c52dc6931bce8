/**
 * The packages of a project by the patterns they are asked for with: what a pattern means (a member of the workspace, a directory,
 * an entry of the lock file), and what the project asks for, in yarn's order (lib/cli/commands/install.js, fetchRequestFromCwd).
 */
import { satisfies } from '../../semver-range.ts'
import { plainPath } from '../../../../src/text/locations.ts'
import type { Asks } from './asks.ts'
import type { FoundPackage, Pattern, Request } from './pattern.ts'
import { printPattern, resolvePatterns } from './resolve-patterns.ts'
import type { YarnGraph } from './resolve-patterns.ts'
import type { Resolution } from './resolutions.ts'

export interface GraphInput<E extends LockEntry, M extends LocalManifest> {
  /** What the lock file holds, by each of its patterns. */
  readonly byPattern: ReadonlyMap<string, E>
  readonly root: M
  /** By name. */
  readonly members: ReadonlyMap<string, M>
  readonly hasWorkspace: boolean
  readonly resolutions: readonly Resolution[]
  /** The manifest of a directory that is linked or copied. */
  readonly findManifest: (dir: string, kind: 'link' | 'copy') => M | undefined
  readonly onMissing: (request: Request<Found<E, M>>) => void
  readonly onMisfit: (pattern: Pattern, found: Found<E, M>) => void
}

/** As it stands in yarn.lock. */
export interface LockEntry extends Asks {
  readonly patterns: readonly string[]
  readonly version: string | undefined
  readonly resolved: string | undefined
  readonly integrity: string | undefined
  readonly uid: string | undefined
  readonly name: string | undefined
}

/** A package.json of the project. */
export interface LocalManifest {
  readonly dir: string
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly asks: Required<Asks>
  readonly nohoist: readonly string[]
}

/** Exactly one of `entry`, `link`, `copied`; the aggregator of a workspace is a link to the project. */
export interface Found<E extends LockEntry, M extends LocalManifest> extends FoundPackage {
  readonly entry?: E
  readonly manifest?: M
}

export interface ProjectGraph<E extends LockEntry, M extends LocalManifest> {
  readonly graph: YarnGraph<Found<E, M>>
  readonly aggregator: string | undefined
}

/** yarn's has a random number behind it, which decides nothing. */
const AGGREGATOR = 'workspace-aggregator-'

export function projectGraph<E extends LockEntry, M extends LocalManifest>(
  input: GraphInput<E, M>,
): ProjectGraph<E, M> {
  const finder = new Finder(input)
  const { asks } = input.root
  const own = (list: Asks['dependencies'], optional: boolean): RootAsk[] =>
    list.map((ask) => ({ pattern: finder.hasBareKey(ask[0]) ? ask[0] : printPattern(ask), optional }))
  const roots = [
    ...own(asks.dependencies, false),
    ...own(asks.devDependencies, false),
    ...own(asks.optionalDependencies, true),
    ...(input.hasWorkspace ? workspaceRoots(input, own) : []),
  ]
  const { resolutions, onMissing, onMisfit } = input
  const find = (pattern: Pattern): Found<E, M> | undefined => finder.find(pattern)
  const graph = resolvePatterns({ roots, resolutions, find, onMissing, onMisfit })
  return { graph, aggregator: input.hasWorkspace ? AGGREGATOR : undefined }
}

interface RootAsk {
  readonly pattern: string
  readonly optional: boolean
}

type Own = (list: Asks['dependencies'], optional: boolean) => RootAsk[]

/** The aggregator needs all members and what the project needs; the members count as asked for by the project, too. */
function workspaceRoots<E extends LockEntry, M extends LocalManifest>(
  { root, members }: GraphInput<E, M>,
  own: Own,
): readonly RootAsk[] {
  const named = new Set(Object.values(root.asks).flatMap((list) => list.map(([name]) => name)))
  const implied = [...members.values()].flatMap(({ name = '', version = '' }) =>
    named.has(name) ? [] : [[name, version] as const],
  )
  return [{ pattern: `${AGGREGATOR}@1.0.0`, optional: false }, ...own(implied, false)]
}

class Finder<E extends LockEntry, M extends LocalManifest> {
  readonly #input: GraphInput<E, M>
  /** By the names that it was asked for with: nearly always one. */
  readonly #byEntry = new Map<E, AskedAs<E, M>>()
  readonly #directories = new Map<string, Found<E, M>>()

  constructor(input: GraphInput<E, M>) {
    this.#input = input
  }

  /** Old versions of yarn wrote keys without a range. */
  hasBareKey(name: string): boolean {
    return this.#input.byPattern.has(name)
  }

  find({ text, name, range }: Pattern): Found<E, M> | undefined {
    if (name === AGGREGATOR) return this.#aggregator()
    const member = this.#input.members.get(name)
    if (member !== undefined && satisfies(member.version ?? '', range) === true) return this.#member(name, member)
    const directory = directoryOf(range)
    if (directory !== undefined) return this.#directory(name, directory.dir, directory.kind)
    const entry = this.#input.byPattern.get(text)
    return entry === undefined ? undefined : this.#entry(name, entry)
  }

  #aggregator(): Found<E, M> {
    const { root, members } = this.#input
    const dependencies = new Map(root.asks.dependencies)
    for (const { name = '', version = '' } of members.values()) dependencies.set(name, version)
    return {
      name: AGGREGATOR,
      version: '1.0.0',
      identity: '',
      asks: { ...root.asks, dependencies: [...dependencies] },
      link: { kind: 'workspace', dir: '' },
      nohoist: root.nohoist,
    }
  }

  #member(name: string, manifest: M): Found<E, M> {
    const known = this.#directories.get(`${name}@${manifest.dir}`)
    if (known !== undefined) return known
    const { version = '', dir, asks, nohoist } = manifest
    const found: Found<E, M> = {
      name,
      version,
      identity: dir,
      asks,
      nohoist,
      manifest,
      link: { kind: 'workspace', dir },
    }
    this.#directories.set(`${name}@${dir}`, found)
    return found
  }

  #directory(name: string, dir: string, kind: 'link' | 'copy'): Found<E, M> {
    const key = `${name}@${kind}:${dir}`
    const known = this.#directories.get(key)
    if (known !== undefined) return known
    const manifest = dir === '' && kind === 'link' ? undefined : this.#input.findManifest(dir, kind)
    const { version = '0.0.0', asks = nothing } = manifest ?? {}
    const found: Found<E, M> = {
      name,
      version,
      identity: key,
      asks,
      ...(manifest === undefined ? {} : { manifest }),
      ...(kind === 'link' ? { link: { kind, dir } } : { copied: dir }),
    }
    this.#directories.set(key, found)
    return found
  }

  #entry(name: string, entry: E): Found<E, M> {
    const first = this.#byEntry.get(entry)
    for (let asked = first; asked !== undefined; asked = asked.others) if (asked.name === name) return asked.found
    const found: Found<E, M> = new LockedPackage(entry.name ?? name, entry)
    this.#byEntry.set(entry, { name, found, others: first })
    return found
  }
}

/** Of an entry. */
class LockedPackage<E extends LockEntry> {
  readonly name: string
  readonly version: string
  readonly asks: Asks
  readonly entry: E

  constructor(name: string, entry: E) {
    this.name = name
    this.version = entry.version ?? ''
    this.asks = entry
    this.entry = entry
  }

  /** Hardly anybody asks for it. */
  get identity(): string {
    const { uid, integrity, resolved = '' } = this.entry
    const sign = resolved.indexOf('#')
    const hash = sign === -1 ? '' : resolved.slice(sign + 1)
    const last = uid !== undefined && uid !== this.version ? uid : hash
    return `${this.version}-${last}-${integrity === undefined ? '' : 'i'}`
  }
}

interface AskedAs<E extends LockEntry, M extends LocalManifest> {
  readonly name: string
  readonly found: Found<E, M>
  readonly others: AskedAs<E, M> | undefined
}

const nothing: Required<Asks> = { dependencies: [], optionalDependencies: [], devDependencies: [] }

/** `link:` and `file:` directories, and paths; not archives, which are locked. */
export function directoryOf(range: string): { readonly dir: string; readonly kind: 'link' | 'copy' } | undefined {
  // Nearly every range.
  if (/^[\^~\d]/.test(range)) return undefined
  if (range.startsWith('link:')) return { dir: plainPath(range.slice('link:'.length)), kind: 'link' }
  const isFile = range.startsWith('file:')
  if (!isFile && !/^(?:\.{1,2}\/|\/)/.test(range)) return undefined
  if (/\.(?:tgz|tar\.gz)(?:#.*)?$/.test(range)) return undefined
  return { dir: plainPath(isFile ? range.slice('file:'.length) : range), kind: 'copy' }
}
