/** The hoisted linker's node_modules: places by path, as the shared builder of locks takes them. */
import { withoutGaps } from '../../../../src/model/without-gaps.ts'
import { EVERY_WAY, flagsOfWays, waysAlong } from '../../layout/find-flags.ts'
import type { PlaceEntry } from '../build-lock.ts'
import { plainEntry } from './plain-entry.ts'
import type { PlaceDetails } from './plain-entry.ts'
import { placeOf } from './hoist.ts'
import type { NodeAsk, TreeNode } from './hoist.ts'

/** Places by path, parents before children. */
export function hoistedPlaces(root: TreeNode, details: PlaceDetails): ReadonlyMap<string, PlaceEntry> {
  const nodes: TreeNode[] = []
  collect(root, nodes)
  findWays(nodes)
  const places = new Map<string, PlaceEntry>()
  nodes.forEach(({ path, pkg, parent, asks, ways }) => {
    if (parent === undefined) return
    const entry = plainEntry(pkg, { path, flags: flagsOfWays(ways), asks })
    const { patches, native, copyOf } = details(pkg, parent === root)
    places.set(path, { entry, name: pkg.entry.name, parent: placeOf(parent), patches, native, copyOf })
  })
  return places
}

/** Parents before children, with what they ask for. */
function collect(node: TreeNode, into: TreeNode[]): void {
  into.push(node)
  node.asks = asksOf(node)
  node.children?.forEach((placed) => collect(placed.node, into))
}

function asksOf(node: TreeNode): readonly NodeAsk[] {
  const asks = node.pkg.needs.map(({ name, range, kind, optional }): NodeAsk | undefined => {
    if (kind === 'workspace') return undefined
    const to = getPlaced(node, name)
    return { name, range, kind, optional, path: to.path, to }
  })
  return withoutGaps(asks)
}

/** It was placed on behalf of who asks, or stood there already. */
function getPlaced(from: TreeNode, name: string): TreeNode {
  for (let node: TreeNode | undefined = from; node !== undefined; node = node.parent) {
    const placed = node.children?.get(name)
    if (placed !== undefined) return placed.node
  }
  throw new Error(`nothing called ${name} was placed`)
}

/** Directories of the project are installed whoever asks for them, and so is what they ask for; all else in the ways that lead to it. */
function findWays(nodes: readonly TreeNode[]): void {
  const queue: TreeNode[] = []
  const reach = (node: TreeNode, ways: number): void => {
    if ((node.ways | ways) === node.ways) return
    node.ways |= ways
    if (node.directory === undefined) queue.push(node)
  }
  nodes.forEach((node) => {
    if (node.directory === undefined) return
    node.ways = EVERY_WAY
    node.asks.forEach(({ to, kind }) => reach(to, waysAlong[kind]))
  })
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const { asks, ways } = node
    asks.forEach(({ to, kind, optional }) => reach(to, ways & waysOf(kind, optional)))
  }
}

/** An optional peer is both. */
function waysOf(kind: NodeAsk['kind'], optional: boolean): number {
  const along = kind === 'peer' ? waysAlong.peer : EVERY_WAY
  return optional ? along & waysAlong.optional : along
}
