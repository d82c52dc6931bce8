/**
 * Entries of an npm lock file → the model: packages (each once), what stands at each install path, and who needs whom by
 * node's own rule of looking upwards.
 */
import { packageId } from '../../../src/model/lock.ts'
import type {
  Edge,
  Lock,
  LockFormatName,
  LockedPackage,
  PackageId,
  Place,
  PlaceNeed,
  Root,
} from '../../../src/model/lock.ts'
import type { NonEmpty, Source } from '../../../src/model/source.ts'
import { withoutGaps } from '../../../src/model/without-gaps.ts'
import { shown } from '../../../src/problem.ts'
import type { Problem } from '../../../src/problem.ts'
import { lazy } from '../../../src/model/lazy.ts'
import { findNeed, needFinder } from '../layout/find-need.ts'
import type { FindName } from '../layout/find-need.ts'
import { distinctSources, spelling } from './distinct-sources.ts'
import type { Candidate } from './distinct-sources.ts'
import type { Ask, Entry, FoundAsk } from './entry.ts'
import { locate } from './source.ts'
import type { Locating } from './source.ts'

export interface LockParts {
  readonly format: LockFormatName
  /** The project itself and every directory of it that is a package, by path. */
  readonly locals: ReadonlyMap<string, LocalEntry>
  /** Entries at `…/node_modules/<name>`, by path. */
  readonly places: ReadonlyMap<string, PlaceEntry>
  /** What stands nowhere: the package manager itself. */
  readonly others?: readonly LockedPackage[]
}

export interface LocalEntry {
  readonly entry: Entry
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly isMember: boolean
}

export interface PlaceEntry {
  readonly entry: Entry
  /** The package's own name. */
  readonly name: string
  /** Path of the package or directory whose `node_modules` it stands in. */
  readonly parent: string
  /** Project-relative patch files. */
  readonly patches?: readonly string[] | undefined
  readonly native?: true | undefined
  /** It is a copy of this directory of the project. */
  readonly copyOf?: string | undefined
}

export interface Building extends Locating {
  readonly warn: (problem: Problem) => void
}

/** Builds the lock; reports what cannot be a part of it (the caller then throws). */
export function buildLock(parts: LockParts, building: Building): Lock {
  const ids = new Map<string, PackageId>()
  const resolvedOf = new Map<string, string>()
  const packages = new Map<PackageId, Draft>()
  addLocals(parts, ids, packages)
  distinctSources(findCandidates(parts, building), building).forEach(({ id, source, members }) => {
    packages.set(id, draft(id, members[0], [source]))
    members.forEach((member) => {
      ids.set(member.path, id)
      const resolved = spelling(member, source)
      if (resolved !== undefined) resolvedOf.set(member.path, resolved)
    })
  })
  parts.places.forEach(({ entry }, path) => {
    // A link to another place, whose package is known only now.
    const target = entry.link && !ids.has(path) ? ids.get(entry.resolved ?? '') : undefined
    if (target !== undefined) ids.set(path, target)
  })
  const layout = new Map<string, Place>()
  const finder = lazy(() => needFinder([...parts.places.keys()]))
  const findFrom = (path: string): FindName => finder()(path)
  const resolver: Resolver = { parts, ids, packages, warn: building.warn, findFrom, resolvedOf }
  parts.places.forEach((standing, path) => {
    const place = readPlace(path, standing, resolver)
    if (place !== undefined) layout.set(path, place)
  })
  const roots = readRoots(resolver)
  parts.others?.forEach((pkg) => packages.set(pkg.id, pkg))
  return {
    ecosystem: 'node',
    format: parts.format,
    roots,
    packages,
    layout,
    ...(parts.format.version === '1' ? { leftToManifests: ['conditions', 'scripts'] } : {}),
  }
}

/** A package whose edges are still being gathered from the places it stands at. */
interface Draft extends LockedPackage {
  dependencies: readonly Edge[]
}

function draft(id: PackageId, { entry, name, version }: Candidate, sources: NonEmpty<Source>): Draft {
  const { when, hasInstallScript, where } = entry
  return { id, name, version, sources, dependencies: noEdges, when, hasInstallScript, where }
}

const noEdges: readonly Edge[] = []

function addLocals(parts: LockParts, ids: Map<string, PackageId>, packages: Map<PackageId, Draft>): void {
  for (const [path, { entry, name, version = '' }] of parts.locals) {
    if (path === '') continue
    const plain = packageId(name ?? path, version)
    const id = packages.has(plain) ? packageId(name ?? path, version, path) : plain
    const source: Source = { kind: 'local', form: 'directory', path, digests: [] }
    ids.set(path, id)
    packages.set(id, draft(id, { entry, name: name ?? path, version, path, source }, [source]))
  }
  parts.places.forEach(({ entry }, path) => {
    const target = entry.link && entry.resolved !== undefined ? ids.get(entry.resolved) : undefined
    if (target !== undefined) ids.set(path, target)
  })
}

function findCandidates(parts: LockParts, building: Building): readonly Candidate[] {
  const candidates: Candidate[] = []
  parts.places.forEach(({ entry, name, copyOf }, path) => {
    if (entry.link || entry.broken === true) return
    if (copyOf !== undefined) {
      const source: Source = { kind: 'local', form: 'directory', path: copyOf, digests: [] }
      candidates.push({ entry, name, path, version: entry.version ?? '', source })
      return
    }
    if (entry.inBundle && isBundled(parts, path)) {
      candidates.push({ entry, name, path, version: entry.version ?? '', source: { kind: 'bundled' } })
      return
    }
    const located = locate(entry, name, building)
    if (located === undefined) return
    const { source, resolved } = located
    const version = entry.version ?? (source.kind === 'git' ? source.rev : 'unknown')
    candidates.push({ entry, name, path, version, source, resolved })
  })
  return candidates
}

/** Bundled by a dependency. What the project itself bundles is installed like anything else. */
function isBundled({ places }: LockParts, path: string): boolean {
  let place = places.get(path)
  if (place?.entry.inBundle !== true) return false
  while (place?.entry.inBundle === true) place = places.get(place.parent)
  return place !== undefined
}

interface Resolver {
  readonly parts: LockParts
  readonly ids: ReadonlyMap<string, PackageId>
  readonly packages: ReadonlyMap<PackageId, Draft>
  readonly warn: (problem: Problem) => void
  /** Of what no reader has found. */
  readonly findFrom: (path: string) => FindName
  /** By install path, the package manager's own word for where it came from. */
  readonly resolvedOf: ReadonlyMap<string, string>
}

function readPlace(path: string, { entry, patches, native }: PlaceEntry, resolver: Resolver): Place | undefined {
  if (entry.link) {
    const target = entry.resolved ?? ''
    return { kind: 'link', target, flags: resolver.parts.locals.get(target)?.entry.flags ?? entry.flags }
  }
  const id = resolver.ids.get(path)
  if (id === undefined) return undefined
  const { needs, edges } = resolveAsks(path, entry, resolver)
  if (edges.length > 0) addEdges(resolver.packages.get(id), edges)
  const resolved = resolver.resolvedOf.get(path)
  return { kind: 'package', id, flags: entry.flags, needs, resolved, from: entry.from, patches, native }
}

/** Another place of the same package may find other neighbours. */
function addEdges(pkg: Draft | undefined, edges: readonly Edge[]): void {
  if (pkg === undefined) return
  const known = pkg.dependencies
  const isNew = (edge: Edge) =>
    !known.some(({ as, to, kind }) => as === edge.as && to === edge.to && kind === edge.kind)
  pkg.dependencies = known.length === 0 ? edges : [...known, ...edges.filter(isNew)]
}

interface Resolved {
  readonly needs: readonly PlaceNeed[]
  readonly edges: readonly Edge[]
}

const nothingAsked: Resolved = { needs: [], edges: noEdges }

function resolveAsks(path: string, entry: Entry, { parts, ids, warn, findFrom }: Resolver): Resolved {
  if (entry.asks.length === 0) return nothingAsked
  if (areFound(entry.asks)) return followAsks(entry.asks, ids)
  const needs: PlaceNeed[] = []
  const edges: Edge[] = []
  const missing: Ask[] = []
  const find = findFrom(path)
  entry.asks.forEach((ask) => {
    const { name, range, kind, optional } = ask
    const found = find(name)
    if (found === undefined) {
      if (kind !== 'peer') missing.push(ask)
      return
    }
    needs.push({ path: found, optional })
    const to = ids.get(found)
    if (to !== undefined) edges.push({ as: name, to, kind, range })
  })
  // Version 1 leaves out what did not run on the machine it was made on, and bundled packages bring what they bring.
  if (missing.length > 0 && parts.format.version !== '1' && !entry.inBundle) warn(missingWarning(entry, missing))
  return { needs, edges }
}

function areFound(asks: Entry['asks']): asks is readonly FoundAsk[] {
  const first = asks[0]
  return first !== undefined && 'path' in first
}

function followAsks(asks: readonly FoundAsk[], ids: Resolver['ids']): Resolved {
  const edges = asks.map(({ name, range, kind, path }): Edge | undefined => {
    const to = ids.get(path)
    return to === undefined ? undefined : { as: name, to, kind, range }
  })
  return { needs: asks.map(({ path, optional }) => ({ path, optional })), edges: withoutGaps(edges) }
}

/** npm 11 fails on such a lock, or installs something else: https://github.com/npm/cli/issues/4828 */
function missingWarning(entry: Entry, missing: readonly Ask[]): Problem {
  const names = missing.slice(0, MOST_NAMES).map(({ name }) => shown(name))
  const others = missing.length > MOST_NAMES ? ` and ${missing.length - MOST_NAMES} more` : ''
  const optional = missing.every((ask) => ask.optional) ? ' optionally' : ''
  return {
    code: 'lock-inconsistent',
    message: `${shown(entry.path)}${optional} needs ${names.join(', ')}${others}, which the lock file does not hold`,
    where: entry.where,
    hint: 'remove node_modules and the lock file, and run npm install',
  }
}

const MOST_NAMES = 3

/** The project and its members are roots; every directory's needs are also those of its package. */
function readRoots(resolver: Resolver): NonEmpty<Root> {
  const { parts } = resolver
  let project: Root = { path: '', dependencies: [] }
  const members: Root[] = []
  // They ask for little.
  const findFrom =
    (path: string): FindName =>
    (name) =>
      findNeed(parts.places, path, name)
  for (const [path, { entry, name, version, isMember }] of parts.locals) {
    const { edges } = resolveAsks(path, entry, { ...resolver, findFrom })
    const id = resolver.ids.get(path)
    if (id !== undefined) addEdges(resolver.packages.get(id), edges)
    const root = { path, name, version, dependencies: edges }
    if (path === '') project = root
    else if (isMember) members.push(root)
  }
  return [project, ...members]
}
