/** The hoisted tree → the model: packages (each once), what stands at each install path, and what the project's own manifests ask for. */
import { packageId } from '../../../../src/model/lock.ts'
import type {
  Edge,
  Lock,
  LockedPackage,
  PackageId,
  Place,
  PlaceFlag,
  PlaceNeed,
  Root,
} from '../../../../src/model/lock.ts'
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
import type { YarnEntry } from './yarn-entry.ts'
import type { YarnManifest, YarnProject } from './yarn-project.ts'
import { locateYarn } from './yarn-sources.ts'
import type { Locating } from './yarn-sources.ts'

type YarnFound = Found<YarnEntry, YarnManifest>
type Pkg = YarnPackage<YarnFound>
type Standing = HoistedPlace<YarnFound>

export interface Building {
  readonly project: YarnProject
  readonly places: readonly Standing[]
  readonly aggregator: string | undefined
  /** yarn itself. */
  readonly manager: LockedPackage
  readonly file: string
  readonly locating: Locating
}

/** Reports what cannot be a part of it (the caller then throws). */
export function buildYarnLock(building: Building): Lock {
  const { project, manager, file } = building
  const standing = hoistedPaths(building.places, building.aggregator)
  const paths = new Map<Standing, string>()
  const standingPackages = new Set<Pkg>()
  standing.forEach((place, path) => {
    paths.set(place, path)
    standingPackages.add(place.pkg)
  })
  const names = nameAll(standingPackages, building)
  const layout = new Map<string, Place>()
  const packages = new Map<PackageId, LockedPackage>([[manager.id, manager]])
  const placing: Placing = { standing, paths, names }
  standing.forEach((place, path) => {
    checkName(path, place.pkg, building)
    const read = readPlace(place, placing)
    if (read !== undefined) layout.set(path, read)
    addPackage(packages, place, names)
  })
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
  readonly standing: ReadonlyMap<string, Standing>
  readonly paths: ReadonlyMap<Standing, string>
  readonly names: Names
}

type Names = ReadonlyMap<Pkg, Named>

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
    const first = byEntry.get(pattern)
    const key = first === undefined || first.name === name ? pattern : `${pattern} (${name})`
    const known = key === pattern ? first : byEntry.get(key)
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
  for (const { id, source, members } of distinctSources(candidates, { report })) {
    const [first] = members
    const named: Named = { id, name: first.name, version: first.version, sources: [source], where: first.entry.where }
    for (const { path } of members) for (const pkg of byEntry.get(path)?.members ?? []) names.set(pkg, named)
  }
  return names
}

function asEntry(entry: YarnEntry, path: string): Candidate['entry'] {
  return { path, where: entry.where(), link: false, inBundle: false, flags: [], asks: [] }
}

/** The name behind an alias (`a@npm:b@^1.0.0`). */
function realName({ found, patterns }: Pkg): string {
  for (const pattern of patterns) {
    const { range } = splitPattern(pattern)
    const alias = range.startsWith('npm:') ? /^npm:((?:@[^/@]+\/)?[^@]+)/.exec(range)?.[1] : undefined
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

function readPlace(place: Standing, placing: Placing): Place | undefined {
  const { link } = place.pkg.found
  if (link !== undefined) return { kind: 'link', target: link.dir, flags: noFlags }
  const named = placing.names.get(place.pkg)
  return named === undefined
    ? undefined
    : { kind: 'package', id: named.id, flags: noFlags, needs: readNeeds(place, placing) }
}

const noFlags: readonly PlaceFlag[] = []

function readNeeds({ pkg, needs }: Standing, { paths }: Placing): readonly PlaceNeed[] {
  const found: PlaceNeed[] = []
  for (const need of needs) {
    const path = paths.get(need)
    if (path !== undefined) found.push({ path, optional: isOptional(pkg, need) })
  }
  return found
}

function isOptional({ optionalPatterns }: Pkg, { pkg }: Standing): boolean {
  return optionalPatterns.size > 0 && pkg.patterns.some((pattern) => optionalPatterns.has(pattern))
}

/** One id may stand for several of yarn's packages: those need the same. */
function addPackage(packages: Map<PackageId, LockedPackage>, { pkg, needs }: Standing, names: Names): void {
  const named = names.get(pkg)
  if (named === undefined || packages.has(named.id)) return
  const dependencies: Edge[] = []
  for (const need of needs) {
    const to = names.get(need.pkg)
    if (to === undefined) continue
    dependencies.push({ as: need.pkg.found.name, to: to.id, kind: isOptional(pkg, need) ? 'optional' : 'prod' })
  }
  packages.set(named.id, { ...named, dependencies })
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
      const to = found === undefined ? undefined : names.get(found.pkg)
      if (to !== undefined) dependencies.push({ as, to: to.id, kind, range })
    }
  }
  return { path: dir, name, version, dependencies }
}

function withFlags(
  layout: ReadonlyMap<string, Place>,
  manifests: readonly YarnManifest[],
  placing: Placing,
): ReadonlyMap<string, Place> {
  const roots = new Map(manifests.map((manifest) => [manifest.dir, rootNeeds(layout, manifest)]))
  const places = new Map<string, FlaggedPlace>(layout)
  for (const place of placing.standing.values()) {
    const { link } = place.pkg.found
    if (link?.kind === 'link') places.set(link.dir, { kind: 'package', needs: readNeeds(place, placing) })
  }
  const flags = findFlags({ roots, places })
  if (flags.size === 0) return layout
  const flagged = new Map<string, Place>()
  for (const [path, place] of layout) {
    const own = flags.get(path)
    flagged.set(path, own === undefined ? place : { ...place, flags: own })
  }
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
