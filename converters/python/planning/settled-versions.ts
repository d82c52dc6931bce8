/**
 * Where a lock file has several versions of a name, and something asks for it in a way that more than one of them would answer
 * (`pytest >=4.6`, locked in 4.6.11 for old Pythons and in 5.4.3 for others): which one is meant on which target. One that something
 * else asks for without doubt is; else the newest that answers everybody who asks.
 */
import type { Edge, Lock, LockedPackage, PackageId } from '../../../src/model/lock.ts'
import { compareVersions, parseVersion } from '../standards/version.ts'
import type { TargetSet } from './planned-targets.ts'

export type Packages = ReadonlyMap<PackageId, LockedPackage>

/** An edge, with all packages that its ask may mean; one where there is no doubt. */
export interface AskedEdge {
  readonly edge: Edge
  readonly alternatives: readonly PackageId[]
}

/** Formats in which every line is an ask of its own: see contradictions.ts. */
const LISTS = new Set(['requirements', 'pylock', 'pipfile-lock'])

export function isList(format: string): boolean {
  return LISTS.has(format)
}

/** Finds the edges of one ask: they differ in nothing but where they lead. */
export function groupAsks(edges: readonly Edge[], { packages, format }: Lock): readonly AskedEdge[] {
  if (isList(format.name)) return edges.map((edge) => ({ edge, alternatives: [edge.to] }))
  const asks = new Map<string, PackageId[]>()
  return edges.map((edge) => {
    const { as, kind, range, group, extras, marker } = edge
    const key = JSON.stringify([as, kind, range, group, extras, marker, packages.get(edge.to)?.name])
    const alternatives = asks.get(key) ?? []
    if (!alternatives.includes(edge.to)) alternatives.push(edge.to)
    asks.set(key, alternatives)
    return { edge, alternatives }
  })
}

/** What is known of where each version is meant. Filled walk by walk, until nothing is open. */
export class SettledVersions {
  readonly #packages: Packages
  readonly #settled = new Map<PackageId, TargetSet>()
  readonly #open = new Map<readonly PackageId[], TargetSet>()

  constructor(packages: Packages) {
    this.#packages = packages
  }

  /** Where the edge counts, of where it holds. What is open is remembered, and counts nowhere yet. */
  restrict({ edge, alternatives }: AskedEdge, set: TargetSet): TargetSet {
    if (alternatives.length < 2) {
      this.#settle(edge.to, set)
      return set
    }
    const open = set & ~this.#known(alternatives)
    if (open !== 0n) this.#open.set(alternatives, (this.#open.get(alternatives) ?? 0n) | open)
    return set & (this.#settled.get(edge.to) ?? 0n)
  }

  /** Decides what was open in the last walk. false: nothing was, and the walk tells everything. */
  decide(): boolean {
    const wasOpen = this.#open.size > 0
    // Much of it was settled later in the same walk.
    const open = [...this.#open].map(([alternatives, set]) => ({ alternatives, set: set & ~this.#known(alternatives) }))
    this.#open.clear()
    for (const { alternatives, set } of open) {
      for (let rest = set; rest !== 0n; rest &= rest - 1n) {
        const bit = rest & -rest
        const rivals = open.filter(
          (other) => (other.set & bit) !== 0n && this.#isSameName(other.alternatives, alternatives),
        )
        const common = alternatives.filter((id) => rivals.every((other) => other.alternatives.includes(id)))
        const newest = this.#newest(common.length > 0 ? common : alternatives)
        if (newest !== undefined) this.#settle(newest, bit)
      }
    }
    return wasOpen
  }

  #known(alternatives: readonly PackageId[]): TargetSet {
    return alternatives.reduce((known, id) => known | (this.#settled.get(id) ?? 0n), 0n)
  }

  #settle(id: PackageId, set: TargetSet): void {
    this.#settled.set(id, (this.#settled.get(id) ?? 0n) | set)
  }

  #isSameName([a]: readonly PackageId[], [b]: readonly PackageId[]): boolean {
    return a !== undefined && b !== undefined && this.#packages.get(a)?.name === this.#packages.get(b)?.name
  }

  #newest(ids: readonly PackageId[]): PackageId | undefined {
    const versionOf = (id: PackageId) => parseVersion(this.#packages.get(id)?.version ?? '')
    return [...ids].sort((a, b) => {
      const [left, right] = [versionOf(a), versionOf(b)]
      return left === undefined || right === undefined ? 0 : compareVersions(right, left)
    })[0]
  }
}
