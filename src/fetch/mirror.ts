/**
 * A plain mirror, named by content: `<algorithm>/<hex>` for files, which is what Nix's `hashed-mirrors` setting asks a server for,
 * and `nar/sha256/<hex>.nar` for git checkouts. `--from` reads it.
 */
import { join } from 'node:path'
import { limited } from '../io/limited.ts'
import { unpackNar } from '../io/nar-unpack.ts'
import { openFile, openPublicDirectory, type PublicDirectory } from '../io/public-directory.ts'
import { findKind, isThere } from '../io/surroundings.ts'
import { fail, shown } from '../problem.ts'
import type { SourceKey, SourceStore } from '../store/source-store.ts'
import type { Mirror } from './fetch-sources.ts'
import { contentChunks } from './nar-source.ts'
import type { StoredSource } from './stored-source.ts'

export interface Mirrored {
  /** Written: they were not there, or not what their name says. */
  readonly added: number
  readonly kept: number
}

/** Adds what is missing; what is there already is verified. Throws `io`, `integrity-mismatch`. */
export async function addToMirror(
  directory: string,
  sources: readonly StoredSource[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Mirrored> {
  const mirror = openPublicDirectory(directory)
  // One content may be in several sources, under several names.
  const contents = new Map(sources.map((source) => [mirrorPath(source), source]))
  let done = 0
  let added = 0
  for (const [path, source] of contents) {
    if (await addContent(mirror, path, source)) added += 1
    onProgress((done += 1), contents.size)
  }
  return { added, kept: contents.size - added }
}

async function addContent(mirror: PublicDirectory, path: string, source: StoredSource): Promise<boolean> {
  if ((await mirror.findHex(path, source.digest.algorithm)) === source.digest.hex) return false
  const draft = await mirror.draft(contentChunks(source))
  mirror.publish(draft.path, path)
  return true
}

/** A mirror to fetch from. Throws `io` when there is no such directory. */
export function openMirror(directory: string): Mirror {
  if (findKind(directory) !== 'directory') {
    fail({
      code: 'io',
      message: `there is no directory ${shown(directory)}`,
      hint: 'make one where the network is: `lock2build fetch --mirror DIR`',
    })
  }
  // Each holds two files open.
  const oneOfFew = limited(8)
  return { find: (key, store) => oneOfFew(() => importContent(join(directory, mirrorPath(key)), key, store)) }
}

async function importContent(
  path: string,
  { form, digest }: SourceKey,
  store: SourceStore,
): Promise<string | undefined> {
  if (!isThere(path)) return undefined
  return form === 'tree'
    ? store.addTree(digest, (tree) => unpackNar(path, tree), shown(path))
    : store.addFile(digest, openFile(path), shown(path))
}

/** Where a mirror has it, relative to its directory. */
export function mirrorPath({ form, digest }: SourceKey): string {
  return form === 'tree' ? `nar/${digest.algorithm}/${digest.hex}.nar` : `${digest.algorithm}/${digest.hex}`
}
