/**
 * Yarn 1 does not hoist a package above its peers, and leaves out optional packages that cannot run, without what only they need. Both
 * are told by the packages' own manifests, so the tree is laid out as the lock file alone has it, and then put right here.
 */
import { readFileSync } from 'node:fs'
import { findFlags } from '../../../../layout/find-flags.ts'
import type { FlaggedNeed, FlaggedPlace, RootNeed } from '../../../../layout/find-flags.ts'
import { findNeed } from '../../../../layout/find-need.ts'
import { findPlatform } from '../../../../layout/platform.ts'
import type { PlacePlan } from '../../../../node-plan.ts'
import { addPeers } from '../../../../readers/yarn-classic/add-peers.ts'
import { EndlessNesting, hoist } from '../../../../readers/yarn-classic/hoist.ts'
import type { Hoisting } from '../../../../readers/yarn-classic/hoist.ts'
import type { HoistedPlace } from '../../../../readers/yarn-classic/hoisted-place.ts'
import { hoistedPaths, pathThroughLinks } from '../../../../readers/yarn-classic/hoisted-paths.ts'
import type { Request, YarnPackage } from '../../../../readers/yarn-classic/pattern.ts'
import { projectGraph } from '../../../../readers/yarn-classic/yarn-graph.ts'
import type { Found, ProjectGraph } from '../../../../readers/yarn-classic/yarn-graph.ts'
import { parseYarnLock } from '../../../../readers/yarn-classic/yarn-lock-text.ts'
import type { YarnEntry } from '../../../../readers/yarn-classic/yarn-entry.ts'
import { removePlaces } from '../../clean-up.ts'
import { fail } from '../../failure.ts'
import { textsAt } from '../../json-value.ts'
import { layOut } from '../../lay-out.ts'
import type { Building } from '../../lay-out.ts'
import type { Arranged } from '../../manager.ts'
import { findManifest } from '../../manifest.ts'
import type { Manifest } from '../../manifest.ts'
import { isOmitted } from '../../selection.ts'
import type { Places } from '../../selection.ts'
import { runsWithYarn } from './yarn-conditions.ts'
import { loadYarnManifests } from './yarn-manifests.ts'
import type { YarnLocal } from './yarn-manifests.ts'

type YarnFound = Found<YarnEntry, YarnLocal>
type Pkg = YarnPackage<YarnFound>

/** How bins of a place are linked. */
export interface BinNotes {
  /** The places of what it needs, in yarn's order. */
  readonly needs: readonly string[]
  /** Asked for by the project itself. */
  readonly isDirect: boolean
  readonly isNohoist: boolean
  /** A `link:` to a directory, whose manifest tells yarn nothing but dependencies. */
  readonly isLinked: boolean
  /** By which yarn sorts it. */
  readonly order: string
}

const notes = new WeakMap<PlacePlan, BinNotes>()

/** undefined: not a place that was arranged. */
export function binNotesOf(place: PlacePlan): BinNotes | undefined {
  return notes.get(place)
}

/** What the lock file names and the plan has a place for: entries with the key of their source, each once. */
export function lockedSources(building: Building): ReadonlyMap<YarnEntry, string> {
  const project = readProject(building)
  const plain = hoistedPaths(hoistOrFail(project), project.aggregator)
  const places = matchSources(plain, building)
  const sources = new Map<YarnEntry, string>()
  for (const { pkg } of plain.values()) {
    const { source } = places.get(keyOf(pkg)) ?? {}
    if (pkg.found.entry !== undefined && source !== undefined) sources.set(pkg.found.entry, source)
  }
  return sources
}

export async function arrangeYarn(root: string, first: Arranged, building: Building): Promise<Arranged> {
  const project = readProject(building)
  const plain = hoistedPaths(hoistOrFail(project), project.aggregator)
  const sources = matchSources(plain, building)
  const manifests = loadManifests(root, plain, first)
  const peersOf = (pkg: Pkg): readonly (readonly [string, string])[] => peersIn(pkg, manifests)
  addPeers(project.graph, peersOf)
  const standing = hoistOrFail({
    ...project,
    peersOf: (pkg) => peersOf(pkg).map(([name]) => name),
    isUnfit: (pkg) => pkg.isOptional && !runsHere(manifests.get(keyOf(pkg)), building),
  })
  const places = readPlaces(standing, project, { sources, building })
  return move(root, first, places, building)
}

function readProject({ job, spec }: Building): ProjectGraph<YarnEntry, YarnLocal> {
  const [file = 'yarn.lock'] = spec.plan.manager?.files ?? []
  const text = readFileSync(job.files?.[file] ?? fail(`The job gives no ${file}.`), 'utf8')
  const { byPattern } = parseYarnLock(text, file)
  const locals = loadYarnManifests(job, spec.plan)
  const onMissing = ({ pattern }: Request): never =>
    fail(`${pattern.text} is asked for and not locked. Run yarn install in the project, and then lock2build.`)
  return projectGraph({ ...locals, byPattern, onMissing, onMisfit: () => undefined })
}

function hoistOrFail(hoisting: Hoisting<YarnFound>): readonly HoistedPlace<YarnFound>[] {
  try {
    return hoist(hoisting)
  } catch (error) {
    if (!(error instanceof EndlessNesting)) throw error
    return fail(`There is no end of ${error.message}. Force one version of them with "resolutions" in package.json.`)
  }
}

/** The plan's place of each package: where it was put with nothing but the lock file known. */
function matchSources(
  plain: ReadonlyMap<string, HoistedPlace<YarnFound>>,
  { spec }: Building,
): ReadonlyMap<string, PlacePlan> {
  const sources = new Map<string, PlacePlan>()
  let count = 0
  for (const [path, { pkg }] of plain) {
    const place = spec.plan.places[path]
    if (place === undefined) continue
    count += 1
    if (!fits(place, pkg)) failStale(path)
    sources.set(keyOf(pkg), place)
  }
  if (count !== Object.keys(spec.plan.places).length)
    failStale(Object.keys(spec.plan.places).find((path) => !plain.has(path)) ?? '')
  return sources
}

function fits({ source, copy, link }: PlacePlan, { found }: Pkg): boolean {
  if (copy !== undefined) return found.copied === copy
  return source === undefined ? found.link?.dir === link : source.includes(`@${found.version}`)
}

function failStale(path: string): never {
  fail(`yarn.lock has something else at ${path} than the spec: run lock2build again.`)
}

function keyOf({ found }: Pkg): string {
  return `${found.name} ${found.identity}`
}

/** By {@link keyOf}. */
type Manifests = ReadonlyMap<string, Manifest>

function loadManifests(
  root: string,
  plain: ReadonlyMap<string, HoistedPlace<YarnFound>>,
  { places, laid }: Arranged,
): Manifests {
  const manifests = new Map<string, Manifest>()
  for (const [path, { pkg }] of plain) {
    const key = keyOf(pkg)
    if (manifests.has(key) || !places.has(path) || pkg.found.link !== undefined) continue
    const manifest = laid.manifests.get(path) ?? findManifest(`${root}/${path}`)
    if (manifest !== undefined) manifests.set(key, manifest)
  }
  return manifests
}

function peersIn(pkg: Pkg, manifests: Manifests): readonly (readonly [string, string])[] {
  if (pkg.found.link?.kind === 'link') return []
  if (pkg.found.manifest !== undefined) return pkg.found.manifest.peers
  const manifest = manifests.get(keyOf(pkg))
  return manifest === undefined ? [] : Object.entries(textsAt(manifest.json, 'peerDependencies'))
}

function runsHere(manifest: Manifest | undefined, { job }: Building): boolean {
  const platform = findPlatform(job.system) ?? fail(`The system ${JSON.stringify(job.system)} is not known.`)
  return manifest === undefined || runsWithYarn(manifest.json, platform)
}

interface Reading {
  readonly sources: ReadonlyMap<string, PlacePlan>
  readonly building: Building
}

/** What stands where in the end, without what the job leaves out. */
function readPlaces(
  standing: readonly HoistedPlace<YarnFound>[],
  { aggregator }: ProjectGraph<YarnEntry, YarnLocal>,
  { sources, building }: Reading,
): Places {
  const paths = hoistedPaths(standing, aggregator)
  const flagged = new Map<string, FlaggedPlace>()
  for (const [path, { pkg }] of paths) {
    const { link } = pkg.found
    if (link?.kind === 'link') flagged.set(link.dir, { kind: 'package', needs: needsOf(link.dir, pkg, paths) })
    flagged.set(
      path,
      link === undefined ? { kind: 'package', needs: needsOf(path, pkg, paths) } : { kind: 'link', target: link.dir },
    )
  }
  const flags = findFlags({ roots: rootNeeds(building, paths), places: flagged })
  const omit = new Set(building.job.omit)
  const places = new Map<string, PlacePlan>()
  for (const path of [...paths.keys()].sort()) {
    const hoisted = paths.get(path)
    const known = hoisted === undefined ? undefined : sources.get(keyOf(hoisted.pkg))
    if (hoisted === undefined || known === undefined) continue
    const { flags: _flags, ...rest } = known
    const own = flags.get(path)
    const place: PlacePlan = own === undefined ? rest : { ...rest, flags: own }
    if (isOmitted(place, omit)) continue
    places.set(path, place)
    notes.set(place, {
      needs: needsOf(path, hoisted.pkg, paths).map((need) => need.path),
      isDirect: hoisted.isDirect,
      isNohoist: hoisted.isNohoist,
      isLinked: hoisted.pkg.found.link?.kind === 'link',
      order: pathThroughLinks(hoisted, aggregator),
    })
  }
  return places
}

type Paths = ReadonlyMap<string, HoistedPlace<YarnFound>>

function needsOf(path: string, { dependencies, optional, found }: Pkg, paths: Paths): readonly FlaggedNeed[] {
  const from = found.link?.dir ?? path
  return dependencies.flatMap((pattern) => {
    const need = findNeed(paths, from, pattern.name)
    return need === undefined ? [] : [{ path: need, optional: optional.has(pattern) }]
  })
}

function rootNeeds({ job, spec }: Building, paths: Paths): ReadonlyMap<string, readonly RootNeed[]> {
  const { root, members } = loadYarnManifests(job, spec.plan)
  const kinds = [
    ['dependencies', 'prod'],
    ['optionalDependencies', 'optional'],
    ['devDependencies', 'dev'],
  ] as const
  return new Map(
    [root, ...members.values()].map(({ dir, asks }) => [
      dir,
      kinds.flatMap(([list, kind]) =>
        asks[list].flatMap(([name]) => {
          const path = findNeed(paths, dir, name)
          return path === undefined ? [] : [{ path, kind }]
        }),
      ),
    ]),
  )
}

/** Lays out anew what stands elsewhere now; everything else stays where it is. */
async function move(root: string, first: Arranged, places: Places, building: Building): Promise<Arranged> {
  const wrong = [...first.places.keys()].filter((path) => !isSame(first.places.get(path), places.get(path)))
  removePlaces(root, wrong)
  const isGone = (path: string): boolean => wrong.some((other) => path === other || path.startsWith(`${other}/`))
  const again = new Map([...places].filter(([path]) => !first.places.has(path) || isGone(path)))
  if (wrong.length === 0 && again.size === 0) return { places, laid: first.laid }
  const laid = await layOut(root, again, building)
  const stays = (path: string): boolean => !isGone(path)
  return {
    places,
    laid: {
      scripts: [...first.laid.scripts.filter(stays), ...laid.scripts],
      withModules: [...first.laid.withModules.filter(stays), ...laid.withModules],
      manifests: new Map([...[...first.laid.manifests].filter(([path]) => stays(path)), ...laid.manifests]),
    },
  }
}

function isSame(a: PlacePlan | undefined, b: PlacePlan | undefined): boolean {
  return a !== undefined && b !== undefined && a.source === b.source && a.link === b.link && a.copy === b.copy
}
