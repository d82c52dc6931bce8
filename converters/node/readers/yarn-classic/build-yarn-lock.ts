/** The hoisted tree → the model: packages (each once), what stands at each install path, and what the project's own manifests ask for. */
import type {
  Edge,
  IgnoredSetting,
  Lock,
  LockedPackage,
  PackageId,
  Place,
  PlaceNeed,
  Root,
} from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import { flagsOfWays } from '../../layout/find-flags.ts'
import { findNeed } from '../../layout/find-need.ts'
import { isPackageName } from '../../package-name.ts'
import { findWays } from './find-ways.ts'
import type { Asked } from './find-ways.ts'
import type { HoistedPlace } from './hoisted-place.ts'
import { hoistedPaths } from './hoisted-paths.ts'
import { namePackages } from './name-packages.ts'
import type { Draft, YarnFound } from './name-packages.ts'
import type { ProjectGraph } from './yarn-graph.ts'
import type { YarnEntry } from './yarn-entry.ts'
import type { YarnManifest, YarnProject } from './yarn-project.ts'
import type { Locating } from './yarn-sources.ts'

type Standing = HoistedPlace<YarnFound>

export interface Building extends ProjectGraph<YarnEntry, YarnManifest> {
  readonly project: YarnProject
  readonly places: readonly Standing[]
  /** yarn itself. */
  readonly manager: LockedPackage
  readonly ignored: readonly IgnoredSetting[]
  readonly file: string
  readonly locating: Locating
}

/** Reports what cannot be a part of it (the caller then throws). */
export function buildYarnLock(building: Building): Lock {
  const { graph, project, manager, file } = building
  const standing = hoistedPaths(building.places, building.aggregator)
  const drafts = namePackages(standing, graph.packages.length, building.locating)
  const manifests = [project.root, ...project.members.values()]
  const asked = new Map(manifests.map((manifest) => [manifest.dir, findAsked(manifest, standing)]))
  findWays(standing, asked)
  const layout = new Map<string, Place>()
  const packages = new Map<PackageId, LockedPackage>([[manager.id, manager]])
  standing.forEach((place, path) => {
    checkName(path, place, building)
    const draft = drafts[place.pkg.index]
    const read = readPlace(place, draft)
    if (read !== undefined) layout.set(path, read)
    // One id may stand for several of yarn's packages: those need the same.
    if (draft === undefined || packages.has(draft.id)) return
    draft.dependencies = readEdges(place, drafts)
    packages.set(draft.id, draft)
  })
  const roots = manifests.map(({ dir, name, version }) => {
    return { path: dir, name, version, dependencies: rootEdges(asked.get(dir) ?? [], drafts) }
  })
  const [first = { path: '', dependencies: [] }, ...members] = roots
  return {
    ecosystem: 'node',
    format: { name: 'yarn-classic', version: '1', file },
    roots: [first, ...members],
    packages,
    layout,
    manager: {
      name: 'yarn-classic',
      version: manager.version,
      package: manager.id,
      scripts: { run: 'all' },
      files: [file],
    },
    ignored: building.ignored,
    leftToManifests: ['conditions', 'scripts'],
  }
}

/** By index of yarn's package. */
type Drafts = readonly (Draft | undefined)[]

const kinds = [
  ['dependencies', 'prod'],
  ['optionalDependencies', 'optional'],
  ['devDependencies', 'dev'],
] as const

interface RootAsk extends Asked<YarnFound> {
  readonly as: string
  readonly range: string
}

function findAsked({ dir, asks }: YarnManifest, standing: ReadonlyMap<string, Standing>): readonly RootAsk[] {
  return kinds.flatMap(([list, kind]) =>
    asks[list].flatMap(([as, range]) => {
      const place = standing.get(findNeed(standing, dir, as) ?? '')
      return place === undefined ? [] : [{ as, range, kind, place }]
    }),
  )
}

function rootEdges(asked: readonly RootAsk[], drafts: Drafts): Root['dependencies'] {
  return asked.flatMap(({ as, range, kind, place }) => {
    const to = drafts[place.pkg.index]
    return to === undefined ? [] : [{ as, to: to.id, kind, range }]
  })
}

function checkName(path: string, { pkg: { found, requests } }: Standing, { locating, project }: Building): void {
  if (found.entry !== undefined || isPackageName(found.name)) return
  const asked = requests[0]?.pattern.text ?? path
  const message = `${shown(asked)} has a name that yarn does not accept`
  const hint = 'rename the dependency'
  locating.report({ code: 'name-invalid', message, where: project.root.fields.where(), hint })
}

function readPlace(place: Standing, draft: Draft | undefined): Place | undefined {
  const flags = flagsOfWays(place.ways)
  const { link } = place.pkg.found
  if (link !== undefined) return { kind: 'link', target: link.dir, flags }
  return draft === undefined ? undefined : { kind: 'package', id: draft.id, flags, needs: readNeeds(place) }
}

function readNeeds({ pkg, needs }: Standing): readonly PlaceNeed[] {
  if (needs.length === 0) return none
  const found: PlaceNeed[] = []
  needs.forEach((need) => {
    if (need.path !== undefined) found.push({ path: need.path, optional: pkg.canDoWithout(need.pkg) })
  })
  return found
}

function readEdges({ pkg, needs }: Standing, drafts: Drafts): readonly Edge[] {
  if (needs.length === 0) return none
  const edges: Edge[] = []
  needs.forEach(({ pkg: other }) => {
    const to = drafts[other.index]
    if (to === undefined) return
    edges.push({ as: other.found.name, to: to.id, kind: pkg.canDoWithout(other) ? 'optional' : 'prod' })
  })
  return edges
}

const none: readonly never[] = []
