/**
 * What is kept of a package document of a registry: what npm's resolver and the lock file need of each version. The documents
 * of a large project have hundreds of megabytes, and nearly all of that is of no interest here.
 */
import type { Json } from '../../../src/model/json.ts'

/** Of a version's manifest, as it is. */
const kept = [
  'name',
  'version',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'bundleDependencies',
  'bundledDependencies',
  'acceptDependencies',
  'bin',
  'engines',
  'os',
  'cpu',
  'libc',
  'license',
  'licence',
  'licenses',
  'funding',
  'deprecated',
  'gypfile',
  'workspaces',
  '_hasShrinkwrap',
  'hasInstallScript',
] as const

const lifecycle = ['preinstall', 'install', 'postinstall'] as const

const distribution = ['tarball', 'integrity', 'shasum'] as const

/** Of the whole document. Staged and restricted versions decide what may be picked at all. */
const shared = ['name', 'dist-tags', 'time', 'stagedVersions', 'policyRestrictions'] as const

/** `document` is what a registry sent: of any shape. */
export function shrinkPackument(document: unknown): Json {
  if (!isRecord(document)) return {}
  const versions = isRecord(document['versions']) ? document['versions'] : {}
  return {
    ...pickKeys(document, shared),
    versions: Object.fromEntries(Object.entries(versions).map(([version, value]) => [version, shrinkManifest(value)])),
  }
}

function shrinkManifest(manifest: unknown): Json {
  if (!isRecord(manifest)) return {}
  const { scripts, dist } = manifest
  const run = isRecord(scripts) ? pickKeys(scripts, lifecycle) : {}
  return {
    ...pickKeys(manifest, kept),
    ...(Object.keys(run).length === 0 ? {} : { scripts: run }),
    ...(isRecord(dist) ? { dist: pickKeys(dist, distribution) } : {}),
  }
}

type JsonRecord = { readonly [key: string]: Json }

/** Parsed JSON, so what is in a record is JSON. */
function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pickKeys(record: JsonRecord, keys: readonly string[]): JsonRecord {
  const picked: Record<string, Json> = {}
  for (const key of keys) {
    const value = Object.hasOwn(record, key) ? record[key] : undefined
    if (value !== undefined) picked[key] = value
  }
  return picked
}
