/**
 * Our store of sources: files by digest, and checkouts by the digest of their NAR, below the cache directory. Nothing is in it
 * under a name that its content does not have; any number of processes may use it at once.
 */
import { isSameDigest, printSri } from '../digest/sri.ts'
import { storeSpace, removeTree, type StoreSpace } from '../io/store-space.ts'
import { markUsed } from '../io/store-scan.ts'
import { isThere } from '../io/surroundings.ts'
import { findFileHex, receiveFile } from '../io/stored-file.ts'
import { findTreeDigest, makeDirectory, sealBelow, sealRoot } from '../io/stored-tree.ts'
import type { Digest } from '../model/digest.ts'
import { fail } from '../problem.ts'
import { sourcePath } from './store-layout.ts'

/** `file`: the digest is of the bytes. `tree`: sha256 of the NAR. */
export interface SourceKey {
  readonly form: 'file' | 'tree'
  readonly digest: Digest
}

export interface SourceStore {
  /** Absolute path, whether it is there or not. */
  pathOf(key: SourceKey): string
  /** Whether it is there; looks at nothing but the name. */
  has(key: SourceKey): boolean
  /** The path when it is there and its content is what the key says; a damaged one is removed. Throws `io`. */
  findVerified(key: SourceKey): Promise<string | undefined>
  /**
   * Keeps bytes under the digest they are expected to have, and gives the path. `origin` names them in a message. Throws
   * `integrity-mismatch`, `io`, and what the bytes throw; then nothing is kept.
   */
  addFile(digest: Digest, bytes: AsyncIterable<Uint8Array>, origin: string): Promise<string>
  /** The same for bytes that are known by nothing, or by a digest that is not what they are kept under: sha256. */
  importFile(bytes: AsyncIterable<Uint8Array>, expect: Digest | undefined, origin: string): Promise<string>
  /** Keeps what `make` puts into an empty directory, read-only. As {@link addFile}. */
  addTree(digest: Digest, make: (directory: string) => Promise<void>, origin: string): Promise<string>
}

/** `cacheDirectory`: see io/cache-directory.ts. Makes nothing before something is added. */
export function sourceStore(cacheDirectory: string): SourceStore {
  const space = storeSpace(cacheDirectory)
  const pathOf = (key: SourceKey) => sourcePath(cacheDirectory, key)
  return {
    pathOf,
    has: (key) => isThere(pathOf(key)),
    findVerified: async (key) => {
      const path = pathOf(key)
      if (!(await isGood(space, key, path))) return undefined
      markUsed(path)
      return path
    },
    addFile: async (digest, bytes, origin) => {
      const temporary = space.temporary()
      return finishing(temporary, async () => {
        const { digests } = await receiveFile(temporary, bytes, [digest.algorithm])
        checkDigest(digest, digests[0], origin)
        return placeFile(space, temporary, pathOf({ form: 'file', digest }))
      })
    },
    importFile: async (bytes, expect, origin) => {
      const temporary = space.temporary()
      return finishing(temporary, async () => {
        const { digests } = await receiveFile(temporary, bytes, ['sha256', ...(expect ? [expect.algorithm] : [])])
        const [digest] = digests
        if (expect !== undefined) checkDigest(expect, digests[1], origin)
        if (digest === undefined) throw new TypeError('a wanted digest did not come')
        return placeFile(space, temporary, pathOf({ form: 'file', digest }))
      })
    },
    addTree: async (digest, make, origin) => {
      const temporary = space.temporary()
      return finishing(temporary, async () => {
        makeDirectory(temporary)
        await make(temporary)
        sealBelow(temporary)
        checkDigest(digest, await findTreeDigest(temporary), origin)
        return placeTree(space, temporary, pathOf({ form: 'tree', digest }))
      })
    },
  }
}

/** Looks at the content; what is damaged is taken away. Throws `io`. */
export async function isGood(space: StoreSpace, key: SourceKey, path: string): Promise<boolean> {
  if (!isThere(path)) return false
  if (await hasDigest(key, path)) return true
  const away = space.takeAway(path)
  if (away === undefined) return false
  // Another process may have found the damage, too, and have put the right bytes there meanwhile.
  if ((await hasDigest(key, away)) && space.place(away, path)) return true
  removeTree(away)
  return false
}

async function hasDigest({ form, digest }: SourceKey, path: string): Promise<boolean> {
  const hex = form === 'file' ? await findFileHex(path, digest.algorithm) : (await findTreeDigest(path))?.hex
  return hex === digest.hex
}

/** Unless it succeeds, what was begun is removed. */
async function finishing<T>(temporary: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    removeTree(temporary)
    throw error
  }
}

/** Whoever comes second replaces the same bytes. */
function placeFile(space: StoreSpace, temporary: string, path: string): string {
  if (!space.place(temporary, path)) throw new TypeError('a directory stands where a file belongs')
  return path
}

function placeTree(space: StoreSpace, temporary: string, path: string): string {
  if (space.place(temporary, path)) sealRoot(path)
  else removeTree(temporary)
  return path
}

function checkDigest(expected: Digest, found: Digest | undefined, origin: string): void {
  if (found !== undefined && isSameDigest(expected, found)) return
  fail({
    code: 'integrity-mismatch',
    message: `${origin} has ${found === undefined ? 'no digest' : printSri(found)}, but ${printSri(expected)} is expected`,
    hint: 'find out why the bytes differ before you trust either; if the new ones are right, lock the package again',
  })
}
