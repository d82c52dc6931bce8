/**
 * A plain mirror, named by content: `<algorithm>/<hex>` for files, which is what Nix's `hashed-mirrors` setting asks a server for,
 * and `nar/sha256/<hex>.nar` for git checkouts. `--from` reads it.
 */
import { join } from 'node:path'
import { openPublicDirectory, type PublicDirectory } from '../io/public-directory.ts'
import { isThere } from '../io/surroundings.ts'
import type { Digest } from '../model/digest.ts'
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

type Mirrorable = Pick<StoredSource, 'form' | 'digest'>

/** Where a mirror has it, relative to its directory. */
export function mirrorPath({ form, digest }: Mirrorable): string {
  return form === 'tree' ? `nar/${digest.algorithm}/${digest.hex}.nar` : `${digest.algorithm}/${digest.hex}`
}

/** Absolute path of the file, or of the NAR; its content is not looked at. undefined: the mirror has none. */
export function findInMirror(
  directory: string,
  key: { readonly form: 'file' | 'tree'; readonly digest: Digest },
): string | undefined {
  const path = join(directory, mirrorPath(key))
  return isThere(path) ? path : undefined
}
