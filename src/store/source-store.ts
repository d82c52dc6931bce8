/**
 * Our store of sources: files by digest, and checkouts by the digest of their NAR, below the cache directory. Nothing is in it
 * under a name that its content does not have; any number of processes may use it at once.
 */
import type { Digest } from '../model/digest.ts'

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
}
