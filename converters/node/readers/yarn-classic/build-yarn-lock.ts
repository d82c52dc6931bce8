/** The hoisted tree → the model: packages (each once), what stands at each install path, and what the project's own manifests ask for. */
import { packageId } from '../../../../src/model/lock.ts'
import type { Edge, Lock, LockedPackage, PackageId, Place, PlaceNeed, Root } from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import { findFlags } from '../../layout/find-flags.ts'
import type { FlaggedPlace, RootNeed } from '../../layout/find-flags.ts'
import { findNeed } from '../../layout/find-need.ts'
import { isPackageName } from '../../package-name.ts'
import { distinctSources } from '../distinct-sources.ts'
import type { Candidate } from '../distinct-sources.ts'
import { hoistedPaths } from './hoisted-paths.ts'
import type { HoistedPlace } from './hoist.ts'
import { splitPattern } from './resolve-patterns.ts'
import type { YarnPackage } from './resolve-patterns.ts'
import type { Found } from './yarn-graph.ts'
import type { YarnEntry } from './yarn-lock-text.ts'
import type { YarnManifest, YarnProject } from './yarn-project.ts'
import { locateYarn } from './yarn-sources.ts'
import type { Locating } from './yarn-sources.ts'

type YarnFound = Found<YarnEntry, YarnManifest>
type Pkg = YarnPackage<YarnFound>

export interface Building {
  readonly project: YarnProject
  readonly places: readonly HoistedPlace<YarnFound>[]
  readonly aggregator: string | undefined
  /** yarn itself. */
  readonly manager: LockedPackage
  readonly file: string
  readonly locating: Locating
}

/** Reports what cannot be a part of it (the caller then throws). */
export function buildYarnLock(building: Building): Lock {
  const { project, manager, file } = building
  const standing = new Map<string, Pkg>()
  for (const [path, { pkg }] of hoistedPaths(building.places, building.aggregator)) standing.set(path, pkg)
  const names = nameAll(new Set(standing.values()), building)
  const layout = new Map<string, Place>()
  const firstPaths = new Map<Pkg, string>()
  for (const [path, pkg] of standing) if (!firstPaths.has(pkg)) firstPaths.set(pkg, path)
  const placing: Placing = { standing, names, firstPaths }
  for (const [path, pkg] of standing) {
    checkName(path, pkg, building)
    const place = readPlace(path, pkg, placing)
    if (place !== undefined) layout.set(path, place)
  }
  const packages = new Map<PackageId, LockedPackage>([[manager.id, manager]])
  for (const [pkg, named] of names) addPackage(packages, pkg, named, placing)
  const manifests = [project.root, ...project.members.values()]
  const roots = manifests.map((manifest) => readRoot(manifest, placing))
  const [first = { path: '', dependencies: [] }, ...members] = roots
  return {
    ecosystem: 'node',
    format: { name: 'yarn-classic', version: '1', file },
    roots: [first, ...members],
    packages,
    layout: withFlags(layout, manifests, placing),
    manager: {
      name: 'yarn-classic',
      version: manager.version,
      package: manager.id,
      scripts: { run: 'all' },
      files: [file],
    },
    leftToManifests: ['conditions', 'scripts'],
  }
}

interface Placing {
  readonly standing: ReadonlyMap<string, Pkg>
  readonly names: ReadonlyMap<Pkg, Named>
  readonly firstPaths: ReadonlyMap<Pkg, string>
}

type Named = Omit<LockedPackage, 'dependencies'>

/** Every package gets its source and its id. Those whose source cannot be had are left out, and reported. */
function nameAll(packages: ReadonlySet<Pkg>, { locating }: Building): ReadonlyMap<Pkg, Named> {
  const names = new Map<Pkg, Named>()
  const byEntry = new Map<string, { readonly entry: YarnEntry; readonly name: string; readonly members: Pkg[] }>()
  const taken = new Set<PackageId>()
  for (const pkg of packages) {
    const { entry } = pkg.found
    if (entry === undefined) {
      const named = nameLocal(pkg.found, taken)
      if (named !== undefined) names.set(pkg, named)
      continue
    }
    const name = realName(pkg)
    const [pattern = ''] = entry.patterns
    const key = byEntry.get(pattern)?.name === name || !byEntry.has(pattern) ? pattern : `${pattern} (${name})`
    const known = byEntry.get(key)
    if (known === undefined) byEntry.set(key, { entry, name, members: [pkg] })
    else known.members.push(pkg)
  }
  const candidates: Candidate[] = []
  for (const [path, { entry, name }] of byEntry) {
    const source = locateYarn(entry, name, locating)
    if (source !== undefined)
      candidates.push({ entry: asEntry(entry, path), path, name, version: entry.version ?? '', source })
  }
  const report: Locating['report'] = (problem) =>
    locating.report({ ...problem, hint: 'remove both entries and run yarn install, which writes them anew' })
  for (const { id, source, first, places } of distinctSources(candidates, { report })) {
    const named: Named = { id, name: first.name, version: first.version, sources: [source], where: first.entry.where }
    for (const { path } of places) for (const pkg of byEntry.get(path)?.members ?? []) names.set(pkg, named)
  }
  return names
}

function asEntry(entry: YarnEntry, path: string): Candidate['entry'] {
  return { path, where: entry.where(), link: false, inBundle: false, flags: [], asks: [] }
}

/** The name behind an alias (`a@npm:b@^1.0.0`). */
function realName({ found, patterns }: Pkg): string {
  for (const pattern of patterns) {
    const alias = /^npm:((?:@[^/@]+\/)?[^@]+)/.exec(splitPattern(pattern).range)?.[1]
    if (alias !== undefined && isPackageName(alias)) return alias
  }
  return found.name
}

/** undefined: a linked directory that is no package. */
function nameLocal({ name, version, link, copied, manifest }: YarnFound, taken: Set<PackageId>): Named | undefined {
  const path = link?.dir ?? copied
  if (path === undefined || manifest === undefined) return undefined
  const plain = packageId(name, version)
  const id = taken.has(plain) ? packageId(name, version, path) : plain
  taken.add(id)
  return {
    id,
    name,
    version,
    sources: [{ kind: 'local', form: 'directory', path, digests: [] }],
    where: manifest.fields.where(),
  }
}

function checkName(path: string, { found, requests }: Pkg, { locating, project }: Building): void {
  if (found.entry !== undefined || isPackageName(found.name)) return
  const asked = requests[0]?.pattern ?? path
  const message = `${shown(asked)} has a name that yarn does not accept`
  const hint = 'rename the dependency'
  locating.report({ code: 'name-invalid', message, where: project.root.fields.where(), hint })
}

function readPlace(path: string, pkg: Pkg, { standing, names }: Placing): Place | undefined {
  const { link } = pkg.found
  if (link !== undefined) return { kind: 'link', target: link.dir, flags: [] }
  const named = names.get(pkg)
  if (named === undefined) return undefined
  return { kind: 'package', id: named.id, flags: [], needs: readNeeds(path, pkg, standing) }
}

function readNeeds(path: string, pkg: Pkg, standing: Placing['standing']): readonly PlaceNeed[] {
  const needs: PlaceNeed[] = []
  for (const pattern of pkg.dependencies) {
    const found = findNeed(standing, path, splitPattern(pattern).name)
    if (found !== undefined) needs.push({ path: found, optional: pkg.optionalPatterns.has(pattern) })
  }
  return needs
}

/** One id may stand for several of yarn's packages: those need the same. */
function addPackage(
  packages: Map<PackageId, LockedPackage>,
  pkg: Pkg,
  named: Named,
  { standing, names, firstPaths }: Placing,
): void {
  if (packages.has(named.id)) return
  const dependencies: Edge[] = []
  packages.set(named.id, { ...named, dependencies })
  const path = firstPaths.get(pkg) ?? ''
  for (const pattern of pkg.dependencies) {
    const { name, range } = splitPattern(pattern)
    const found = standing.get(findNeed(standing, path, name) ?? '')
    const to = found === undefined ? undefined : names.get(found)
    if (to !== undefined)
      dependencies.push({ as: name, to: to.id, kind: pkg.optionalPatterns.has(pattern) ? 'optional' : 'prod', range })
  }
}

const kinds = [
  ['dependencies', 'prod'],
  ['optionalDependencies', 'optional'],
  ['devDependencies', 'dev'],
] as const

/** As a root of the model. */
function readRoot({ dir, name, version, asks }: YarnManifest, { standing, names }: Placing): Root {
  const dependencies: Edge[] = []
  for (const [list, kind] of kinds) {
    for (const [as, range] of asks[list]) {
      const found = standing.get(findNeed(standing, dir, as) ?? '')
      const to = found === undefined ? undefined : names.get(found)
      if (to !== undefined) dependencies.push({ as, to: to.id, kind, range })
    }
  }
  return { path: dir, name, version, dependencies }
}

function withFlags(
  layout: ReadonlyMap<string, Place>,
  manifests: readonly YarnManifest[],
  { standing }: Placing,
): ReadonlyMap<string, Place> {
  const roots = new Map(manifests.map((manifest) => [manifest.dir, rootNeeds(layout, manifest)]))
  const places = new Map<string, FlaggedPlace>(layout)
  for (const pkg of standing.values()) {
    const { link } = pkg.found
    if (link?.kind === 'link') places.set(link.dir, { kind: 'package', needs: readNeeds(link.dir, pkg, standing) })
  }
  const flags = findFlags({ roots, places })
  if (flags.size === 0) return layout
  const flagged = new Map<string, Place>()
  for (const [path, place] of layout) flagged.set(path, { ...place, flags: flags.get(path) ?? place.flags })
  return flagged
}

function rootNeeds(layout: ReadonlyMap<string, Place>, { dir, asks }: YarnManifest): readonly RootNeed[] {
  return kinds.flatMap(([list, kind]) =>
    asks[list].flatMap(([as]) => {
      const path = findNeed(layout, dir, as)
      return path === undefined ? [] : [{ path, kind }]
    }),
  )
}
