/**
 * Lock files that name files by digest only (requirements.txt, Pipfile.lock), or not at all: the index says what they are called, so
 * that one can be chosen. As long as a package's digests are the same, and it is needed nowhere else, the files that were chosen are.
 * What is needed nowhere (a package for Windows) is not looked at.
 */
import { isSameDigest } from '../../../src/digest/sri.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { Lock, LockedPackage, PackageId } from '../../../src/model/lock.ts'
import type { IndexedSource, Source } from '../../../src/model/source.ts'
import { nameFiles, type NamingWorld } from '../named-files.ts'
import type { PlannedTargets, TargetSet } from '../planning/planned-targets.ts'
import { PUBLIC_INDEX } from '../public-index.ts'
import type { PreviousFile, PreviousPlan } from './previous-plan.ts'

export interface NamedFiles {
  readonly lock: Lock
  /** Of packages whose files had no names; see PackagePlan. */
  readonly claims: ReadonlyMap<PackageId, string>
}

export interface KnownFiles extends NamingWorld {
  readonly previous: PreviousPlan | undefined
  /** Of the plan that is to be made. */
  readonly targets: PlannedTargets
  /** Who is needed, and where; asked where names are missing, which is seldom. */
  readonly findWanted: () => ReadonlyMap<PackageId, TargetSet>
}

/** Throws what nameFiles throws. */
export async function nameKnownFiles(lock: Lock, world: KnownFiles): Promise<NamedFiles> {
  const claims = new Map<PackageId, string>()
  const nameless = [...lock.packages.values()].filter(({ sources }) => sources.some(isNameless))
  if (nameless.length === 0) return { lock, claims }
  const wanted = world.findWanted()
  const unknown = new Map<PackageId, LockedPackage>()
  const known = new Map<PackageId, LockedPackage>()
  for (const pkg of nameless) {
    const { id } = pkg
    const set = wanted.get(id)
    if (set === undefined) continue
    const claim = claimOf(pkg)
    claims.set(id, claim)
    const before = findPrevious(pkg, { claim, set }, world)
    if (before === undefined) unknown.set(id, pkg)
    else known.set(id, before)
  }
  if (claims.size === 0) return { lock, claims }
  const named = await nameFiles({ ...lock, packages: unknown }, world)
  const packages = Array.from(
    lock.packages,
    ([id, pkg]) => [id, known.get(id) ?? named.packages.get(id) ?? pkg] as const,
  )
  return { lock: { ...lock, packages: new Map(packages) }, claims }
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

interface Needed {
  readonly claim: string
  readonly set: TargetSet
}

/** With the files that were chosen; as it is where none could be. */
function findPrevious(pkg: LockedPackage, needed: Needed, world: KnownFiles): LockedPackage | undefined {
  const { previous, targets } = world
  const before = previous?.findPackage(pkg.id)
  if (previous === undefined || before?.claim !== needed.claim) return undefined
  const isKnown = (target: string) => previous.targets.includes(target) && before.isWantedOn(target)
  if (!targets.list.every(({ id, bit }) => (needed.set & bit) === 0n || isKnown(id))) return undefined
  const sources = before.files.map((key): Source | undefined => {
    const file = previous.findFile(key)
    const source = pkg.sources.filter(isNameless).find((each) => file !== undefined && isOf(each, file.digest))
    const filename = key.startsWith(`${pkg.id}/`) ? key.slice(pkg.id.length + 1) : undefined
    if (source === undefined || filename === undefined || file === undefined) return undefined
    const digests = source.digests.length === 0 ? [file.digest] : source.digests
    return { kind: 'indexed', index: indexOf(source, file), filename, digests }
  })
  const [first, ...rest] = sources.filter((source) => source !== undefined)
  if (first === undefined) return sources.length === 0 ? pkg : undefined
  return rest.length + 1 === sources.length ? { ...pkg, sources: [first, ...rest] } : undefined
}

/** Where the file was found: the claim of a pin is the index, unless that is the public one. */
function indexOf({ index, others = [] }: IndexedSource, { claim = PUBLIC_INDEX }: PreviousFile): string {
  return others.includes(claim) ? claim : index
}

/** What is locked by its version alone was pinned by an earlier run. */
function isOf({ digests }: IndexedSource, digest: Digest): boolean {
  return digests.length === 0 || digests.some((one) => isSameDigest(one, digest))
}
