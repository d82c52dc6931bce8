/** What is carried from our store to another place: content with its digest, and the name that it has in the Nix store. */
import { fixedOutputPath } from '../digest/store-path.ts'
import type { SpecSource } from '../spec/build-spec.ts'
import type { SourceKey } from '../store/source-store.ts'
import { findSourceKey } from './source-key.ts'

export interface StoredSource extends SourceKey {
  /** A valid store name. */
  readonly name: string
  /** Absolute: where its content is on this machine. */
  readonly path: string
}

/** Both by source id. */
export interface FetchedPart {
  readonly sources: ReadonlyMap<string, SpecSource>
  readonly paths: ReadonlyMap<string, string>
}

/**
 * Each content once per name, sorted by store path. Archives of the project itself are left out: Nix takes them from there.
 * Throws when a path is missing, which is a bug of the caller.
 */
export function storedSources(parts: readonly FetchedPart[]): readonly StoredSource[] {
  const found = new Map<string, StoredSource>()
  for (const [id, source, paths] of parts.flatMap(eachSource)) {
    const stored = storedSource(source, () => paths.get(id) ?? failUnfetched(id))
    if (stored !== undefined) found.set(nixStorePath(stored), stored)
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => stored)
}

/** undefined: an archive of the project itself. */
export function storedSource(source: SpecSource, findPath: () => string): StoredSource | undefined {
  const key = findSourceKey(source)
  return key === undefined ? undefined : { ...key, name: source.name, path: findPath() }
}

function failUnfetched(id: string): never {
  throw new Error(`${id} was not fetched`)
}

function eachSource({ sources, paths }: FetchedPart): readonly (readonly [string, SpecSource, FetchedPart['paths']])[] {
  return [...sources].map(([id, source]) => [id, source, paths] as const)
}

/** Where Nix has it. */
export function nixStorePath({ name, form, digest }: Omit<StoredSource, 'path'>, storeDir = '/nix/store'): string {
  return fixedOutputPath({ name, digest, recursive: form === 'tree', storeDir })
}
