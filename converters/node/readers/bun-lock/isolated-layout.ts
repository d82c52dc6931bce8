/**
 * The isolated linker's node_modules: each package in node_modules/.bun/<name>/node_modules, what it needs beside it as links, and
 * links to what the project and its members ask for: https://bun.com/docs/pm/isolated-installs
 */
import type { EdgeKind } from '../../../../src/model/lock.ts'
import { findFlags } from '../../layout/find-flags.ts'
import type { FlaggedNeed, FlaggedPlace, RootNeed } from '../../layout/find-flags.ts'
import type { PlaceEntry } from '../build-lock.ts'
import type { Store, StoreEntry } from './isolated-store.ts'
import { asksOf, linkEntry, plainEntry } from './plain-entry.ts'
import type { PlaceDetails } from './plain-entry.ts'
import { directoryOf } from './resolution.ts'

const BUN = 'node_modules/.bun'

/** Places by path. */
export function isolatedPlaces({ entries, hoisted }: Store, details: PlaceDetails): ReadonlyMap<string, PlaceEntry> {
  const places = new Map<string, PlaceEntry>()
  const flags = flagsOf(entries)
  const link = (base: string, name: string, to: StoreEntry): void => {
    const path = `${base}/${name}`
    const entry = linkEntry(to.pkg, { path, target: pathOf(to), flags: flags.get(pathOf(to)) ?? [] })
    places.set(path, {
      entry,
      name: to.pkg.entry.name,
      parent: base.slice(0, Math.max(0, base.length - MODULES.length)),
    })
  }
  for (const each of entries) {
    const base = modulesOf(each)
    if (base === undefined) continue
    const path = pathOf(each)
    if (directoryOf(each.pkg.entry.resolution) === undefined) {
      const entry = plainEntry(each.pkg, { path, flags: flags.get(path) ?? [], asks: asksOf(each.pkg) })
      const { name } = each.pkg.entry
      places.set(path, { entry, name, parent: `${BUN}/${each.name}`, ...details(each.pkg, false) })
    }
    for (const [name, to] of each.links) if (!places.has(`${base}/${name}`)) link(base, name, to)
  }
  for (const [name, to] of hoisted) link(`${BUN}/node_modules`, name, to)
  return places
}

const MODULES = '/node_modules'

/** Where an entry stands: in the store, or the project's own directory. */
function pathOf({ pkg, name }: StoreEntry): string {
  return directoryOf(pkg.entry.resolution) ?? `${BUN}/${name}/node_modules/${pkg.entry.name}`
}

/** The node_modules with what an entry needs; undefined when another entry of the same directory has it. */
function modulesOf({ pkg, name, links }: StoreEntry): string | undefined {
  const directory = directoryOf(pkg.entry.resolution)
  if (directory === undefined) return `${BUN}/${name}/node_modules`
  if (links.size === 0) return undefined
  return directory === '' ? 'node_modules' : `${directory}/node_modules`
}

function flagsOf(entries: readonly StoreEntry[]): ReturnType<typeof findFlags> {
  const roots = new Map<string, readonly RootNeed[]>()
  const places = new Map<string, FlaggedPlace>()
  for (const each of entries) {
    const directory = directoryOf(each.pkg.entry.resolution)
    if (directory === undefined) places.set(pathOf(each), { kind: 'package', needs: needsOf(each) })
    else if (each.links.size > 0 || !roots.has(directory)) roots.set(directory, rootNeeds(each))
  }
  return findFlags({ roots, places })
}

function needsOf({ pkg, links }: StoreEntry): readonly FlaggedNeed[] {
  const kinds = new Map(pkg.needs.map((need) => [need.name, need]))
  return [...links].map(([name, to]) => {
    const need = kinds.get(name)
    return { path: pathOf(to), optional: need?.optional ?? true, peer: need === undefined || need.kind === 'peer' }
  })
}

function rootNeeds({ pkg, links }: StoreEntry): readonly RootNeed[] {
  const kinds = new Map(
    pkg.needs.map(({ name, kind }): [string, EdgeKind] => [name, kind === 'workspace' ? 'prod' : kind]),
  )
  return [...links].map(([name, to]) => ({ path: pathOf(to), kind: kinds.get(name) ?? 'peer' }))
}
