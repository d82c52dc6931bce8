/**
 * Where Bun puts packages: breadth first from the project; each at the top, or, where another of its name is on the way, with who asks. What is left out
 * does not take part, so that the tree of an installation may differ from the one that the keys of the lock file describe.
 */
import { satisfies } from '../../semver-range.ts'
import { askKinds } from './read-packages.ts'
import type { GraphNeed, GraphPackage, LockGraph } from './lock-graph.ts'

/** A package that stands somewhere, with a node_modules of its own. */
export interface TreeNode {
  /** The name it stands under; '' for the project. */
  readonly name: string
  readonly pkg: GraphPackage
  readonly parent: TreeNode | undefined
  /** By name; most packages have none. */
  children: Map<string, Placed> | undefined
}

export interface Placed {
  readonly need: GraphNeed
  /** Who asked for it first. */
  readonly by: GraphPackage
  readonly node: TreeNode
}

export interface Hoisting {
  readonly isLeftOut: (pkg: GraphPackage) => boolean
  readonly mindsPeers: boolean
}

/** `isLeftOut`: packages that are not installed; nor are their dependencies on their behalf. */
export function hoist({ project }: LockGraph, { isLeftOut, mindsPeers }: Hoisting): TreeNode {
  const root: TreeNode = { name: '', pkg: project, parent: undefined, children: undefined }
  const queue: TreeNode[] = [root]
  for (const node of queue) {
    for (const need of sortedNeeds(node.pkg)) {
      if (isLeftOut(need.to)) continue
      const holder =
        need.to.entry.resolution.kind === 'folder'
          ? node
          : findHolder(node, need, mindsPeers ? probedPeers(node.pkg, need) : [])
      if (holder === undefined) continue
      const child: TreeNode = { name: need.name, pkg: need.to, parent: holder, children: undefined }
      holder.children ??= new Map()
      holder.children.set(need.name, { need, by: node.pkg, node: child })
      queue.push(child)
    }
  }
  return root
}

const kindOrder = new Map(askKinds.map((kind, index) => [kind, index]))

/** In the order in which Bun looks at what one package asks for. */
export function sortedNeeds({ needs }: GraphPackage): readonly GraphNeed[] {
  let last: GraphNeed | undefined
  for (const need of needs) {
    if (last !== undefined && compareNeeds(last, need) > 0) return [...needs].sort(compareNeeds)
    last = need
  }
  // Nearly always: Bun writes them so.
  return needs
}

function compareNeeds(a: GraphNeed, b: GraphNeed): number {
  if (a.kind !== b.kind) return (kindOrder.get(a.kind) ?? 0) - (kindOrder.get(b.kind) ?? 0)
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** Who it is placed in: the project, or who asks; undefined when it stands already, or cannot stand beside another of its name. */
function findHolder(from: TreeNode, need: GraphNeed, peers: readonly GraphNeed[]): TreeNode | undefined {
  let top = from
  for (let node: TreeNode | undefined = from; node !== undefined; node = node.parent) {
    if (node !== from && peers.some((peer) => isSpoilt(node, peer))) return from
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

function isSpoilt(node: TreeNode, { name, range }: GraphNeed): boolean {
  const standing = node.children?.get(name)
  return standing !== undefined && !fits(standing.need.to, range)
}

function fits({ entry: { resolution } }: GraphPackage, range: string): boolean {
  return resolution.kind === 'npm' && satisfies(resolution.version, range) === true
}

/** What the project itself asks for is good enough for every peer dependency. */
function servesPeer({ need: { to }, by }: Placed, { range }: GraphNeed): boolean {
  return fits(to, range) || by.entry.resolution.kind === 'root'
}
