/** What a registry says of an archive whose lock entry has no strong digest: `dist` of its version's manifest. */
import { parseSri } from '../../src/digest/sri.ts'
import type { Digest } from '../../src/model/digest.ts'
import type { LockedPackage } from '../../src/model/lock.ts'
import type { Web } from '../../src/model/world.ts'
import { ProblemError } from '../../src/problem.ts'
import { findRegistryOf, manifestUrl } from './registry.ts'

/** Empty when the archive is not a registry's, or the registry does not know. Throws what the web throws, and `integrity-invalid`. */
export async function lookUp(pkg: LockedPackage, web: Web): Promise<readonly Digest[]> {
  const [source] = pkg.sources
  if (source.kind !== 'archive') return []
  const registry = findRegistryOf(source.urls[0], pkg.name)
  if (registry === undefined) return []
  const dist = await fetchDist(manifestUrl(registry, pkg.name, pkg.version), web)
  return [...readIntegrity(dist?.['integrity']), ...readShasum(dist?.['shasum'])]
}

/** Some registries serve archives only, or whole package documents only: then nothing is known. */
async function fetchDist(url: string, web: Web): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const manifest = await web.fetchJson(url)
    return isRecord(manifest) && isRecord(manifest['dist']) ? manifest['dist'] : undefined
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === 'not-found')) return undefined
    throw error
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readIntegrity(value: unknown): readonly Digest[] {
  return typeof value === 'string' && value !== '' ? parseSri(value) : []
}

function readShasum(value: unknown): readonly Digest[] {
  return typeof value === 'string' && /^[0-9a-f]{40}$/.test(value) ? [{ algorithm: 'sha1', hex: value }] : []
}
