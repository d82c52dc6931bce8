/** Directories of our stores: git checkouts, with modes that are the same everywhere. Names are raw bytes. */
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import type { Digest } from '../model/digest.ts'
import { failIo } from './inside.ts'
import { narDigestOfTree } from './nar-tree.ts'

/** A new directory, whatever the umask. Throws `io`. */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
    chmodSync(path, 0o700)
  } catch (error) {
    failIo(error, 'making', path)
  }
}

/**
 * Makes everything below a directory read-only: files 444 or 555, directories 555. The directory itself stays writable, because
 * a read-only one cannot be moved; see {@link sealRoot}. Throws `io`.
 */
export function sealBelow(path: string): void {
  try {
    sealDirectory(Buffer.from(path))
    chmodSync(path, 0o755)
  } catch (error) {
    failIo(error, 'writing', path)
  }
}

/** When the directory is in its place. Its time of change says when it was used last. */
export function sealRoot(path: string): void {
  try {
    chmodSync(path, 0o555)
  } catch (error) {
    failIo(error, 'writing', path)
  }
}

/** NAR digest of a stored directory; undefined when there is none. Throws `io`. */
export async function findTreeDigest(path: string): Promise<Digest | undefined> {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats?.isDirectory() === true ? narDigestOfTree(path) : undefined
}

function sealDirectory(directory: Buffer): void {
  for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([directory, Buffer.from('/'), entry.name])
    if (entry.isDirectory()) {
      sealDirectory(path)
      chmodSync(path, 0o555)
    } else if (entry.isFile()) chmodSync(path, (lstatSync(path).mode & 0o100) === 0 ? 0o444 : 0o555)
  }
}
