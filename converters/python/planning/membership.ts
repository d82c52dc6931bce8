/**
 * Which packages belong to which part of the project, and where. Where the lock file itself says it of every package (Poetry 2.1, PDM),
 * that counts; else the edges are walked, from the project and with the extras that are asked for.
 */
import type { Edge, Lock, LockedPackage, PackageId, Root } from '../../../src/model/lock.ts'
import type { PythonProject } from '../../../src/model/python.ts'
import { markerSets, NOTHING_ASKED, type Asked, type MarkerSets } from './marker-sets.ts'
import type { PlannedTargets, TargetSet } from './planned-targets.ts'
import { isPartOmitted, selectorOf } from './selectors.ts'

/** Selector → where. */
export type Membership = Map<string, TargetSet>

/** Packages that nobody wants anywhere are not among them. `omit`: see isPartOmitted. */
export function findMembership(
  lock: Lock,
  targets: PlannedTargets,
  omit: readonly string[],
): ReadonlyMap<PackageId, Membership> {
  const finding: Finding = { lock, targets, omit, markers: markerSets(targets), found: new Map() }
  const isSaid = lock.packages.size > 0 && [...lock.packages.values()].every(({ groups }) => groups !== undefined)
  if (isSaid) takeSaid(finding)
  else for (const root of lock.roots) walkRoot(finding, root)
  return finding.found
}

interface Finding {
  readonly lock: Lock
  readonly targets: PlannedTargets
  readonly omit: readonly string[]
  readonly markers: MarkerSets
  readonly found: Map<PackageId, Membership>
}

function add({ found }: Finding, id: PackageId, selector: string, set: TargetSet): void {
  if (set === 0n) return
  const membership = found.get(id) ?? new Map<string, TargetSet>()
  found.set(id, membership)
  membership.set(selector, (membership.get(selector) ?? 0n) | set)
}

/** Of a package that is locked for an extra, the marker says for which. */
function takeSaid(finding: Finding): void {
  const { lock, markers } = finding
  const [root] = lock.roots
  const project = lock.python?.projects.get(root.path)
  const extras = (project?.extras ?? []).map(extraAsked).filter(({ key }) => !isPartOmitted(key, finding.omit))
  for (const pkg of lock.packages.values()) {
    for (const group of pkg.groups ?? []) {
      const part = groupPart(group, project)
      if (isPartOmitted(part, finding.omit)) continue
      const marker = pkg.markers?.[group]
      const selector = selectorOf(root.path, part)
      const always = markers.find(marker, NOTHING_ASKED, pkg.where)
      add(finding, pkg.id, selector, always)
      if (part !== undefined) continue
      for (const asked of extras) {
        const set = markers.find(marker, asked, pkg.where)
        if ((set & ~always) !== 0n) add(finding, pkg.id, selectorOf(root.path, asked.key), set)
      }
    }
  }
}

/** As an edge's `group` has it. PDM calls the main part `default`, and an extra by its name alone. */
function groupPart(group: string, project: PythonProject | undefined): string | undefined {
  if (group === 'main' || group === 'default') return undefined
  const isExtra = project?.groups.includes(group) !== true && project?.extras.includes(group) === true
  return isExtra ? `extra:${group}` : group
}

function extraAsked(extra: string): Asked {
  return { key: `extra:${extra}`, extras: new Set([extra]), groups: new Set() }
}

function walkRoot(finding: Finding, root: Root): void {
  const parts = new Set(root.dependencies.map(({ group }) => group))
  for (const part of parts) {
    if (isPartOmitted(part, finding.omit)) continue
    const selector = selectorOf(root.path, part)
    const reached = walk(finding, root, part)
    for (const [node, set] of reached) add(finding, node.id, selector, set)
  }
}

/** A package together with one of its extras (or none): PEP 508's `name[extra]` needs both. */
interface Node {
  readonly id: PackageId
  readonly asked: Asked
}

/** Everything that a part of a root needs, to the end. Cycles end where nothing new comes. */
function walk(finding: Finding, root: Root, part: string | undefined): ReadonlyMap<Node, TargetSet> {
  const nodes = new Map<string, Node>()
  const reached = new Map<Node, TargetSet>()
  const waiting: { readonly node: Node; readonly set: TargetSet }[] = []
  const reach = (id: PackageId, asked: Asked, set: TargetSet) => {
    const key = `${id}\n${asked.key}`
    const node = nodes.get(key) ?? { id, asked }
    nodes.set(key, node)
    const before = reached.get(node) ?? 0n
    if ((set & ~before) === 0n) return
    reached.set(node, before | set)
    waiting.push({ node, set: set & ~before })
  }
  const follow = (edge: Edge, asked: Asked, from: TargetSet, pkg: LockedPackage | undefined) => {
    const set = from & finding.markers.find(edge.marker, asked, pkg?.where ?? { file: finding.lock.format.file })
    reach(edge.to, NOTHING_ASKED, set)
    for (const extra of edge.extras ?? []) reach(edge.to, extraAsked(extra), set)
  }
  const asked = askedBy(part)
  for (const edge of root.dependencies) {
    if (edge.group === part) follow(edge, asked, finding.targets.all, undefined)
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, set } = next
    const pkg = finding.lock.packages.get(node.id)
    const group = node.asked.key === '' ? undefined : node.asked.key
    for (const edge of pkg?.dependencies ?? []) {
      const isAsked = edge.group === undefined || edge.group === group
      if (isAsked) follow(edge, node.asked, set, pkg)
    }
  }
  return reached
}

function askedBy(part: string | undefined): Asked {
  if (part === undefined) return NOTHING_ASKED
  const extra = part.startsWith('extra:') ? part.slice('extra:'.length) : undefined
  if (extra !== undefined) return extraAsked(extra)
  return { key: `group:${part}`, extras: new Set(), groups: new Set([part]) }
}
