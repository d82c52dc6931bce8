/** A tree while it is being built: where it stands, what stands in it, and what its manifests say. */
import { existsSync } from 'node:fs'
import { optionalSet, placeGraph } from '../../layout/optional-set.ts'
import type { PlaceGraph } from '../../layout/optional-set.ts'
import { findNeed, needIndex } from '../../layout/find-need.ts'
import type { NeedIndex } from '../../layout/find-need.ts'
import type { PlacePlan } from '../../node-plan.ts'
import { fail } from './failure.ts'
import type { Building } from './lay-out.ts'
import { leavesOutUnneeded } from './npm.ts'
import type { NodeSpec } from './spec-reader.ts'
import { findOwn } from './json-value.ts'
import { findManifest, loadManifest, neededNames } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import type { Places } from './selection.ts'

export interface Tree {
  /** The project's directory while building. */
  readonly root: string
  readonly places: Places
  /** Of every place that is not a link. An archive without package.json has none. */
  readonly manifests: ReadonlyMap<string, Manifest>
  /** Finds a place by the name that is asked for. */
  readonly index: NeedIndex
  /** Of the project ('') and its local directories. */
  readonly locals: ReadonlyMap<string, Manifest>
}

/** `dirs`: the local directories; `known`: manifests that need not be read. */
export function loadTree(
  root: string,
  places: Places,
  dirs: readonly string[],
  known: Tree['manifests'] = new Map(),
): Tree {
  return {
    root,
    places,
    index: needIndex(places.keys()),
    manifests: loadManifests(root, places, known),
    locals: loadLocals(root, dirs),
  }
}

function loadManifests(root: string, places: Places, known: Tree['manifests']): Tree['manifests'] {
  const manifests = new Map<string, Manifest>()
  for (const [path, place] of places) {
    if (place.link !== undefined) continue
    const dir = `${root}/${path}`
    if (place.bundled === true && !existsSync(dir)) {
      if (place.flags?.includes('optional') === true) continue
      fail(
        `${path} should have come inside the archive of another package (it is locked as bundled), and did not. Update the lock file with npm install.`,
      )
    }
    const manifest = known.get(path) ?? findManifest(dir)
    if (manifest !== undefined) manifests.set(path, manifest)
  }
  return manifests
}

function loadLocals(root: string, dirs: readonly string[]): ReadonlyMap<string, Manifest> {
  return new Map(dirs.map((dir) => [dir, loadManifest(dir === '' ? root : `${root}/${dir}`)]))
}

/** The places that go when these cannot stand: their optional sets, as npm removes them. */
export function optionalSets(
  tree: Tree,
  failed: readonly string[],
  { npm, spec }: Pick<Building, 'npm' | 'spec'>,
): ReadonlySet<string> {
  const graph = graphOf(tree)
  const gone = new Set<string>()
  const sees = spec.plan.manager !== undefined || leavesOutUnneeded(npm) ? gone : new Set<string>()
  for (const path of failed) for (const other of optionalSet(graph, path, sees)) gone.add(other)
  return gone
}

/** The directory that asks on behalf of a place: a link stands for its target. */
function graphOf({ index, manifests, locals }: Tree): PlaceGraph {
  const needs = new Map<string, { readonly path: string; readonly optional: boolean }[]>()
  const add = (from: string, manifest: Manifest, isLocal: boolean): void => {
    const list: { path: string; optional: boolean }[] = []
    for (const [name, { optional }] of neededNames(manifest, isLocal)) {
      const path = findNeed(index, from, name)
      if (path !== undefined) list.push({ path, optional })
    }
    needs.set(from, list)
  }
  for (const [dir, manifest] of locals) add(dir, manifest, true)
  for (const [path, manifest] of manifests) add(path, manifest, false)
  return placeGraph(needs, new Set(locals.keys()))
}

/** How messages call a place: path and, where they differ, name and version. */
export function placeLabel(path: string, place: PlacePlan): string {
  return place.source === undefined ? path : `${place.source} (${path})`
}

/** The spec's source of a place. Fails when the spec lacks it. */
export function getSource(spec: NodeSpec, path: string, key: string): NonNullable<NodeSpec['sources'][string]> {
  return (
    findOwn(spec.sources, key) ??
    fail(`The spec names no source ${JSON.stringify(key)} for ${path}: run lock2build again.`)
  )
}
