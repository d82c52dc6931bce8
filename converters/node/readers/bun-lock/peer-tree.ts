/**
 * The isolated linker's first pass: the whole tree of dependencies, each with the peers that were found for it further up. A subtree
 * that would come out the same again is not walked twice.
 */
import { sortedNeeds } from './hoist.ts'
import { leakingPeers } from './leaking-peers.ts'
import type { LeakingPeers } from './leaking-peers.ts'
import type { GraphNeed, GraphPackage, LockGraph } from './lock-graph.ts'

export interface PeerNode {
  readonly pkg: GraphPackage
  /** What it was asked for as; undefined: it is the project. */
  readonly need: Asked | undefined
  readonly parent: PeerNode | undefined
  /** What stands beside it in the end. */
  readonly children: PeerNode[]
  /** What it, or somebody below it, was given from further up; ordered by the packages' names, one of each. */
  readonly peers: TransitivePeer[]
  readonly provided: { readonly name: string; readonly pkg: GraphPackage }[]
}

/** A dependency; `to` is missing where nothing along the key was found. */
export type Asked = Omit<GraphNeed, 'to'> & { readonly to: GraphPackage | undefined }

export interface TransitivePeer {
  readonly name: string
  readonly pkg: GraphPackage
  /** Nobody further up has it: it is what the lock file says. */
  readonly isOwn: boolean
}

interface Queued {
  readonly parent: PeerNode | undefined
  readonly need: Asked | undefined
  readonly pkg: GraphPackage
}

export interface PeerRules {
  /** What somebody further up is called itself counts like what it depends on. */
  readonly ancestorsAreProvided: boolean
  /** An optional peer that nobody further up has is what the lock file says. */
  readonly addsOptionalPeers: boolean
}

interface Walk extends PeerRules {
  readonly leaks: LeakingPeers
  /** Nodes by package and by what it is given. */
  readonly known: Map<string, PeerNode>
  readonly numbers: Map<GraphPackage, number>
  readonly stack: Queued[]
}

/** The project's node. */
export function buildPeerTree(graph: LockGraph, rules: PeerRules): PeerNode {
  const walk: Walk = {
    ...rules,
    leaks: leakingPeers(graph),
    known: new Map(),
    numbers: new Map(),
    stack: [],
  }
  const root = newNode({ parent: undefined, need: undefined, pkg: graph.project })
  expand(root, walk)
  for (let next = walk.stack.pop(); next !== undefined; next = walk.stack.pop()) visit(next, walk)
  return root
}

function newNode({ parent, need, pkg }: Queued): PeerNode {
  return { pkg, need, parent, children: [], peers: [], provided: [] }
}

function visit(queued: Queued, walk: Walk): void {
  const { parent, need, pkg } = queued
  if (parent === undefined || need === undefined) return
  const above = findCycle(queued)
  if (above !== undefined) {
    parent.children.push(above)
    return
  }
  const key = contextKey(queued, walk)
  const known = walk.known.get(key)
  if (known !== undefined && isSameAsk(known.need, need)) {
    for (const peer of known.peers) giveUpwards(peer, parent, walk)
    parent.children.push(known)
    return
  }
  const node = newNode(queued)
  if (known === undefined) walk.known.set(key, node)
  parent.children.push(node)
  // Members own their dependencies once, through the project; and the project is not its own dependency.
  const isReference = pkg.workspace !== undefined && need.kind !== 'workspace'
  if (!isReference) expand(node, walk)
}

/** The same package further up, as the same name. */
function findCycle({ parent, need, pkg }: Queued): PeerNode | undefined {
  for (let node = parent; node !== undefined; node = node.parent) {
    if (node.pkg !== pkg || node.need === undefined || need === undefined) continue
    if (node.need.name === need.name && (node.need.kind === 'workspace') === (need.kind === 'workspace')) return node
  }
  return undefined
}

function isSameAsk(known: Asked | undefined, need: Asked): boolean {
  return known !== undefined && known.name === need.name && (known.kind === 'workspace') === (need.kind === 'workspace')
}

function contextKey({ parent, pkg }: Queued, walk: Walk): string {
  const { leaks, numbers } = walk
  const id = numberOf(pkg, numbers)
  const names = pkg.workspace === undefined ? (leaks.get(pkg) ?? []) : []
  if (names.length === 0) return String(id)
  const found = names.map((name) => {
    const peer = findGiven(parent, name, walk)
    return peer === undefined ? '' : numberOf(peer, numbers)
  })
  return `${id} ${found.join(' ')}`
}

function numberOf(pkg: GraphPackage, numbers: Map<GraphPackage, number>): number {
  const known = numbers.get(pkg)
  if (known !== undefined) return known
  numbers.set(pkg, numbers.size)
  return numbers.size - 1
}

function findGiven(
  from: PeerNode | undefined,
  name: string,
  { ancestorsAreProvided }: PeerRules,
): GraphPackage | undefined {
  for (let node = from; node !== undefined; node = node.parent) {
    const given =
      node.provided.find((other) => other.name === name) ??
      node.peers.find((other) => !other.isOwn && other.name === name)
    if (given !== undefined) return given.pkg
    if (ancestorsAreProvided && node.need?.name === name) return node.pkg
  }
  return undefined
}

function giveUpwards(peer: TransitivePeer, from: PeerNode, { ancestorsAreProvided }: PeerRules): void {
  for (let node: PeerNode | undefined = from; node !== undefined; node = node.parent) {
    if (node.provided.some(({ name }) => name === peer.name)) return
    if (ancestorsAreProvided && node.need?.name === peer.name) return
    insertPeer(node.peers, peer)
  }
}

function insertPeer(peers: TransitivePeer[], peer: TransitivePeer): void {
  const { name } = peer.pkg.entry
  for (const [index, other] of peers.entries()) {
    if (other.pkg === peer.pkg || other.pkg.entry.name === name) return
    if (name < other.pkg.entry.name) {
      peers.splice(index, 0, peer)
      return
    }
  }
  peers.push(peer)
}

function expand(node: PeerNode, walk: Walk): void {
  const { addsOptionalPeers, stack } = walk
  const { pkg } = node
  const queued: Queued[] = []
  const peers: Asked[] = pkg.loosePeers.map((ask) => ({ ...ask, to: undefined }))
  for (const need of sortedNeeds(pkg)) {
    if (need.kind === 'peer') {
      peers.push(need.optional && !addsOptionalPeers ? { ...need, to: undefined } : need)
      continue
    }
    node.provided.push({ name: need.name, pkg: need.to })
    queued.push({ parent: node, need, pkg: need.to })
  }
  peers.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const need of peers) {
    const { found, isOwn, passed } = findPeer(node, need, walk)
    if (found === undefined) continue
    for (const each of passed) insertPeer(each.peers, { name: need.name, pkg: found, isOwn })
    if (passed.length === 0) continue
    node.provided.push({ name: need.name, pkg: found })
    queued.push({ parent: node, need, pkg: found })
  }
  stack.push(...queued.reverse())
}

interface FoundPeer {
  readonly found: GraphPackage | undefined
  readonly isOwn: boolean
  /** From the one that asks upwards: who is passed on the way. */
  readonly passed: readonly PeerNode[]
}

function findPeer(from: PeerNode, { name, to }: Asked, { ancestorsAreProvided }: PeerRules): FoundPeer {
  const passed: PeerNode[] = []
  for (let node: PeerNode | undefined = from; node !== undefined; node = node.parent) {
    const provided = node.provided.find((other) => other.name === name)
    if (provided !== undefined) return { found: provided.pkg, isOwn: false, passed }
    if (ancestorsAreProvided && node !== from && node.need?.name === name)
      return { found: node.pkg, isOwn: false, passed }
    const given = node.peers.find((other) => other.name === name)
    if (given !== undefined) {
      if (!given.isOwn) return { found: given.pkg, isOwn: false, passed }
      if (to === undefined || to === given.pkg) return { found: to, isOwn: true, passed }
      for (let above: PeerNode | undefined = node; above !== undefined; above = above.parent) passed.push(above)
      return { found: to, isOwn: true, passed }
    }
    passed.push(node)
  }
  return { found: to, isOwn: true, passed }
}
