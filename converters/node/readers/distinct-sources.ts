/**
 * Entries → distinct packages. One archive may be named by several entries, with different hosts or digest algorithms; one
 * name and version may stand for different bytes (registry, git, bundled). The first are one package, the second several.
 */
import { isSameDigest } from '../../../src/digest/sri.ts'
import { packageId } from '../../../src/model/lock.ts'
import type { PackageId } from '../../../src/model/lock.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { ArchiveSource, NonEmpty, Source } from '../../../src/model/source.ts'
import { shown } from '../../../src/problem.ts'
import type { Problem } from '../../../src/problem.ts'
import type { Entry } from './entry.ts'

/** `E`: what names it in the lock file. */
export interface Candidate<E extends Pick<Entry, 'where'> = Entry> {
  readonly entry: E
  readonly path: string
  readonly name: string
  readonly version: string
  readonly source: Source
  readonly resolved?: string | undefined
}

export interface DistinctPackage<C extends AnyCandidate = Candidate> {
  readonly id: PackageId
  readonly source: Source
  /** The first stands for all of them in messages. */
  readonly members: NonEmpty<C>
}

type AnyCandidate = Candidate<Pick<Entry, 'where'>>

interface Group<C extends AnyCandidate> {
  /** Of its name and version alone. */
  readonly id: PackageId
  source: Source
  readonly members: [C, ...C[]]
  /** Other sources of the same name and version. */
  rivals?: Group<C>[]
}

function groupOf<C extends AnyCandidate>(id: PackageId, candidate: C): Group<C> {
  return { id, source: candidate.source, members: [candidate] }
}

/** Packages in order of their first place; reports entries that contradict each other about the same URL. */
export function distinctSources<C extends AnyCandidate>(
  candidates: readonly C[],
  { report }: { readonly report: (problem: Problem) => void },
): readonly DistinctPackage<C>[] {
  const byName = new Map<PackageId, Group<C>>()
  candidates.forEach((candidate) => {
    const id = packageId(candidate.name, candidate.version)
    const first = byName.get(id)
    if (first === undefined) byName.set(id, groupOf(id, candidate))
    else join(first, candidate, report)
  })
  const distinct: DistinctPackage<C>[] = []
  byName.forEach((first) => {
    const { rivals } = first
    // Nearly always.
    if (rivals === undefined) distinct.push(first)
    else nameGroups([first, ...rivals], distinct)
  })
  return distinct
}

function join<C extends AnyCandidate>(first: Group<C>, candidate: C, report: (problem: Problem) => void): void {
  const { id, rivals = [] } = first
  for (const group of [first, ...rivals]) {
    const merged = merge(group.source, candidate.source)
    if (merged === undefined) continue
    if (merged === 'contradiction') report(contradiction(candidate, group))
    else group.source = merged
    group.members.push(candidate)
    return
  }
  first.rivals = [...rivals, groupOf(id, candidate)]
}

/** The one source both stand for; undefined when they are two. */
function merge(a: Source, b: Source): Source | 'contradiction' | undefined {
  if (a.kind === 'archive' && b.kind === 'archive') {
    const sameUrl = b.urls.some((url) => a.urls.includes(url))
    // Nearly always: one archive, named in the same words.
    if (sameUrl && holdsAll(a, b)) return a
    const agreement = compareDigests(a.digests, b.digests)
    if (agreement === 'differ') return sameUrl ? 'contradiction' : undefined
    if (!sameUrl && agreement !== 'same') return undefined
    return { kind: 'archive', urls: union(a.urls, b.urls), digests: unionDigests(a.digests, b.digests) }
  }
  if (a.kind === 'git' && b.kind === 'git') {
    return a.url === b.url && a.rev === b.rev && a.subdir === b.subdir ? a : undefined
  }
  if (a.kind === 'local' && b.kind === 'local') return a.path === b.path ? a : undefined
  return a.kind === 'bundled' && b.kind === 'bundled' ? a : undefined
}

function holdsAll(a: ArchiveSource, b: ArchiveSource): boolean {
  return (
    b.urls.every((url) => a.urls.includes(url)) &&
    b.digests.every((digest) => a.digests.some((other) => isSameDigest(digest, other)))
  )
}

/** Digests of different algorithms say nothing of each other. */
function compareDigests(a: readonly Digest[], b: readonly Digest[]): 'same' | 'differ' | 'unrelated' {
  const shared = b.filter((digest) => a.some((other) => other.algorithm === digest.algorithm))
  if (shared.length === 0) return 'unrelated'
  const equal = shared.some((digest) => a.some((other) => isSameDigest(digest, other)))
  return equal ? 'same' : 'differ'
}

function union(a: NonEmpty<string>, b: NonEmpty<string>): NonEmpty<string> {
  return [...a, ...b.filter((url) => !a.includes(url))]
}

function unionDigests(a: readonly Digest[], b: readonly Digest[]): readonly Digest[] {
  return [...a, ...b.filter((digest) => !a.some((other) => isSameDigest(digest, other)))]
}

function contradiction<C extends AnyCandidate>(candidate: C, { members }: Group<C>): Problem {
  const other = members[0]?.entry.where.key ?? ''
  const { file, key = '', line } = candidate.entry.where
  return {
    code: 'lock-inconsistent',
    message: `${shown(candidate.path)} has another digest than ${other}, for the same URL`,
    where: { file, key: `${key}.integrity`, line },
    hint: 'remove both entries and run npm install, which writes them anew',
  }
}

const rank: Readonly<Record<Source['kind'], number>> = { archive: 0, indexed: 0, git: 1, local: 2, bundled: 3 }

/** The plain id goes to the registry's (or first) one; the others are told apart by what makes them different. */
function nameGroups<C extends AnyCandidate>(groups: readonly Group<C>[], into: DistinctPackage<C>[]): void {
  const ranked = [...groups].sort((a, b) => rank[a.source.kind] - rank[b.source.kind])
  const taken = new Set<string>()
  ranked.forEach(({ source, members }, index) => {
    const id = uniqueId(members[0], taken, index === 0 ? undefined : qualifier(source))
    into.push({ id, source, members })
  })
}

/** What the shim must write as `resolved`: set where the package's first URL is not what this entry says. */
export function spelling({ resolved, source }: Candidate, ofPackage: Source): string | undefined {
  const main = ofPackage.kind === 'archive' ? ofPackage.urls[0] : undefined
  if (resolved !== undefined) return resolved === main ? undefined : resolved
  return source.kind === 'archive' && source.urls[0] !== main ? source.urls[0] : undefined
}

function qualifier(source: Source): string {
  switch (source.kind) {
    case 'archive':
    case 'indexed':
      return source.digests[0]?.hex.slice(0, 12) ?? 'other'
    case 'git':
      return source.rev.slice(0, 12)
    case 'local':
      return source.path
    case 'bundled':
      return 'bundled'
  }
}

/** `wanted` tells it from the others of its name and version. */
function uniqueId({ name, version }: AnyCandidate, taken: Set<string>, wanted?: string): PackageId {
  let id = packageId(name, version, wanted)
  for (let n = 2; taken.has(id); n += 1) id = packageId(name, version, `${wanted ?? ''}-${n}`)
  taken.add(id)
  return id
}
