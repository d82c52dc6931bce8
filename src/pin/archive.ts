/**
 * Archives. A digest of the lock file that Nix can check is taken as it is. Otherwise, in this order: what an earlier spec pins
 * for the same URLs and the same claim, what the registry publishes if the lock file's weak digest agrees with it, and at last
 * a download that is verified against everything known and hashed. The claim is what the lock file itself says.
 */
import { isNixKnown, isSameDigest, isStrong, parseSri, printSri, strongestForNix } from '../digest/sri.ts'
import type { Digest } from '../model/digest.ts'
import type { LockedPackage } from '../model/lock.ts'
import type { ArchiveSource, PinnedArchive } from '../model/source.ts'
import { fail, ProblemError, shown, type Problem } from '../problem.ts'
import type { SpecSource } from '../spec/build-spec.ts'
import { type Fetched, type Step, type StepContext } from './step.ts'

export function pinArchive(source: ArchiveSource, pkg: LockedPackage, context: StepContext): Step {
  const { urls, digests, filename } = source
  const digest = findUsable(digests)
  // Nearly every file. Parts of objects that are put together cost several times what a whole one does.
  if (digest !== undefined) {
    return filename === undefined ? { kind: 'archive', urls, digest } : { kind: 'archive', urls, digest, filename }
  }
  const claim = source.claim ?? printClaim(digests)
  const before = findPrevious(source, claim, previousOf(pkg, source, context))
  if (before !== undefined) return { kind: 'archive', urls, digest: before, claim, ...named(source) }
  return { kind: 'fetch', fetch: () => fetchArchive(source, claim, { ...context, pkg }) }
}

function named({ filename }: ArchiveSource): Pick<PinnedArchive, 'filename'> {
  return filename === undefined ? {} : { filename }
}

/** Of two digests of one algorithm either may be the right one (SRI), so neither can be written into a spec unseen. */
export function findUsable(digests: readonly Digest[]): Digest | undefined {
  const only = digests[0]
  if (only !== undefined && digests.length === 1) return isStrong(only) && isNixKnown(only) ? only : undefined
  const best = strongestForNix(digests)
  const rivals = digests.filter((digest) => digest.algorithm === best?.algorithm)
  return rivals.length === 1 ? best : undefined
}

/** The lock file's digests as SRI, in an order of their own; '' for none. */
export function printClaim(digests: readonly Digest[]): string {
  return digests.map(printSri).sort().join(' ')
}

function findPrevious({ urls }: ArchiveSource, claim: string, previous: readonly SpecSource[]): Digest | undefined {
  for (const before of previous) {
    if (!('urls' in before) || before.claim !== claim) continue
    const isSameUrls = before.urls.length === urls.length && before.urls.every((url, index) => url === urls[index])
    if (isSameUrls) return strongestForNix(parseSri(before.hash))
  }
  return undefined
}

/** A package's sources in a spec: its id is the key of the first, `<id>/<file name>` of the others (spec-part.ts). */
function previousOf(pkg: LockedPackage, { filename }: ArchiveSource, { previous }: StepContext): readonly SpecSource[] {
  const sources = previous?.sources ?? {}
  if (filename !== undefined) {
    const key = `${pkg.id}/${filename}`
    return Object.hasOwn(sources, key) ? [sources[key]].filter((source) => source !== undefined) : []
  }
  if (pkg.sources.length === 1) {
    const only = Object.hasOwn(sources, pkg.id) ? sources[pkg.id] : undefined
    return only === undefined ? [] : [only]
  }
  const isOfPackage = (key: string) => key === pkg.id || key.startsWith(`${pkg.id}/`)
  return Object.entries(sources).flatMap(([key, source]) => (isOfPackage(key) ? [source] : []))
}

interface ArchiveContext extends StepContext {
  readonly pkg: LockedPackage
}

async function fetchArchive(source: ArchiveSource, claim: string, context: ArchiveContext): Promise<Fetched> {
  const key = ['archive', ...source.urls, claim].join('\n')
  const { digest } = await context.once(key, async () => {
    const found = context.cache?.find(key) ?? (await findOut(source, context))
    context.cache?.save(key, found)
    return { digest: found }
  })
  const pinned: PinnedArchive = { kind: 'archive', urls: source.urls, digest, claim, ...named(source) }
  return { source: pinned, warnings: source.claim === undefined ? warningsOf(source.digests, context) : [] }
}

async function findOut(source: ArchiveSource, context: ArchiveContext): Promise<Digest> {
  const published = await context.lookUp(context.pkg, context.web)
  const agrees = compare(source.digests, published)
  const strong = strongestForNix(published)
  if (strong !== undefined && (agrees || source.digests.length === 0)) return strong
  const [digest] = await download(source, [...source.digests, ...published], context)
  if (digest === undefined) throw new TypeError('a wanted digest did not come')
  return digest
}

/** True when some algorithm is in both and agrees. Throws `integrity-mismatch` when one is in both and does not. */
function compare(claimed: readonly Digest[], published: readonly Digest[]): boolean {
  let agrees = false
  for (const { algorithm } of claimed) {
    const mine = claimed.filter((digest) => digest.algorithm === algorithm)
    const theirs = published.filter((digest) => digest.algorithm === algorithm)
    if (theirs.length === 0) continue
    if (!mine.some((one) => theirs.some((other) => isSameDigest(one, other)))) failContradiction(mine, theirs)
    agrees = true
  }
  return agrees
}

/** From the first URL that has it. A wrong content is a problem at once, wherever it came from. */
async function download(
  source: ArchiveSource,
  expect: readonly Digest[],
  { web }: StepContext,
): Promise<readonly Digest[]> {
  let first: unknown
  for (const url of source.urls) {
    try {
      return await web.fetchDigests(url, ['sha512'], expect)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      first ??= error
    }
  }
  throw first
}

function isUnavailable(error: unknown): boolean {
  return error instanceof ProblemError && error.problems.every(({ code }) => code === 'network' || code === 'not-found')
}

const LOCK_AGAIN = 'let your package manager write the lock file again, so that it records a sha512'

function warningsOf(claimed: readonly Digest[], { pkg }: ArchiveContext): readonly Problem[] {
  const about = { where: pkg.where, hint: LOCK_AGAIN }
  if (claimed.length === 0) {
    const message = `${shown(pkg.id)} has no integrity in the lock file: what its server has today is trusted and pinned`
    return [{ code: 'integrity-missing', message, ...about }]
  }
  if (claimed.some((digest) => isStrong(digest) || digest.algorithm === 'blake2b')) return []
  const algorithms = [...new Set(claimed.map((digest) => digest.algorithm))].sort().join(' and ')
  const message = `${shown(pkg.id)} has only ${algorithms} in the lock file: a stronger digest is pinned`
  return [{ code: 'integrity-weak', message, ...about }]
}

function failContradiction(claimed: readonly Digest[], published: readonly Digest[]): never {
  fail({
    code: 'integrity-mismatch',
    message: `the registry publishes ${published.map(printSri).join(' or ')}, but the lock file says ${claimed.map(printSri).join(' or ')}`,
    hint: 'find out why they differ before you trust either; if the new one is right, lock the package again',
  })
}
