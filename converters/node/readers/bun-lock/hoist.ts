/**
 * Where Bun puts packages: breadth first from the project; each at the top, or, where another of its name is on the way, with who asks. What is left out
 * does not take part, so that the tree of an installation may differ from the one that the keys of the lock file describe.
 */
import type { FoundAsk } from '../entry.ts'
import { satisfies } from '../../semver-range.ts'
import type { BunRelease } from './bun-release.ts'
import { askKinds } from './read-packages.ts'
import type { GraphNeed, GraphPackage, LockGraph } from './lock-graph.ts'
import { directoryOf } from './resolution.ts'

/** A package that stands somewhere, with a node_modules of its own. */
export interface TreeNode {
  /** Install path; '' for the project. */
  readonly path: string
  readonly pkg: GraphPackage
  /** Of the project, that it is a link to; '' for the project. */
  readonly directory: string | undefined
  readonly parent: TreeNode | undefined
  /** By name; most packages have none. */
  children: Map<string, Placed> | undefined
  /** What it asks for, found when all stand where they do: see hoistedPlaces. */
  asks: readonly NodeAsk[]
  /** The same of the ways that lead to it: see find-flags.ts. */
  ways: number
}

export interface NodeAsk extends FoundAsk {
  readonly to: TreeNode
}

export interface Placed {
  readonly need: GraphNeed
  /** Who asked for it first. */
  readonly by: GraphPackage
  readonly node: TreeNode
}

/** The project, with all that stands in it. `mindsPeers`: see BunRelease. */
export function hoist({ project }: LockGraph, { mindsPeers }: Pick<BunRelease, 'mindsPeers'>): TreeNode {
  const root = newNode('', project, undefined)
  const queue: TreeNode[] = [root]
  const place = (need: GraphNeed, node: TreeNode): void => {
    const isCopy = need.to.entry.resolution.kind === 'folder'
    const holder = isCopy ? node : findHolder(node, need, mindsPeers ? probedPeers(node.pkg, need) : noPeers)
    if (holder === undefined) return
    const child = newNode(modulesOf(holder) + need.name, need.to, holder)
    holder.children ??= new Map()
    holder.children.set(need.name, { need, by: node.pkg, node: child })
    queue.push(child)
  }
  for (let at = 0; at < queue.length; at += 1) {
    const node = queue[at] ?? root
    sortedNeeds(node.pkg).forEach((need) => place(need, node))
  }
  return root
}

function newNode(path: string, pkg: GraphPackage, parent: TreeNode | undefined): TreeNode {
  const directory = directoryOf(pkg.entry.resolution)
  return { path, pkg, directory, parent, children: undefined, asks: noAsks, ways: 0 }
}

const noAsks: readonly NodeAsk[] = []
const noPeers: readonly GraphNeed[] = []

function modulesOf(node: TreeNode): string {
  const directory = placeOf(node)
  return directory === '' ? 'node_modules/' : `${directory}/node_modules/`
}

/** Where its own node_modules is: a directory of the project, where it stands for one. */
export function placeOf({ path, directory }: TreeNode): string {
  return directory ?? path
}

const kindOrder = new Map(askKinds.map((kind, index) => [kind, index]))

/** In the order in which Bun looks at what one package asks for. */
export function sortedNeeds({ needs }: GraphPackage): readonly GraphNeed[] {
  // Nearly always: Bun writes them so.
  const isSorted = needs.every((need, at) => at === 0 || compareNeeds(needs[at - 1] ?? need, need) <= 0)
  return isSorted ? needs : [...needs].sort(compareNeeds)
}

function compareNeeds(a: GraphNeed, b: GraphNeed): number {
  if (a.kind !== b.kind) return (kindOrder.get(a.kind) ?? 0) - (kindOrder.get(b.kind) ?? 0)
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** Who it is placed in: the project, or who asks; undefined when it stands already, or cannot stand beside another of its name. */
function findHolder(from: TreeNode, need: GraphNeed, peers: readonly GraphNeed[]): TreeNode | undefined {
  let top = from
  for (let node: TreeNode | undefined = from; node !== undefined; node = node.parent) {
    if (peers.length > 0 && node !== from && areSpoilt(node, peers)) return from
    top = node
    const standing = node.children?.get(need.name)
    if (standing === undefined) continue
    if (standing.need.to === need.to) return undefined
    if (node === from && (standing.need.kind === 'dev') !== (need.kind === 'dev')) return undefined
    if (need.kind === 'peer' && servesPeer(standing, need)) return undefined
    return node === from ? undefined : from
  }
  return top
}

function probedPeers(by: GraphPackage, { to }: GraphNeed): readonly GraphNeed[] {
  return to.needs.filter(
    ({ kind, optional, name, range }) =>
      kind === 'peer' && !optional && by.needs.some((own) => own.name === name && fits(own.to, range)),
  )
}

function areSpoilt({ children }: TreeNode, peers: readonly GraphNeed[]): boolean {
  return peers.some(({ name, range }) => {
    const standing = children?.get(name)
    return standing !== undefined && !fits(standing.need.to, range)
  })
}

function fits({ entry: { resolution } }: GraphPackage, range: string): boolean {
  return resolution.kind === 'npm' && satisfies(resolution.version, range) === true
}

/** What the project itself asks for is good enough for every peer dependency. */
function servesPeer({ need: { to }, by }: Placed, { range }: GraphNeed): boolean {
  return fits(to, range) || by.entry.resolution.kind === 'root'
}
