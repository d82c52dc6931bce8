/**
 * Which packages belong to which part of the project, and where. Where the lock file itself says it of every package (Poetry 2.1, PDM),
 * that counts; else the edges are walked, from the project and with the extras that are asked for.
 */
import type { Edge, Lock, LockedPackage, PackageId, Root } from '../../../src/model/lock.ts'
import type { PythonProject } from '../../../src/model/python.ts'
import type { Choice, Choices } from './choices.ts'
import { markerSets, type Asked, type MarkerSets } from './marker-sets.ts'
import type { PlannedTargets, TargetSet } from './planned-targets.ts'
import { isPartOmitted, selectorOf } from './selectors.ts'
import { groupAsks, SettledVersions, type AskedEdge } from './settled-versions.ts'

/** Selector (`main`, `group:dev@extra:cpu`) → where. */
export type Membership = ReadonlyMap<string, TargetSet>

export interface MembershipOptions {
  readonly targets: PlannedTargets
  /** See isPartOmitted. */
  readonly omit: readonly string[]
  readonly choices: Choices
}

/** Packages that nobody wants anywhere are not among them. */
export function findMembership(lock: Lock, options: MembershipOptions): ReadonlyMap<PackageId, Membership> {
  const markers = markerSets(options.targets)
  const asks = rememberAsks(lock)
  const isSaid = lock.packages.size > 0 && [...lock.packages.values()].every(({ groups }) => groups !== undefined)
  const [first, ...others] = options.choices.list.map((choice) => {
    const settled = new SettledVersions(lock.packages)
    const finding: Finding = { ...options, lock, markers, choice, asks, settled, found: new Map() }
    if (isSaid) takeSaid(finding)
    else walkRoots(finding)
    return finding
  })
  if (first === undefined) throw new Error('nothing can be chosen, which is a choice')
  return others.length === 0 ? first.found : merge([first, ...others])
}

type Found = Map<PackageId, Map<string, TargetSet>>

interface Finding extends MembershipOptions {
  readonly lock: Lock
  readonly markers: MarkerSets
  readonly choice: Choice
  readonly asks: FindAsks
  readonly settled: SettledVersions
  readonly found: Found
}

const NONE: readonly Edge[] = []

type FindAsks = (edges: readonly Edge[]) => readonly AskedEdge[]

function rememberAsks(lock: Lock): FindAsks {
  const known = new Map<readonly Edge[], readonly AskedEdge[]>()
  return (edges) => {
    const asks = known.get(edges) ?? groupAsks(edges, lock)
    known.set(edges, asks)
    return asks
  }
}

function add({ found }: Finding, id: PackageId, selector: string, set: TargetSet): void {
  if (set === 0n) return
  const membership = found.get(id) ?? new Map<string, TargetSet>()
  found.set(id, membership)
  membership.set(selector, (membership.get(selector) ?? 0n) | set)
}

/** Where a choice makes no difference it is not spoken of. */
function merge(findings: readonly Finding[]): ReadonlyMap<PackageId, Membership> {
  const merged: Found = new Map()
  const ids = new Set(findings.flatMap(({ found }) => [...found.keys()]))
  for (const id of ids) {
    const membership = new Map<string, TargetSet>()
    merged.set(id, membership)
    for (const selector of new Set(findings.flatMap(({ found }) => [...(found.get(id)?.keys() ?? [])]))) {
      const possible = findings.filter((finding) => isPossible(finding, selector))
      const sets = possible.map(({ found }) => found.get(id)?.get(selector) ?? 0n)
      const [one = 0n] = sets
      if (sets.every((set) => set === one)) membership.set(selector, one)
      else possible.forEach(({ choice }, at) => setIfAny(membership, `${selector}@${choice.key}`, sets[at] ?? 0n))
    }
  }
  return merged
}

function setIfAny(membership: Map<string, TargetSet>, key: string, set: TargetSet): void {
  if (set !== 0n) membership.set(key, set)
}

/** A part that conflicts with others is looked at only where it is chosen. */
function isPossible({ choice, choices }: Finding, selector: string): boolean {
  return choice.selectors.has(selector) || !choices.list.some(({ selectors }) => selectors.has(selector))
}

/** Of a package that is locked for an extra, the marker says for which. */
function takeSaid(finding: Finding): void {
  const { lock, omit, markers } = finding
  const [{ path }] = lock.roots
  const project = lock.python?.projects.get(path)
  const extras = (project?.extras ?? []).filter((extra) => !isPartOmitted(`extra:${extra}`, omit))
  for (const pkg of lock.packages.values()) {
    for (const group of pkg.groups ?? []) {
      const part = groupPart(group, project)
      if (isPartOmitted(part, omit)) continue
      const marker = pkg.markers?.[group]
      const always = markers.find(marker, askedBy(undefined, finding), pkg.where)
      addIfPossible(finding, pkg, selectorOf(path, part), always)
      if (part !== undefined || marker === undefined || !marker.includes('extra')) continue
      for (const extra of extras) {
        const set = markers.find(marker, askedBy(`extra:${extra}`, finding), pkg.where)
        const isChosen = finding.choice.selectors.has(selectorOf(path, `extra:${extra}`))
        if (isChosen || (set & ~always) !== 0n) addIfPossible(finding, pkg, selectorOf(path, `extra:${extra}`), set)
      }
    }
  }
}

function addIfPossible(finding: Finding, { id }: LockedPackage, selector: string, set: TargetSet): void {
  if (isPossible(finding, selector)) add(finding, id, selector, set)
}

/** As an edge's `group` has it. PDM calls the main part `default`, and an extra by its name alone. */
function groupPart(group: string, project: PythonProject | undefined): string | undefined {
  if (group === 'main' || group === 'default') return undefined
  const isExtra = project?.groups.includes(group) !== true && project?.extras.includes(group) === true
  return isExtra ? `extra:${group}` : group
}

/** Again and again, until each ask for a name means one of its versions. */
function walkRoots(finding: Finding): void {
  do {
    finding.found.clear()
    for (const root of finding.lock.roots) walkRoot(finding, root)
  } while (finding.settled.decide())
}

function walkRoot(finding: Finding, root: Root): void {
  const parts = new Set(root.dependencies.map(({ group }) => group))
  for (const part of parts) {
    const selector = selectorOf(root.path, part)
    if (isPartOmitted(part, finding.omit) || !isPossible(finding, selector)) continue
    for (const [{ id }, set] of walk(finding, root, part)) add(finding, id, selector, set)
  }
}

/** A package together with one of its extras (or none): PEP 508's `name[extra]` needs both. */
interface Node {
  readonly id: PackageId
  /** As an edge's group has it. */
  readonly extra: string | undefined
  readonly asked: Asked
}

/** Everything that a part of a root needs, to the end. Cycles end where nothing new comes. */
function walk(finding: Finding, root: Root, part: string | undefined): ReadonlyMap<Node, TargetSet> {
  const nodes = new Map<string, Node>()
  const reached = new Map<Node, TargetSet>()
  const waiting: { readonly node: Node; readonly set: TargetSet }[] = []
  const reach = (id: PackageId, extra: string | undefined, set: TargetSet) => {
    const key = extra === undefined ? id : `${id}\n${extra}`
    const node = nodes.get(key) ?? { id, extra, asked: askedBy(extra, finding) }
    nodes.set(key, node)
    const before = reached.get(node) ?? 0n
    if ((set & ~before) === 0n) return
    reached.set(node, before | set)
    waiting.push({ node, set: set & ~before })
  }
  const follow = (ask: AskedEdge, asked: Asked, from: TargetSet, pkg: LockedPackage | undefined) => {
    const { edge } = ask
    const where = pkg?.where ?? { file: finding.lock.format.file }
    const set = finding.settled.restrict(ask, from & finding.markers.find(edge.marker, asked, where))
    reach(edge.to, undefined, set)
    for (const extra of edge.extras ?? []) reach(edge.to, `extra:${extra}`, set)
  }
  const asked = askedBy(part, finding)
  for (const ask of finding.asks(root.dependencies)) {
    if (ask.edge.group === part) follow(ask, asked, finding.targets.all, undefined)
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, set } = next
    const pkg = finding.lock.packages.get(node.id)
    for (const ask of finding.asks(pkg?.dependencies ?? NONE)) {
      const { group } = ask.edge
      if (group === undefined || group === node.extra) follow(ask, node.asked, set, pkg)
    }
  }
  return reached
}

/** `part`: as an edge's group has it. */
function askedBy(part: string | undefined, { choice }: Finding): Asked {
  const key = `${part ?? ''} ${choice.key}`
  if (part === undefined) return { key, extras: choice.extras, groups: new Set() }
  const extra = part.startsWith('extra:') ? part.slice('extra:'.length) : undefined
  if (extra === undefined) return { key, extras: choice.extras, groups: new Set([part]) }
  return { key, extras: new Set([...choice.extras, extra]), groups: new Set() }
}
