/** Entries → the model: packages, who needs whom, and the cache files that Yarn installs from as the layout. */
import { packageId } from '../../../../src/model/lock.ts'
import type { Condition, Edge, Lock, LockedPackage, PackageId, Place, Root } from '../../../../src/model/lock.ts'
import type { NonEmpty, Source } from '../../../../src/model/source.ts'
import { findFlags } from '../../layout/find-flags.ts'
import type { FlaggedNeed, FlaggedPlace, RootNeed } from '../../layout/find-flags.ts'
import type { BerryEntry } from './entries.ts'
import { findEntry } from './graph.ts'
import type { BerryGraph } from './graph.ts'
import type { BerryLocal } from './locals.ts'
import { slugOf } from './locator.ts'
import type { ChosenManager } from './release.ts'
import { SETTINGS } from './settings.ts'
import type { BerrySettings } from './settings.ts'
import type { BerrySource } from './sources.ts'

export interface BerryParts {
  readonly format: Lock['format']
  readonly cacheKey: string
  readonly graph: BerryGraph
  readonly sources: ReadonlyMap<BerryEntry, BerrySource>
  readonly locals: ReadonlyMap<string, BerryLocal>
  readonly settings: BerrySettings
  readonly manager: ChosenManager
}

/** Pure; the parts have been checked. */
export function buildBerryLock(parts: BerryParts): Lock {
  const ids = nameAll(parts)
  const targets = targetsOf(parts)
  const packages = new Map<PackageId, LockedPackage>()
  for (const [entry, source] of parts.sources) {
    const id = ids.get(entry)
    const made = id === undefined ? undefined : modelSource(source)
    if (id !== undefined && made !== undefined)
      packages.set(id, modelPackage(entry, { id, source: made, parts, ids, targets }))
  }
  const { archive, manager } = parts.manager
  if (archive !== undefined) packages.set(archive.id, archive)
  return {
    ecosystem: 'node',
    format: parts.format,
    roots: rootsOf(parts, ids, targets),
    packages,
    layout: layoutOf(parts, ids, targets),
    manager: { ...manager, files: filesOf(parts), directories: directoriesOf(parts) },
    leftToManifests: ['scripts'],
  }
}

type Ids = ReadonlyMap<BerryEntry, PackageId>

/** The registry's get the plain id; where name and version stand for something else, too, that is told apart by its cache name. */
function nameAll({ sources }: BerryParts): Ids {
  const ids = new Map<BerryEntry, PackageId>()
  const taken = new Set<string>()
  const name = (entry: BerryEntry, plain: PackageId, qualifier: string): void => {
    const id = taken.has(plain) ? packageId(entry.ident.name, entry.version, qualifier) : plain
    taken.add(id)
    ids.set(entry, id)
  }
  const isPlain = ({ range }: BerryEntry): boolean => range.protocol === 'npm:' && range.parameters.size === 0
  const all = [...sources]
  for (const [entry, { kind }] of all) {
    if (kind === 'fetched' && isPlain(entry)) name(entry, packageId(entry.ident.name, entry.version), '')
  }
  for (const [entry, source] of all) {
    const plain = packageId(entry.ident.name, entry.version)
    if (source.kind === 'fetched' && !isPlain(entry)) name(entry, plain, slugOf(entry.ident).slice(-10))
    if (source.kind === 'directory' && source.isPackage && source.path !== '') name(entry, plain, source.path)
  }
  return ids
}

function modelSource(source: BerrySource): Source | undefined {
  switch (source.kind) {
    case 'fetched':
      return source.source
    case 'directory':
      return { kind: 'local', form: 'directory', path: source.path, digests: [] }
    case 'made':
      return undefined
  }
}

/** What each entry asks for, as far as the lock file holds it. */
type Targets = ReadonlyMap<BerryEntry, readonly Target[]>

interface Target {
  readonly name: string
  readonly range: string
  readonly entry: BerryEntry
}

function targetsOf({ graph, sources }: BerryParts): Targets {
  const targets = new Map<BerryEntry, readonly Target[]>()
  for (const from of sources.keys()) {
    const found: Target[] = []
    for (const [name, range] of from.dependencies) {
      const entry = findEntry(graph, from, name, range)
      if (entry !== undefined) found.push({ name, range, entry })
    }
    targets.set(from, found)
  }
  return targets
}

/** Of a patched package, that of what is patched. */
function idOf(entry: BerryEntry, parts: BerryParts, ids: Ids): PackageId | undefined {
  const own = ids.get(entry)
  if (own !== undefined) return own
  const seen = new Set<BerryEntry>()
  for (let at: BerryEntry | undefined = entry; at !== undefined && !seen.has(at); at = baseOf(at, parts)) {
    seen.add(at)
    const id = ids.get(at)
    if (id !== undefined) return id
  }
  return undefined
}

function baseOf(entry: BerryEntry, { graph, sources }: BerryParts): BerryEntry | undefined {
  const source = sources.get(entry)
  return source?.kind === 'made' && source.base !== undefined ? graph.byResolution.get(source.base) : undefined
}

interface Modelling {
  readonly id: PackageId
  readonly source: Source
  readonly parts: BerryParts
  readonly ids: Ids
  readonly targets: Targets
}

function modelPackage(entry: BerryEntry, { id, source, parts, ids, targets }: Modelling): LockedPackage {
  const { ident, version, fields } = entry
  const sources: NonEmpty<Source> = [source]
  const dependencies: Edge[] = []
  for (const { name, range, entry: target } of targets.get(entry) ?? []) {
    const to = idOf(target, parts, ids)
    if (to !== undefined)
      dependencies.push({ as: name, to, kind: entry.optional.has(name) ? 'optional' : 'prod', range })
  }
  const local = source.kind === 'local' ? parts.locals.get(source.path)?.manifest : undefined
  return {
    id,
    name: local?.name ?? ident.name,
    version: local === undefined ? version : (local.version ?? ''),
    sources,
    dependencies,
    when: whenOf(entry, parts.settings),
    where: fields.where(),
  }
}

/**
 * Where the cache file is needed: Yarn fetches what has a checksum everywhere, and the others where they run, or where
 * `supportedArchitectures` says so.
 */
function whenOf({ checksum, when }: BerryEntry, { architectures }: BerrySettings): Condition | undefined {
  if (checksum !== undefined || when === undefined) return undefined
  const narrowed = (['os', 'cpu', 'libc'] as const).flatMap((key) => {
    const words = when[key]
    const isSupported = words?.some((word) => architectures[key].includes(word)) === true
    return words === undefined || isSupported ? [] : [[key, words] as const]
  })
  return narrowed.length === 0 ? undefined : { kind: 'platform', ...Object.fromEntries(narrowed) }
}

function rootsOf(parts: BerryParts, ids: Ids, targets: Targets): NonEmpty<Root> {
  let project: Root = { path: '', dependencies: [] }
  const members: Root[] = []
  for (const [path, { entry, isMember, manifest }] of parts.locals) {
    const dependencies: Edge[] = []
    for (const { name, range, entry: target } of targets.get(entry) ?? []) {
      const to = idOf(target, parts, ids)
      const ask = manifest.asks.get(name)
      if (to !== undefined) dependencies.push({ as: name, to, kind: ask?.kind ?? 'prod', range: ask?.range ?? range })
    }
    const root = { path, name: manifest.name, version: manifest.version, dependencies }
    if (path === '') project = root
    else if (isMember) members.push(root)
  }
  return [project, ...members]
}

/** `.yarn/cache/<file>` for what is fetched; members and portals as the links that Yarn makes for them. */
function layoutOf(parts: BerryParts, ids: Ids, targets: Targets): ReadonlyMap<string, Place> {
  const flags = flagsOf(parts, targets)
  const layout = new Map<string, Place>()
  for (const [entry, source] of parts.sources) {
    const id = ids.get(entry)
    if (id === undefined) continue
    const own = flags.get(entry.resolution) ?? []
    if (source.kind === 'fetched')
      layout.set(cachePath(entry, parts.cacheKey), { kind: 'package', id, flags: own, needs: [] })
    else if (source.kind === 'directory') {
      layout.set(`node_modules/${entry.ident.name}`, { kind: 'link', target: source.path, flags: [] })
    }
  }
  return layout
}

export function cachePath({ ident, checksum }: BerryEntry, cacheKey: string): string {
  return `.yarn/cache/${slugOf(ident)}-${checksum?.hex.slice(0, 10) ?? cacheKey}.zip`
}

function flagsOf(parts: BerryParts, targets: Targets): ReturnType<typeof findFlags> {
  const roots = new Map<string, readonly RootNeed[]>()
  for (const [path, { entry, manifest }] of parts.locals) {
    const own = targets.get(entry) ?? []
    roots.set(
      path,
      own.map(({ name, entry: { resolution } }) => ({
        path: resolution,
        kind: manifest.asks.get(name)?.kind ?? 'prod',
      })),
    )
  }
  const places = new Map<string, FlaggedPlace>()
  for (const [entry, source] of parts.sources) {
    if (source.kind === 'directory' && source.isPackage)
      places.set(entry.resolution, { kind: 'link', target: source.path })
    else places.set(entry.resolution, { kind: 'package', needs: needsOf(entry, parts, targets) })
  }
  return findFlags({ roots, places })
}

function needsOf(entry: BerryEntry, parts: BerryParts, targets: Targets): readonly FlaggedNeed[] {
  const needs = (targets.get(entry) ?? []).map(({ name, entry: { resolution } }) => {
    return { path: resolution, optional: entry.optional.has(name) }
  })
  const base = baseOf(entry, parts)
  return base === undefined ? needs : [...needs, { path: base.resolution, optional: false }]
}

/** What an install reads of the project beside manifests: nothing else does reinstall. */
function filesOf({ format, settings, sources }: BerryParts): readonly string[] {
  const files = new Set([format.file, ...settings.plugins])
  if (settings.exists) files.add(SETTINGS)
  if (settings.yarnPath !== undefined) files.add(settings.yarnPath)
  for (const source of sources.values()) if (source.kind === 'made') for (const file of source.files) files.add(file)
  return [...files].sort()
}

function directoriesOf({ sources }: BerryParts): readonly string[] {
  const made = [...sources.values()].flatMap((source) => (source.kind === 'made' ? (source.directory ?? []) : []))
  return [...new Set(made)]
}
