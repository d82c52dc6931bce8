/**
 * pnpm's own tree: each package in node_modules/.pnpm/<key>/node_modules/<name>, beside links to whom it needs; links in the
 * node_modules of the project and of each member; and the hoisted links. https://pnpm.io/symlinked-node-modules-structure
 */
import type { PackageId, Place, PlaceFlag, PlaceNeed } from '../../../../src/model/lock.ts'
import { flagsOfWays } from '../../layout/find-flags.ts'
import { findWays, waysToChild } from './find-ways.ts'
import type { Ways } from './find-ways.ts'
import { findHoisted } from './hoisting.ts'
import type { Hoisting } from './hoisting.ts'
import { STORE } from './lock-graph.ts'
import type { PnpmGraph, PnpmNode, Target } from './lock-graph.ts'

export interface LayoutOptions extends Hoisting {
  readonly idOf: (node: PnpmNode) => PackageId
  readonly patchesOf: (node: PnpmNode) => readonly string[] | undefined
  /** Programs of peers are there for whoever asks for the package that needs them; see `linksPeers`. */
  readonly linksPeers: boolean
}

export function layOutIsolated(graph: PnpmGraph, options: LayoutOptions): ReadonlyMap<string, Place> {
  const links = linkTop(graph, options)
  const ways = findWays(graph, links)
  const layout = new Map<string, Place>()
  graph.nodes.forEach((node) => addPackage(node, { layout, ways, graph, options }))
  links.forEach((link, path) => {
    const { to, isHoisted, peers } = link
    // Nobody asks for a hoisted link: it goes where its package goes.
    const leading = to.kind === 'node' && isHoisted ? ways.toNodes.get(to.node) : ways.toLinks.get(path)
    layout.set(path, linkTo(to, link.flags ?? flagsOfWays(leading ?? 0), peers))
  })
  return layout
}

/** A link in the node_modules of the project or of a member, or a hoisted one. */
interface TopLink {
  readonly to: Target
  readonly isHoisted: boolean
  /** Of links to members, which are there whoever asks; the links are not. */
  readonly flags?: readonly PlaceFlag[] | undefined
  readonly peers?: readonly string[] | undefined
}

const flagsOf: Readonly<Record<'prod' | 'dev' | 'optional', readonly PlaceFlag[]>> = {
  prod: [],
  dev: ['dev'],
  optional: ['optional'],
}

function linkTo(to: Target, flags: readonly PlaceFlag[], peers?: readonly string[]): Place {
  return { kind: 'link', target: targetPath(to), flags, peers }
}

function targetPath(to: Target): string {
  return to.kind === 'node' ? to.node.path : to.path
}

/** By install path: everything but what is beside the packages. */
function linkTop(graph: PnpmGraph, options: LayoutOptions): ReadonlyMap<string, TopLink> {
  const links = new Map<string, TopLink>()
  for (const { alias, to, isPublic } of findHoisted(graph, options)) {
    links.set(isPublic ? `node_modules/${alias}` : `${STORE}/node_modules/${alias}`, { to, isHoisted: true })
  }
  const inRoot = new Set<string>()
  for (const [importer, { children }] of graph.importers) {
    const modules = importer === '' ? 'node_modules' : `${importer}/node_modules`
    for (const [alias, { to, kind }] of children) {
      if (importer !== '' && inRoot.has(targetPath(to))) continue
      const path = `${modules}/${alias}`
      const isHoisted = links.has(path)
      if (to.kind === 'directory') links.set(path, { to, isHoisted, flags: flagsOf[kind] })
      else links.set(path, { to, isHoisted, peers: options.linksPeers ? peersWithPrograms(to.node) : undefined })
    }
    if (importer !== '' || !options.settings.dedupeDirectDeps) continue
    for (const [path, { to }] of links) if (isInProject(path)) inRoot.add(targetPath(to))
  }
  return links
}

/** Those that must be there, and are; undefined: none. */
function peersWithPrograms({ snapshot: { fields }, children }: PnpmNode): readonly string[] | undefined {
  const meta = fields.object('peerDependenciesMeta')
  const peers = (fields.object('peerDependencies')?.keys() ?? []).filter((name) => {
    const to = children.get(name)?.to
    const hasPrograms = to?.kind === 'node' && to.node.snapshot.fields.boolean('hasBin') === true
    return hasPrograms && meta?.object(name)?.boolean('optional') !== true
  })
  return peers.length === 0 ? undefined : peers
}

function isInProject(path: string): boolean {
  return path.startsWith('node_modules/') && !path.startsWith(`${STORE}/`)
}

interface Adding {
  readonly layout: Map<string, Place>
  readonly ways: Ways
  readonly graph: PnpmGraph
  readonly options: LayoutOptions
}

/**
 * With links to whom it needs; one of its own name it finds inside of itself. All its needs are optional: pnpm leaves out the optional
 * package that cannot run, never those that need it.
 */
function addPackage(node: PnpmNode, { layout, ways, graph, options }: Adding): void {
  const here = ways.toNodes.get(node) ?? 0
  const needs: PlaceNeed[] = []
  node.children.forEach((child, alias) => {
    const { to } = child
    const isSelf = alias === node.name
    if (isSelf && (to.kind === 'directory' || to.node === node)) return
    const path = isSelf ? `${node.path}/node_modules/${alias}` : `${node.modules}/${alias}`
    layout.set(path, linkTo(to, flagsOfWays(waysToChild(child, here, graph))))
    needs.push({ path, optional: true })
  })
  const patches = options.patchesOf(node)
  layout.set(node.path, { kind: 'package', id: options.idOf(node), flags: flagsOfWays(here), needs, patches })
}
