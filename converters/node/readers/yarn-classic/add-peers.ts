/**
 * Peers count as dependencies when yarn hoists: each package gets the patterns of the version that stands nearest above it, if that
 * fits (lib/package-linker.js, resolvePeerModules). Only the packages' own manifests tell peers.
 */
import { satisfiesWithPrereleases } from '../../semver-range.ts'
import type { Chain, FoundPackage, YarnPackage } from './pattern.ts'
import type { YarnGraph } from './resolve-patterns.ts'

/** Changes the packages' dependencies. `peersOf`: names and ranges. */
export function addPeers<F extends FoundPackage>(
  graph: YarnGraph<F>,
  peersOf: (pkg: YarnPackage<F>) => readonly (readonly [name: string, range: string])[],
): void {
  for (const pkg of graph.packages) {
    const peers = peersOf(pkg)
    if (peers.length === 0) continue
    const above = shortestChain(pkg)
    for (const [name, range] of peers) {
      const peer = findPeer(graph, name, { range, above })
      // What it needs already is asked for once.
      if (peer !== undefined) pkg.dependencies = [...new Set([...pkg.dependencies, ...peer.patterns])]
    }
  }
}

/** Of the ways that lead to it the shortest, the first one of these. */
function shortestChain({ requests }: YarnPackage): Chain | undefined {
  let shortest = requests[0]?.parents
  for (const { parents } of requests) if ((parents?.length ?? 0) < (shortest?.length ?? 0)) shortest = parents
  return shortest
}

interface Wanted {
  readonly range: string
  readonly above: Chain | undefined
}

function findPeer<F extends FoundPackage>(
  { patternsByName }: YarnGraph<F>,
  name: string,
  { range, above }: Wanted,
): YarnPackage<F> | undefined {
  let nearest: YarnPackage<F> | undefined
  let least = Infinity
  for (const { pkg: candidate } of patternsByName.get(name) ?? []) {
    if (candidate === undefined) continue
    const distance = distanceTo(candidate, above)
    if (distance >= least || !(range === '*' || satisfiesWithPrereleases(candidate.found.version, range))) continue
    nearest = candidate
    least = distance
  }
  return nearest
}

/** How far above it is asked for, on the way that leads down; Infinity when nobody there asks for it. */
function distanceTo({ requests }: YarnPackage, above: Chain | undefined): number {
  let least = Infinity
  for (const { parents } of requests) {
    const distance = (above?.length ?? 0) - (parents?.length ?? 0)
    if (distance >= 0 && distance < least && isPrefix(parents, above, distance)) least = distance
  }
  return least
}

function isPrefix(parents: Chain | undefined, above: Chain | undefined, distance: number): boolean {
  let other = above
  for (let i = 0; i < distance; i += 1) other = other?.parents
  for (let own = parents; own !== other; own = own?.parents, other = other?.parents) {
    if (own?.found.name !== other?.found.name) return false
  }
  return true
}
