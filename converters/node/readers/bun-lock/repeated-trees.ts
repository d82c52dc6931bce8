/**
 * Which part of a tree would come out the same elsewhere: one in which every circle ends where it ended before. Without this, a tree
 * whose packages share what they need grows twofold with every level.
 */
import type { PeerNode } from './peer-tree.ts'

/** What a node saw of the tree. Sets of names in circles are numbers with a bit for each. */
export interface Seen {
  /** Its own bit: the package, and as what it was asked for. */
  readonly self: bigint
  /** It and all above it. */
  readonly above: bigint
  /** It is taken again wherever it is given the same, so what is below it does not matter to what is above it. */
  readonly isTakenAgain: boolean
  /** Whoever stands below it. */
  below: bigint
  /** Whoever above it a circle below it ends at. */
  readonly ends: PeerNode[]
}

export function seenBy(parent: PeerNode | undefined, self: bigint, isTakenAgain: boolean): Seen {
  return { self, above: (parent?.seen.above ?? 0n) | self, isTakenAgain, below: 0n, ends: [] }
}

/** Would a walk from `parent` find below the node what is there already? */
export function wouldRepeat({ seen }: PeerNode, parent: PeerNode): boolean {
  return (seen.below & parent.seen.above) === 0n && seen.ends.every((end) => isAbove(end, parent))
}

/** `parent` has a new child, or one that was there already. */
export function noteChild(parent: PeerNode, { seen }: PeerNode): void {
  noteBelow(parent, seen.isTakenAgain ? seen.self : seen.self | seen.below)
  if (!seen.isTakenAgain) for (const end of seen.ends) noteEnd(parent, end)
}

/** A circle that comes by `from` ends at `end`. */
export function noteEnd(from: PeerNode, end: PeerNode): void {
  for (let node: PeerNode | undefined = from; node !== undefined && node !== end; node = node.parent) {
    if (node.seen.ends.includes(end)) return
    node.seen.ends.push(end)
    if (node.seen.isTakenAgain) return
  }
}

function noteBelow(from: PeerNode, bits: bigint): void {
  for (let node: PeerNode | undefined = from; node !== undefined; node = node.parent) {
    const below = node.seen.below | bits
    // Then whoever is further up knows it, too.
    if (below === node.seen.below) return
    node.seen.below = below
    if (node.seen.isTakenAgain) return
  }
}

function isAbove(end: PeerNode, from: PeerNode): boolean {
  for (let node: PeerNode | undefined = from; node !== undefined; node = node.parent) if (node === end) return true
  return false
}
