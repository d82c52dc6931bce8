/**
 * Which kinds of ways lead from the project to each package and link, as bits of find-flags.ts. Its walk over places would do, but
 * pnpm's tree has four places for each package, and all but one are links that are as the package which they belong to.
 */
import { findNeed } from '../../layout/find-need.ts'
import { EVERY_WAY, waysAlong } from '../../layout/find-flags.ts'
import type { Child, PnpmGraph, PnpmNode, Target } from './lock-graph.ts'

export interface Ways {
  /** What is not in it no way leads to. */
  readonly toNodes: ReadonlyMap<PnpmNode, number>
  /** By install path. */
  readonly toLinks: ReadonlyMap<string, number>
}

/** `links`: those of the project and its members, and the hoisted ones, by install path. */
export function findWays(graph: PnpmGraph, links: ReadonlyMap<string, { readonly to: Target }>): Ways {
  const toNodes = new Map<PnpmNode, number>()
  const toLinks = new Map<string, number>()
  const queue: PnpmNode[] = []
  const reach = ({ to }: { readonly to: Target }, ways: number): void => {
    if (to.kind === 'directory') return
    const known = toNodes.get(to.node) ?? 0
    if ((known | ways) === known) return
    toNodes.set(to.node, known | ways)
    queue.push(to.node)
  }
  for (const [importer, { children }] of graph.importers) {
    for (const [alias, { kind }] of children) {
      const path = findNeed(links, importer, alias)
      const link = path === undefined ? undefined : links.get(path)
      if (path === undefined || link === undefined) continue
      toLinks.set(path, (toLinks.get(path) ?? 0) | waysAlong[kind])
      reach(link, waysAlong[kind])
    }
  }
  for (const [path, { to }] of links) if (isRoot(to, graph)) toLinks.set(path, EVERY_WAY)
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const here = toNodes.get(node) ?? 0
    node.children.forEach((child) => reach(child, waysToChild(child, here, graph)))
  }
  return { toNodes, toLinks }
}

/** From a package that `here` lead to. */
export function waysToChild({ to, optional }: Child, here: number, graph: PnpmGraph): number {
  if (isRoot(to, graph)) return EVERY_WAY
  return optional ? here & waysAlong.optional : here
}

/** The project and its members are there, whoever asks. */
function isRoot(to: Target, { importers }: PnpmGraph): boolean {
  return to.kind === 'directory' && importers.has(to.path)
}
