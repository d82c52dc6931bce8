/**
 * Files that the lock file names by digest (and name), not by URL. The URL is looked up in the index and kept in the spec: as long
 * as the lock file names the same file of the same index, it is never looked up again.
 */
import { isSameDigest, parseSri, printSri, strongestForNix } from '../digest/sri.ts'
import type { Digest } from '../model/digest.ts'
import type { LockedPackage } from '../model/lock.ts'
import type { IndexedSource, NonEmpty, PinnedArchive } from '../model/source.ts'
import { fail } from '../problem.ts'
import { findUsable, pinArchive, printClaim } from './archive.ts'
import { type Fetched, type Step, type StepContext } from './step.ts'

export function pinIndexed(source: IndexedSource, pkg: LockedPackage, context: StepContext): Step {
  const before = findPrevious(source, pkg, context)
  return before === undefined ? { kind: 'fetch', fetch: () => fetchIndexed(source, pkg, context) } : before
}

function findPrevious(source: IndexedSource, pkg: LockedPackage, context: StepContext): PinnedArchive | undefined {
  const { filename, digests } = source
  const sources = context.previous?.sources
  const key = `${pkg.id}/${filename}`
  if (sources === undefined || filename === undefined) return undefined
  // Nothing that an object inherits has a slash in its name.
  const before = sources[key]
  if (before === undefined || !('urls' in before)) return undefined
  const usable = findUsable(digests)
  if (before.claim !== claimOf(source, usable, context)) return undefined
  const digest = digestOf(before.hash, usable)
  const { urls: known, claim } = before
  const url = known[0]
  if (digest === undefined || url === undefined) return undefined
  const urls: NonEmpty<string> = known.length === 1 ? [url] : [url, ...known.slice(1)]
  return claim === undefined
    ? { kind: 'archive', urls, digest, filename }
    : { kind: 'archive', urls, digest, filename, claim }
}

/** Of the last run; undefined where the lock file says another one. */
function digestOf(hash: string, usable: Digest | undefined): Digest | undefined {
  // Nearly all: what is printed alike is the same.
  if (usable !== undefined && printSri(usable) === hash) return usable
  const digest = strongestForNix(parseSri(hash))
  return digest === undefined || (usable !== undefined && !isSameDigest(usable, digest)) ? undefined : digest
}

/** Which index it is, unless that is the main one; where no digest of the lock file could be taken, what it said instead. */
function claimOf({ index, digests }: IndexedSource, usable: Digest | undefined, { indexes }: StepContext) {
  if (usable === undefined) return printClaim(digests)
  return index === indexes?.main ? undefined : index
}

async function fetchIndexed(source: IndexedSource, pkg: LockedPackage, context: StepContext): Promise<Fetched> {
  const { indexes } = context
  if (indexes === undefined) return failIndexed()
  const { urls, filename } = await indexes.find(source, pkg)
  const digest = findUsable(source.digests)
  if (digest !== undefined) return fetched({ urls, digest, filename }, claimOf(source, digest, context))
  const step = pinArchive({ kind: 'archive', urls, digests: source.digests, filename }, pkg, context)
  return step.kind === 'fetch' ? step.fetch() : { source: step, warnings: [] }
}

interface Located {
  readonly urls: NonEmpty<string>
  readonly digest: Digest
  readonly filename: string
}

function fetched(located: Located, claim: string | undefined): Fetched {
  return { source: { kind: 'archive', ...located, ...claimed(claim) }, warnings: [] }
}

function claimed(claim: string | undefined): Pick<PinnedArchive, 'claim'> {
  return claim === undefined ? {} : { claim }
}

function failIndexed(): never {
  return fail({
    code: 'source-unsupported',
    message: 'it is named by its digest in an index only, which this ecosystem cannot look up',
    hint: 'use a lock format that records the URLs of its files',
  })
}
