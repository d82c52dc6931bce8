/** What differs between two locks, two specs, or a lock and a spec. Plain data, sorted by code unit: it is also the `--json` form. */
import type { VersionStep } from '../model/comparison.ts'

export interface Difference {
  readonly added: readonly PackageVersion[]
  readonly removed: readonly PackageVersion[]
  /** To a later version, or to one that cannot be compared: then there is no `step`. */
  readonly updated: readonly VersionChange[]
  readonly downgraded: readonly VersionChange[]
  /** From elsewhere than before, be it the same version or another. */
  readonly moved: readonly Move[]
  /** The same version, and yet other bytes, or nothing to tell them by any more. */
  readonly integrity: readonly IntegrityChange[]
  /** Everything that is no package, one sentence each. */
  readonly other: readonly string[]
}

export interface PackageVersion {
  readonly ecosystem: string
  readonly name: string
  /** '' where a package has none. */
  readonly version: string
}

export interface VersionChange {
  readonly ecosystem: string
  readonly name: string
  readonly from: string
  readonly to: string
  readonly step?: VersionStep
}

export interface Move extends PackageVersion {
  /** Hosts, git repositories without their scheme, or `the project`. */
  readonly from: string
  readonly to: string
}

export interface IntegrityChange extends PackageVersion {
  /**
   * `changed`: another digest of the same kind. `commit`: another commit of a git repository. `lost`: no digest any more, or only a
   * weak one. `gained`: the other way round.
   */
  readonly kind: 'changed' | 'commit' | 'lost' | 'gained'
  /** Which of its files, where there are several. */
  readonly file?: string
  /** Digests or commits; '' for none. */
  readonly from: string
  readonly to: string
}

export const noDifference: Difference = {
  added: [],
  removed: [],
  updated: [],
  downgraded: [],
  moved: [],
  integrity: [],
  other: [],
}

/** Nothing differs. */
export function isSame(difference: Difference): boolean {
  return Object.values<readonly unknown[]>({ ...difference }).every((list) => list.length === 0)
}

/** One after the other, in the order given. */
export function joinDifferences(parts: readonly Difference[]): Difference {
  return {
    added: parts.flatMap(({ added }) => added),
    removed: parts.flatMap(({ removed }) => removed),
    updated: parts.flatMap(({ updated }) => updated),
    downgraded: parts.flatMap(({ downgraded }) => downgraded),
    moved: parts.flatMap(({ moved }) => moved),
    integrity: parts.flatMap(({ integrity }) => integrity),
    other: parts.flatMap(({ other }) => other),
  }
}

/** A digest that is another one under the same version, or none any more: what nobody should accept without a look. */
export function isSuspicious({ kind }: IntegrityChange): boolean {
  return kind === 'changed' || kind === 'lost'
}
