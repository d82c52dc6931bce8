/** The hoisted linker's node_modules: places by path, as the shared builder of locks takes them. */
import { findFlags } from '../../layout/find-flags.ts'
import type { FlaggedNeed, FlaggedPlace, RootNeed } from '../../layout/find-flags.ts'
import type { PlaceEntry } from '../build-lock.ts'
import type { Entry } from '../entry.ts'
import { plainEntry } from './plain-entry.ts'
import type { PlaceDetails } from './plain-entry.ts'
import type { TreeNode } from './hoist.ts'
import { directoryOf } from './resolution.ts'

/** Places by path. */
export function hoistedPlaces(root: TreeNode, details: PlaceDetails): ReadonlyMap<string, PlaceEntry> {
  const paths = new Map<TreeNode, string>()
  const flagged = new Map<string, FlaggedPlace>()
  const roots = new Map<string, readonly RootNeed[]>()
  setPaths(root, '', paths)
  paths.forEach((path, node) => {
    const dir = directoryOf(node.pkg.entry.resolution)
    if (node === root || dir !== undefined) roots.set(dir ?? '', rootNeeds(node, paths))
    if (node === root) return
    flagged.set(
      path,
      dir === undefined ? { kind: 'package', needs: needsOf(node, paths) } : { kind: 'link', target: dir },
    )
  })
  const flags = findFlags({ roots, places: flagged })
  const places = new Map<string, PlaceEntry>()
  paths.forEach((path, node) => {
    const { parent, pkg } = node
    if (parent === undefined) return
    const entry: Entry = plainEntry(pkg, path, flags.get(path) ?? [])
    const { patches, native, copyOf } = details(pkg, parent === root)
    places.set(path, { entry, name: pkg.entry.name, parent: holderOf(parent, paths), patches, native, copyOf })
  })
  return places
}

/** Parents before children. */
function setPaths(node: TreeNode, path: string, paths: Map<TreeNode, string>): void {
  paths.set(node, path)
  if (node.children === undefined) return
  const base = directoryOf(node.pkg.entry.resolution) ?? path
  const prefix = base === '' ? 'node_modules/' : `${base}/node_modules/`
  node.children.forEach(({ node: child }, name) => setPaths(child, prefix + name, paths))
}

function holderOf(parent: TreeNode, paths: ReadonlyMap<TreeNode, string>): string {
  return directoryOf(parent.pkg.entry.resolution) ?? paths.get(parent) ?? ''
}

function needsOf(node: TreeNode, paths: ReadonlyMap<TreeNode, string>): readonly FlaggedNeed[] {
  const needs: FlaggedNeed[] = []
  for (const { name, kind, optional } of node.pkg.needs) {
    const path = findPlace(node, name, paths)
    if (path !== undefined) needs.push({ path, optional, peer: kind === 'peer' })
  }
  return needs
}

function rootNeeds(node: TreeNode, paths: ReadonlyMap<TreeNode, string>): readonly RootNeed[] {
  const needs: RootNeed[] = []
  for (const { name, kind } of node.pkg.needs) {
    const path = kind === 'workspace' ? undefined : findPlace(node, name, paths)
    if (path !== undefined && kind !== 'workspace') needs.push({ path, kind })
  }
  return needs
}

function findPlace(from: TreeNode, name: string, paths: ReadonlyMap<TreeNode, string>): string | undefined {
  for (let node: TreeNode | undefined = from; node !== undefined; node = node.parent) {
    const placed = node.children?.get(name)
    if (placed !== undefined) return paths.get(placed.node)
  }
  return undefined
}
