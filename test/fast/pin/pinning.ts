/** What the tests of pinning share: locks of a few packages, and a world of a loopback registry. */
import { createHash } from 'node:crypto'
import { lookUp } from '../../../converters/node/look-up.ts'
import { web, type WebOptions } from '../../../src/io/web.ts'
import type { Algorithm, Digest } from '../../../src/model/digest.ts'
import { packageId, type Lock, type LockedPackage, type PinnedLock } from '../../../src/model/lock.ts'
import type { ArchiveSource, PinnedSource, Source } from '../../../src/model/source.ts'
import type { PinCache } from '../../../src/model/world.ts'
import type { PinOptions } from '../../../src/pin/pin-lock.ts'
import type { SpecPart } from '../../../src/spec/build-spec.ts'
import { specPart } from '../../../src/spec/spec-part.ts'
import type { LoopbackRegistry } from '../../support/loopback-registry.ts'

export const quick: WebOptions = { backoff: { base: 1, cap: 2, retryAfterCap: 5 }, retries: 1 }

export function digestOf(bytes: Uint8Array, algorithm: Algorithm): Digest {
  return { algorithm, hex: createHash(algorithm).update(bytes).digest('hex') }
}

export function lockedPackage(name: string, source: Source, version = '1.0.0'): LockedPackage {
  const key = `packages["node_modules/${name}"]`
  return {
    id: packageId(name, version),
    name,
    version,
    sources: [source],
    dependencies: [],
    where: { file: 'package-lock.json', key },
  }
}

export function lockOf(...packages: readonly LockedPackage[]): Lock {
  return {
    ecosystem: 'node',
    format: { name: 'npm-lock', version: '3', file: 'package-lock.json' },
    roots: [{ path: '', name: 'project', dependencies: [] }],
    packages: new Map(packages.map((pkg) => [pkg.id, pkg])),
  }
}

/** The archive of a published package, with the digests that the lock file is to have. */
export function archiveOf(registry: LoopbackRegistry, name: string, algorithms: readonly Algorithm[]): ArchiveSource {
  const { url, bytes } = registry.tarball(name, '1.0.0')
  return { kind: 'archive', urls: [url], digests: algorithms.map((algorithm) => digestOf(bytes, algorithm)) }
}

/** Options with real HTTP and the node ecosystem's look-up; git and local archives throw. */
export function options(more: Partial<PinOptions> = {}): PinOptions {
  const never = async () => {
    throw new Error('not expected')
  }
  return {
    web: web(quick),
    git: { fetchTreeDigest: never, fetchCommit: never },
    archives: { findDigests: never },
    lookUp,
    ...more,
  }
}

export function sourcesOf(lock: PinnedLock): readonly PinnedSource[] {
  return [...lock.packages.values()].flatMap((pkg) => pkg.sources)
}

/** The spec part that a pinned lock gives, all packages being in the plan. */
export function partOf(lock: PinnedLock): SpecPart {
  return specPart(lock, { places: [...lock.packages.keys()] }, { omit: [] })
}

export function memoryCache(): PinCache {
  const kept = new Map<string, Digest>()
  return { find: (key) => kept.get(key), save: (key, digest) => void kept.set(key, digest) }
}
