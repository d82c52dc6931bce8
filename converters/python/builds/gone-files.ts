/**
 * Files that the lock file names and the index has no more: package managers choose among what is there, so they are passed over. The
 * plan says which, so that later runs need not look again.
 */
import type { Lock, LockedPackage, PackageId } from '../../../src/model/lock.ts'
import type { IndexedSource, Source } from '../../../src/model/source.ts'
import type { IndexPages } from '../indexes.ts'
import { lookUpEach } from '../look-ups.ts'
import { sourceKey } from '../plan.ts'
import type { PreviousPlan } from './previous-plan.ts'

/** By package: file names. */
export type Gone = ReadonlyMap<PackageId, readonly string[]>

/** What earlier runs found gone, of these packages. */
export function previouslyGone(lock: Lock, previous: PreviousPlan | undefined): Gone {
  const gone = new Map<PackageId, readonly string[]>()
  if (previous === undefined) return gone
  for (const pkg of lock.packages.values()) {
    if (!pkg.sources.some(isIndexed)) continue
    const names = previous.findPackage(pkg.id)?.gone ?? []
    if (names.length > 0) gone.set(pkg.id, names)
  }
  return gone
}

/** The same lock without them; a package that would be left without files keeps all, and its pins will tell. */
export function withoutGone(lock: Lock, gone: Gone): Lock {
  if (gone.size === 0) return lock
  const packages = new Map(lock.packages)
  for (const [id, names] of gone) {
    const pkg = packages.get(id)
    const [first, ...rest] = (pkg?.sources ?? []).filter(
      (source) => !isIndexed(source) || !names.includes(nameOf(source)),
    )
    if (pkg !== undefined && first !== undefined) packages.set(id, { ...pkg, sources: [first, ...rest] })
  }
  return { ...lock, packages }
}

/** Among the files that a plan chose, those that its index does not have and no earlier run pinned. Throws what the web throws. */
export async function findGone(chosen: Lock, pages: IndexPages, previous: PreviousPlan | undefined): Promise<Gone> {
  const all = Array.from(chosen.packages.values(), (pkg) => ({ pkg }))
  const found = await lookUpEach(all, async ({ pkg }) => [pkg.id, await goneOf(pkg, pages, previous)] as const)
  return new Map(found.filter(([, names]) => names.length > 0))
}

async function goneOf(
  pkg: LockedPackage,
  pages: IndexPages,
  previous: PreviousPlan | undefined,
): Promise<readonly string[]> {
  const unknown = pkg.sources.filter(isIndexed).filter((source) => previous?.hasFile(sourceKey(pkg, source)) !== true)
  const gone = await Promise.all(
    unknown.map(async (source) => {
      const page = await pages(source.index, pkg.name)
      const isThere = page.named(nameOf(source)).length > 0 || page.withDigest(source.digests).length > 0
      return isThere ? [] : [nameOf(source)]
    }),
  )
  return gone.flat()
}

function isIndexed(source: Source): source is IndexedSource {
  return source.kind === 'indexed'
}

function nameOf({ filename = '' }: IndexedSource): string {
  return filename
}
