/**
 * The isolated linker's first pass: the whole tree of dependencies, each with the peers that were found for it further up. A subtree
 * that would come out the same again is not walked twice; and where Bun takes one again that would not, neither is that.
 */
import { fail, shown } from '../../../../src/problem.ts'
import { sortedNeeds } from './hoist.ts'
import { leakingPeers } from './leaking-peers.ts'
import type { LeakingPeers } from './leaking-peers.ts'
import type { GraphNeed, GraphPackage, LockGraph } from './lock-graph.ts'
import { noteChild, noteEnd, seenBy, wouldRepeat } from './repeated-trees.ts'
import type { Seen } from './repeated-trees.ts'

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
  readonly seen: Seen
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
  /** Which subtrees are taken again although a circle could end elsewhere in them. */
  readonly takesAgain: TakesAgain
}

/** Those without dependencies; those of which somebody further up is every peer; all that are given the same. */
export type TakesAgain = 'leaves' | 'known' | 'all'

interface Walk extends PeerRules {
  readonly leaks: LeakingPeers
  /** Nodes by package and by what it is given. */
  readonly known: Map<string, PeerNode>
  /** The other nodes, the same way. */
  readonly others: Map<string, PeerNode[]>
  readonly numbers: Map<GraphPackage, number>
  /** What a node is known by in a circle → its number. */
  readonly asks: Map<string, number>
  readonly stack: Queued[]
  /** Nodes that were compared with one that was to be made. */
  compared: number
}

/** A project of 1,200 packages takes some thousand; where everything needs everything there is no end of ways around. */
const MOST_COMPARED = 5_000_000

/** The project's node. */
export function buildPeerTree(graph: LockGraph, rules: PeerRules): PeerNode {
  const walk: Walk = {
    ...rules,
    leaks: leakingPeers(graph),
    known: new Map(),
    others: new Map(),
    asks: new Map(),
    numbers: new Map(),
    stack: [],
    compared: 0,
  }
  const root = newNode({ parent: undefined, need: undefined, pkg: graph.project }, seenBy(undefined, 0n, false))
  expand(root, walk)
  for (let next = walk.stack.pop(); next !== undefined; next = walk.stack.pop()) visit(next, walk)
  return root
}

function newNode({ parent, need, pkg }: Queued, seen: Seen): PeerNode {
  return { pkg, need, parent, children: [], peers: [], provided: [], seen }
}

function visit(queued: Queued, walk: Walk): void {
  const { parent, need, pkg } = queued
  if (parent === undefined || need === undefined) return
  const above = findCycle(queued)
  if (above !== undefined) {
    parent.children.push(above)
    noteEnd(parent, above)
    return
  }
  const context = findContext(queued, walk)
  const known = findKnown(queued, context, walk)
  if (known !== undefined) {
    for (const peer of known.peers) giveUpwards(peer, parent, walk)
    parent.children.push(known)
    noteChild(parent, known)
    return
  }
  const isTakenAgain = context.isTakenAgain && !walk.known.has(context.key)
  const node = newNode(queued, seenBy(parent, askBit(queued, walk), isTakenAgain))
  remember(node, context, walk)
  parent.children.push(node)
  noteChild(parent, node)
  // Members own their dependencies once, through the project; and the project is not its own dependency.
  const isReference = pkg.workspace !== undefined && need.kind !== 'workspace'
  if (!isReference) expand(node, walk)
}

function refuseCircles({ entry: { name, where } }: GraphPackage): never {
  const message = `${shown(name)} and others need each other in too many ways for the isolated linker`
  const hint = 'set linker = "hoisted" below [install] in bunfig.toml, or lock with Bun 1.4.1 or later'
  return fail({ code: 'lock-limit', message, where, hint })
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

function findKnown({ parent, need, pkg }: Queued, { key, isTakenAgain }: Context, walk: Walk): PeerNode | undefined {
  if (parent === undefined || need === undefined) return undefined
  const known = isTakenAgain ? walk.known.get(key) : undefined
  if (known !== undefined && isSameAsk(known.need, need)) return known
  const others = walk.others.get(key) ?? []
  walk.compared += others.length
  if (walk.compared > MOST_COMPARED) refuseCircles(pkg)
  return others.find((other) => isSameAsk(other.need, need) && wouldRepeat(other, parent))
}

function remember(node: PeerNode, { key }: Context, { known, others }: Walk): void {
  if (node.seen.isTakenAgain) {
    known.set(key, node)
    return
  }
  const list = others.get(key)
  if (list === undefined) others.set(key, [node])
  else list.push(node)
}

/** What a package is given where it stands. */
interface Context {
  readonly key: string
  readonly isTakenAgain: boolean
}

function findContext({ parent, pkg }: Queued, walk: Walk): Context {
  const { leaks, numbers, takesAgain } = walk
  const id = numberOf(pkg, numbers)
  const names = pkg.workspace === undefined ? (leaks.get(pkg) ?? []) : []
  const found = names.map((name) => {
    const peer = findGiven(parent, name, walk)
    return peer === undefined ? '' : numberOf(peer, numbers)
  })
  const isLeaf = pkg.workspace !== undefined || (pkg.needs.length === 0 && pkg.loosePeers.length === 0)
  const isTakenAgain = isLeaf || takesAgain === 'all' || (takesAgain === 'known' && !found.includes(''))
  return { key: found.length === 0 ? String(id) : `${id} ${found.join(' ')}`, isTakenAgain }
}

/** In a circle it counts as what a package was asked for. */
function askBit({ need, pkg }: Queued, { asks, numbers }: Walk): bigint {
  const ask = `${numberOf(pkg, numbers)} ${need?.kind === 'workspace' ? 'member' : 'need'} ${need?.name ?? ''}`
  const number = asks.get(ask) ?? asks.size
  asks.set(ask, number)
  return 1n << BigInt(number)
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
