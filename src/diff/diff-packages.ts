/** Two tables of packages of one ecosystem → what differs. */
import type { Comparison } from '../model/comparison.ts'
import { compareSources, type SourcesCompared } from './compare-sources.ts'
import type { Difference, IntegrityChange, Move, PackageVersion, VersionChange } from './difference.ts'
import type { PackageTable, StatedSource } from './package-table.ts'
import { pairVersions } from './pair-versions.ts'

export interface DiffPackagesOptions {
  readonly ecosystem: string
  readonly comparison: Comparison
}

type Versions = ReadonlyMap<string, readonly StatedSource[]>

export function diffPackages(before: PackageTable, after: PackageTable, options: DiffPackagesOptions): Difference {
  const differ = new PackageDiffer(options)
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    differ.compare(name, before.get(name) ?? new Map(), after.get(name) ?? new Map())
  }
  return differ.difference()
}

class PackageDiffer {
  readonly #ecosystem: string
  readonly #comparison: Comparison
  readonly #added: PackageVersion[] = []
  readonly #removed: PackageVersion[] = []
  readonly #updated: VersionChange[] = []
  readonly #downgraded: VersionChange[] = []
  readonly #moved: Move[] = []
  readonly #integrity: IntegrityChange[] = []
  readonly #other: string[] = []
  #unknown = 0

  constructor({ ecosystem, comparison }: DiffPackagesOptions) {
    this.#ecosystem = ecosystem
    this.#comparison = comparison
  }

  difference(): Difference {
    const unknown = `${this.#ecosystem}: ${this.#unknown} packages with digests of other kinds than before, which cannot be compared`
    return {
      added: this.#added,
      removed: this.#removed,
      updated: this.#updated,
      downgraded: this.#downgraded,
      moved: this.#moved,
      integrity: this.#integrity,
      other: [...this.#other, ...(this.#unknown === 0 ? [] : [unknown])],
    }
  }

  compare(name: string, before: Versions, after: Versions): void {
    const missing = [...before.keys()].filter((version) => !after.has(version))
    const fresh = [...after.keys()].filter((version) => !before.has(version))
    const { pairs, gone, come } = pairVersions(missing, fresh, this.#comparison)
    for (const [from, to] of pairs) {
      this.#changeVersion(name, from, to)
      this.#findMove({ ...this.#at(name, to) }, before.get(from) ?? [], after.get(to) ?? [])
    }
    for (const version of gone) this.#removed.push(this.#at(name, version))
    for (const version of come) this.#added.push(this.#at(name, version))
    for (const version of [...before.keys()].filter((each) => after.has(each)).sort()) {
      this.#compareVersion(this.#at(name, version), before.get(version) ?? [], after.get(version) ?? [])
    }
  }

  #at(name: string, version: string): PackageVersion {
    return { ecosystem: this.#ecosystem, name, version }
  }

  #changeVersion(name: string, from: string, to: string): void {
    const step = this.#comparison.stepBetween(from, to)
    const isLower = (this.#comparison.compareVersions(from, to) ?? 0) > 0
    const change = { ecosystem: this.#ecosystem, name, from, to, ...(step === undefined ? {} : { step }) }
    if (isLower) this.#downgraded.push(change)
    else this.#updated.push(change)
  }

  #compareVersion(at: PackageVersion, before: readonly StatedSource[], after: readonly StatedSource[]): void {
    this.#findMove(at, before, after)
    const compared = compareSources(before, after)
    for (const finding of compared.findings) this.#integrity.push({ ...at, ...finding })
    if (compared.isUnknown) this.#unknown += 1
    const files = describeFiles(compared)
    if (files !== '') this.#other.push(`${at.name} ${at.version}: ${files}`)
  }

  /** A place that was not there before: fewer of the same are no move. */
  #findMove(at: PackageVersion, before: readonly StatedSource[], after: readonly StatedSource[]): void {
    const old = this.#originsOf(before)
    const now = this.#originsOf(
      after.filter((source) => this.#originsOf([source]).every((each) => !old.includes(each))),
    )
    if (now.length > 0) this.#moved.push({ ...at, from: old.join(', '), to: now.join(', ') })
  }

  #originsOf(sources: readonly StatedSource[]): readonly string[] {
    const { aliases } = this.#comparison
    const origins = sources.flatMap((source) => source.origins)
    const known = origins.map((origin) => (Object.hasOwn(aliases, origin) ? aliases[origin] : origin) ?? origin)
    return [...new Set(known)].sort()
  }
}

function describeFiles({ moreFiles, fewerFiles }: SourcesCompared): string {
  const counts = [moreFiles === 0 ? [] : [`${moreFiles} more`], fewerFiles === 0 ? [] : [`${fewerFiles} fewer`]].flat()
  return counts.length === 0 ? '' : `${counts.join(' and ')} of its files`
}
