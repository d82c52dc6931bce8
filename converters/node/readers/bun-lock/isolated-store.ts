/** The isolated linker's second pass: nodes of the same package with the same peers are one entry of node_modules/.bun. */
import type { GraphPackage } from './lock-graph.ts'
import type { Asked, PeerNode, TransitivePeer } from './peer-tree.ts'
import { directoryOf } from './resolution.ts'
import { wyhash11 } from './wyhash11.ts'

export interface StoreEntry {
  readonly pkg: GraphPackage
  /** `name@version`, with a hash of its peers. */
  readonly name: string
  readonly need: Asked | undefined
  /** What stands beside it, by the name it is asked for. */
  readonly links: Map<string, StoreEntry>
}

export interface Store {
  /** In the order in which Bun makes them; the first is the project. */
  readonly entries: readonly StoreEntry[]
  /** Name → what node_modules/.bun/node_modules has a link to. */
  readonly hoisted: ReadonlyMap<string, StoreEntry>
}

export interface StoreRules {
  /** From 1.4.4 on: every name that something is asked for by is hoisted, and names of archives have a part of their digest. */
  readonly isLater: boolean
}

interface Known {
  readonly entry: StoreEntry
  readonly node: PeerNode
}

export function buildStore(root: PeerNode, rules: StoreRules): Store {
  const { isLater } = rules
  const entries: StoreEntry[] = []
  const known = new Map<GraphPackage, Known[]>()
  const taken = new Set<string>()
  const hoisted = new Map<string, StoreEntry>()
  const hoist = ({ need }: PeerNode, entry: StoreEntry): void => {
    if (need === undefined || taken.has(need.name)) return
    taken.add(need.name)
    // Once a link had the package's own name, and the last one stayed.
    if (isStored(entry)) hoisted.set(isLater ? need.name : entry.pkg.entry.name, entry)
  }
  const queue: { readonly node: PeerNode; readonly parent: StoreEntry | undefined }[] = [
    { node: root, parent: undefined },
  ]
  for (const { node, parent } of queue) {
    const same = known.get(node.pkg) ?? []
    const twin = same.find((other) => isSame(other.node, node))
    if (twin !== undefined) {
      addLink(parent, node, twin.entry)
      if (isLater) hoist(node, twin.entry)
      continue
    }
    const { need, pkg } = node
    const entry: StoreEntry = { pkg, name: storeName(pkg, node.peers, rules), need, links: new Map() }
    entries.push(entry)
    hoist(node, entry)
    known.set(pkg, [...same, { entry, node }])
    addLink(parent, node, entry)
    for (const child of node.children) queue.push({ node: child, parent: entry })
  }
  return { entries, hoisted }
}

/** It comes from elsewhere: directories of the project are not hoisted. */
function isStored({ pkg }: StoreEntry): boolean {
  const { resolution } = pkg.entry
  return directoryOf(resolution) === undefined && resolution.kind !== 'folder'
}

function isSame(a: PeerNode, b: PeerNode): boolean {
  if ((a.need === undefined) !== (b.need === undefined)) return false
  if (a.pkg.workspace !== undefined && (a.need?.kind === 'workspace') !== (b.need?.kind === 'workspace')) return false
  return a.peers.length === b.peers.length && a.peers.every(({ pkg }, index) => pkg === b.peers[index]?.pkg)
}

/** Members are no dependencies of the project by being members. */
function addLink(parent: StoreEntry | undefined, { need }: PeerNode, to: StoreEntry): void {
  if (parent === undefined || need === undefined || need.kind === 'workspace') return
  if (!parent.links.has(need.name)) parent.links.set(need.name, to)
}

function storeName(pkg: GraphPackage, peers: readonly TransitivePeer[], rules: StoreRules): string {
  const text = peers.map((peer) => peer.pkg.entry.name + resolutionText(peer.pkg)).join('')
  return `${plain(pkg.entry.name)}@${storeResolution(pkg, rules)}${peers.length === 0 ? '' : `+${wyhash11(text)}`}`
}

function resolutionText({ entry: { id, name } }: GraphPackage): string {
  return id.slice(name.length + 1)
}

function storeResolution(pkg: GraphPackage, { isLater }: StoreRules): string {
  const { resolution, integrity } = pkg.entry
  switch (resolution.kind) {
    case 'folder':
      return `file+${plain(resolution.path)}`
    case 'tarball':
      return plain(resolution.url) + (isLater ? digestStart(integrity) : '')
    case 'root':
      return 'root'
    case 'npm':
    case 'git':
    case 'github':
    case 'workspace':
    case 'link':
    case 'unknown':
      return plain(resolutionText(pkg))
  }
}

/** An archive of one address may change. */
function digestStart(integrity: string | undefined): string {
  const base64 = /^sha\d+-(.+)$/.exec(integrity ?? '')?.[1]
  return base64 === undefined ? '' : `+${Buffer.from(base64, 'base64').toString('hex', 0, 8)}`
}

function plain(text: string): string {
  return text.replace(/[/\\:#]/g, '+')
}
