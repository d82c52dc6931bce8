/** Where bytes come from, and how we know they are the right ones. */
import type { Digest } from './digest.ts'

export type NonEmpty<T> = readonly [T, ...T[]]

/** A file behind a URL. `digests` is what the lock file says: possibly nothing, possibly only weak ones. */
export interface ArchiveSource {
  readonly kind: 'archive'
  readonly urls: NonEmpty<string>
  readonly digests: readonly Digest[]
  /** Which of the package's files it is; its key in the spec is then `<package id>/<file name>`. */
  readonly filename?: string
  /**
   * What the lock file says in words that are no digest of this file, and the build verifies (Yarn's checksum of its cache file);
   * '' where a lock file of this format says nothing. A pin is reused only while this is unchanged.
   */
  readonly claim?: string
}

/** A file named by hash (and perhaps name) only; its URL is looked up in an index (poetry.lock). */
export interface IndexedSource {
  readonly kind: 'indexed'
  /** URL of its “simple” pages. */
  readonly index: string
  /** Further indexes, where it may be as well. Only of files without a name. */
  readonly others?: readonly string[]
  readonly filename?: string
  /** Other files do not count. Only of files without a name. */
  readonly form?: 'wheel' | 'sdist'
  /** Empty: whatever file of the version there is. Only of files without a name. */
  readonly digests: readonly Digest[]
}

/** A git commit. `url` is what git can fetch; `rev` is the full commit; `tree` is the NAR sha256 of the checkout without `.git`. */
export interface GitSource {
  readonly kind: 'git'
  readonly url: string
  readonly rev: string
  readonly subdir?: string
  readonly tree?: Digest
}

/** Inside the project: a directory that is linked, or an archive file. `path` is relative, with `/`, never leaving the project. */
export interface LocalSource {
  readonly kind: 'local'
  readonly form: 'directory' | 'archive'
  readonly path: string
  readonly digests: readonly Digest[]
  /** Of an archive: see {@link ArchiveSource}. */
  readonly filename?: string
}

/** Comes inside the archive of another package. */
export interface BundledSource {
  readonly kind: 'bundled'
}

export type Source = ArchiveSource | IndexedSource | GitSource | LocalSource | BundledSource

/** An archive with one strong digest. `claim` is what the lock file said when that differs (weak or missing: `''`). */
export interface PinnedArchive {
  readonly kind: 'archive'
  readonly urls: NonEmpty<string>
  readonly digest: Digest
  readonly filename?: string
  readonly claim?: string
}

export interface PinnedGit extends GitSource {
  readonly tree: Digest
}

export type PinnedSource = PinnedArchive | PinnedGit | LocalSource | BundledSource
