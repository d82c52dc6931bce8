/**
 * Lock files that name files by digest only (requirements.txt, Pipfile.lock), or not at all: the index says what they are called, so
 * that one can be chosen. As long as a package's digests are the same, the files that were chosen are.
 */
import { isSameDigest } from '../../../src/digest/sri.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { Lock, LockedPackage, PackageId } from '../../../src/model/lock.ts'
import type { IndexedSource, Source } from '../../../src/model/source.ts'
import { nameFiles, type NamingWorld } from '../named-files.ts'
import type { PreviousPlan } from './previous-plan.ts'

export interface NamedFiles {
  readonly lock: Lock
  /** Of packages whose files had no names; see PackagePlan. */
  readonly claims: ReadonlyMap<PackageId, string>
}

export interface KnownFiles extends NamingWorld {
  readonly previous: PreviousPlan | undefined
  /** Of the plan that is to be made. */
  readonly targets: readonly string[]
}

/** Throws what nameFiles throws. */
export async function nameKnownFiles(lock: Lock, world: KnownFiles): Promise<NamedFiles> {
  const claims = new Map<PackageId, string>()
  for (const pkg of lock.packages.values()) if (pkg.sources.some(isNameless)) claims.set(pkg.id, claimOf(pkg))
  if (claims.size === 0) return { lock, claims }
  const known = [...lock.packages.values()].map((pkg) => {
    const [first, ...rest] = findPrevious(pkg, claims.get(pkg.id), world) ?? []
    const named: LockedPackage = first === undefined ? pkg : { ...pkg, sources: [first, ...rest] }
    return [pkg.id, named] as const
  })
  return { lock: await nameFiles({ ...lock, packages: new Map(known) }, world), claims }
}

function isNameless(source: Source): source is IndexedSource {
  return source.kind === 'indexed' && source.filename === undefined
}

function claimOf({ sources }: LockedPackage): string {
  const digests = sources
    .filter(isNameless)
    .map(({ index, others = [], form, digests }) =>
      [index, ...others, ...(form === undefined ? [] : [form]), ...digests.map(({ hex }) => hex)].join(' '),
    )
  // Slow to load, and few lock files leave out names.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(digests.sort().join('\n')).digest('hex').slice(0, 32)
}

function findPrevious(pkg: LockedPackage, claim: string | undefined, world: KnownFiles): readonly Source[] | undefined {
  const { previous, targets } = world
  const before = previous?.findPackage(pkg.id)
  if (previous === undefined || claim === undefined || before?.claim !== claim) return undefined
  const planned = previous.targets
  if (!targets.every((target) => planned.includes(target))) return undefined
  const sources = before.files.map((key): Source | undefined => {
    const digest = previous.findFile(key)?.digest
    const source = pkg.sources.find((each) => isNameless(each) && digest !== undefined && isOf(each, digest))
    const filename = key.startsWith(`${pkg.id}/`) ? key.slice(pkg.id.length + 1) : undefined
    if (source?.kind !== 'indexed' || filename === undefined || digest === undefined) return undefined
    const { others: _, form: __, ...plain } = source
    return { ...plain, filename, digests: plain.digests.length === 0 ? [digest] : plain.digests }
  })
  const found = sources.filter((source) => source !== undefined)
  return found.length === sources.length ? found : undefined
}

/** What is locked by its version alone was pinned by an earlier run. */
function isOf({ digests }: IndexedSource, digest: Digest): boolean {
  return digests.length === 0 || digests.some((one) => isSameDigest(one, digest))
}
