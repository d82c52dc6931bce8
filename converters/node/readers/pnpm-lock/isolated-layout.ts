/**
 * pnpm's own tree: each package in node_modules/.pnpm/<key>/node_modules/<name>, beside links to whom it needs; links in the
 * node_modules of the project and of each member; and the hoisted links. https://pnpm.io/symlinked-node-modules-structure
 */
import type { PackageId, Place, PlaceFlag, PlaceNeed } from '../../../../src/model/lock.ts'
import { findFlags } from '../../layout/find-flags.ts'
import type { FlaggedPlace, RootNeed } from '../../layout/find-flags.ts'
import { findNeed } from '../../layout/find-need.ts'
import { findHoisted } from './hoisting.ts'
import type { Hoisting } from './hoisting.ts'
import { STORE } from './lock-graph.ts'
import type { ImporterNode, PnpmGraph, PnpmNode, Target } from './lock-graph.ts'

export interface LayoutOptions extends Hoisting {
  readonly idOf: (node: PnpmNode) => PackageId
  readonly patchesOf: (node: PnpmNode) => readonly string[] | undefined
  /** Programs of peers are there for whoever asks for the package that needs them; see `linksPeers`. */
  readonly linksPeers: boolean
}

export function layOutIsolated(graph: PnpmGraph, options: LayoutOptions): ReadonlyMap<string, Place> {
  const drafts = new Map<string, Draft>()
  for (const node of graph.nodes.values()) {
    drafts.set(node.path, { kind: 'package', node, needs: linkChildren(node, drafts) })
  }
  const hoisted = new Set<string>()
  for (const { alias, to, isPublic } of findHoisted(graph, options)) {
    const path = isPublic ? `node_modules/${alias}` : `${STORE}/node_modules/${alias}`
    hoisted.add(path)
    drafts.set(path, linkTo(to))
  }
  linkImporters(graph, drafts, options)
  return finish(graph, { drafts, hoisted, options })
}

type Draft = PackageDraft | LinkDraft

interface PackageDraft {
  readonly kind: 'package'
  readonly node: PnpmNode
  readonly needs: readonly PlaceNeed[]
}

interface LinkDraft {
  readonly kind: 'link'
  readonly target: string
  /** Of links to members, which are there whoever asks; the links are not. */
  readonly flags?: readonly PlaceFlag[]
  readonly peers?: readonly string[]
}

const flagsOf: Readonly<Record<'prod' | 'dev' | 'optional', readonly PlaceFlag[]>> = {
  prod: [],
  dev: ['dev'],
  optional: ['optional'],
}

function linkTo(to: Target): LinkDraft {
  return { kind: 'link', target: to.kind === 'node' ? to.node.path : to.path }
}

/** A package that needs one of its own name finds it inside of itself. */
function linkChildren(node: PnpmNode, drafts: Map<string, Draft>): readonly PlaceNeed[] {
  const needs: PlaceNeed[] = []
  node.children.forEach(({ to, optional }, alias) => {
    const isSelf = alias === node.name
    if (isSelf && (to.kind === 'directory' || to.node === node)) return
    const path = isSelf ? `${node.path}/node_modules/${alias}` : `${node.modules}/${alias}`
    drafts.set(path, linkTo(to))
    needs.push({ path, optional })
  })
  return needs
}

function linkImporters({ importers }: PnpmGraph, drafts: Map<string, Draft>, options: LayoutOptions): void {
  const dedupe = options.settings.dedupeDirectDeps
  const inRoot = new Set<string>()
  for (const [importer, { children }] of importers) {
    for (const [alias, { to, kind }] of children) {
      const peers = to.kind === 'node' && options.linksPeers ? peersWithPrograms(to.node) : []
      const more = to.kind === 'directory' ? { flags: flagsOf[kind] } : peers.length === 0 ? {} : { peers }
      const link: LinkDraft = { ...linkTo(to), ...more }
      if (dedupe && importer !== '' && inRoot.has(link.target)) continue
      drafts.set(importer === '' ? `node_modules/${alias}` : `${importer}/node_modules/${alias}`, link)
    }
    if (importer !== '') continue
    for (const [path, draft] of drafts) {
      if (draft.kind === 'link' && isInProject(path)) inRoot.add(draft.target)
    }
  }
}

/** Those that must be there, and are. */
function peersWithPrograms({ snapshot: { fields }, children }: PnpmNode): readonly string[] {
  const meta = fields.object('peerDependenciesMeta')
  return (fields.object('peerDependencies')?.keys() ?? []).filter((name) => {
    const to = children.get(name)?.to
    const hasPrograms = to?.kind === 'node' && to.node.snapshot.fields.boolean('hasBin') === true
    return hasPrograms && meta?.object(name)?.boolean('optional') !== true
  })
}

function isInProject(path: string): boolean {
  return path.startsWith('node_modules/') && !path.startsWith(`${STORE}/`)
}

interface Finishing {
  readonly drafts: ReadonlyMap<string, Draft>
  readonly hoisted: ReadonlySet<string>
  readonly options: LayoutOptions
}

function finish(graph: PnpmGraph, { drafts, hoisted, options }: Finishing): ReadonlyMap<string, Place> {
  const roots = new Map<string, readonly RootNeed[]>()
  for (const [path, importer] of graph.importers) roots.set(path, rootNeeds(path, importer, drafts))
  const places: ReadonlyMap<string, FlaggedPlace> = drafts
  const flags = findFlags({ roots, places })
  const layout = new Map<string, Place>()
  drafts.forEach((draft, path) => {
    // Nobody asks for a hoisted link: it goes where its package goes.
    const of = draft.kind === 'link' && hoisted.has(path) && drafts.has(draft.target) ? draft.target : path
    const own = flags.get(of) ?? NONE
    if (draft.kind === 'link') {
      const { target, peers } = draft
      layout.set(path, { kind: 'link', target, flags: draft.flags ?? own, peers })
    } else layout.set(path, finishPackage(draft, own, options))
  })
  return layout
}

const NONE: readonly PlaceFlag[] = []

/** pnpm leaves out the optional package that cannot run, never those that need it: to them all needs are optional. */
function finishPackage(
  { node, needs }: PackageDraft,
  flags: readonly PlaceFlag[],
  { idOf, patchesOf }: LayoutOptions,
): Place {
  const patches = patchesOf(node)
  const soft = needs.every(({ optional }) => optional) ? needs : needs.map(({ path }) => ({ path, optional: true }))
  return { kind: 'package', id: idOf(node), flags, needs: soft, patches }
}

function rootNeeds(path: string, { children }: ImporterNode, drafts: ReadonlyMap<string, Draft>): readonly RootNeed[] {
  return [...children].flatMap(([alias, { kind }]) => {
    const found = findNeed(drafts, path, alias)
    return found === undefined ? [] : [{ path: found, kind }]
  })
}
