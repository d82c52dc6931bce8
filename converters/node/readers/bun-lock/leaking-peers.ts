/**
 * For each package the names of peers that somebody below it asks for and nobody below it provides: what they are depends on where
 * the package stands, so the isolated linker makes one copy of it for each answer.
 */
import type { GraphPackage, LockGraph } from './lock-graph.ts'

/** Sorted as they were met first. */
export type LeakingPeers = ReadonlyMap<GraphPackage, readonly string[]>

export function leakingPeers({ project, packages }: LockGraph): LeakingPeers {
  const all = [project, ...packages.values()]
  const bits = new Map<string, bigint>()
  for (const { needs, loosePeers } of all) {
    for (const { name, kind } of needs) if (kind === 'peer' && !bits.has(name)) bits.set(name, 1n << BigInt(bits.size))
    for (const { name } of loosePeers) if (!bits.has(name)) bits.set(name, 1n << BigInt(bits.size))
  }
  const drafts = all.map((pkg) => draft(pkg, bits))
  const leaks = new Map(all.map((pkg) => [pkg, 0n]))
  const targets = peerTargets(all, bits)
  for (let isChanged = true; isChanged;) {
    isChanged = false
    for (const { pkg, own, provides } of drafts) {
      let leak = own
      for (const { name, kind, to } of pkg.needs) {
        if (kind === 'peer') for (const target of targets.get(name) ?? []) leak |= leaks.get(target) ?? 0n
        else leak |= leaks.get(to) ?? 0n
      }
      for (const { name } of pkg.loosePeers)
        for (const target of targets.get(name) ?? []) leak |= leaks.get(target) ?? 0n
      leak &= ~provides
      if (leak === leaks.get(pkg)) continue
      leaks.set(pkg, leak)
      isChanged = true
    }
  }
  const names = [...bits]
  return new Map(
    [...leaks].map(([pkg, leak]) => [
      pkg,
      leak === 0n ? [] : names.filter(([, bit]) => (leak & bit) !== 0n).map(([name]) => name),
    ]),
  )
}

interface Draft {
  readonly pkg: GraphPackage
  readonly own: bigint
  readonly provides: bigint
}

function draft(pkg: GraphPackage, bits: ReadonlyMap<string, bigint>): Draft {
  let own = 0n
  let provides = 0n
  for (const { name, kind } of pkg.needs) {
    const bit = bits.get(name) ?? 0n
    if (kind === 'peer') own |= bit
    else provides |= bit
  }
  for (const { name } of pkg.loosePeers) own |= bits.get(name) ?? 0n
  return { pkg, own, provides }
}

/** Whatever any dependency of a peer's name is. */
function peerTargets(
  all: readonly GraphPackage[],
  bits: ReadonlyMap<string, bigint>,
): ReadonlyMap<string, ReadonlySet<GraphPackage>> {
  const targets = new Map<string, Set<GraphPackage>>()
  for (const { needs } of all) {
    for (const { name, to } of needs) {
      if (!bits.has(name)) continue
      const known = targets.get(name)
      if (known === undefined) targets.set(name, new Set([to]))
      else known.add(to)
    }
  }
  return targets
}
