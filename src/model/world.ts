/** What the pure parts may ask of the world. Interfaces only; src/io implements them, tests implement them over files. */
import type { Algorithm, Digest } from './digest.ts'
import type { Json } from './json.ts'

/** The project directory, read-only, for readers: text files by project-relative path. */
export interface ProjectFiles {
  /** How many directories above the project the git repository holds that it is in: so far may paths climb (`../lib`). Undefined: none holds it. */
  readonly reach?: number | undefined
  /** Strictly decoded UTF-8 text, or undefined when there is no such file. Throws `lock-encoding`, `lock-limit`, `path-escapes`, `io`. */
  find(path: string): string | undefined
  /**
   * Names of the directories in a directory, sorted, without links to some; '' is the project. None when there is no such directory.
   * For the patterns of workspaces. Throws `path-escapes`, `io`.
   */
  directories(path: string): readonly string[]
}

/** HTTP. Retries, redirects, limits and credentials are the implementation's business. */
export interface Web {
  /** A JSON document. Throws `network`, `not-found`, `network-needed`. */
  fetchJson(url: string): Promise<unknown>
  /** A text document, in one of the media types that `accept` (the header) names, if the server can. Throws as fetchJson does. */
  fetchText(url: string, accept: string): Promise<WebText>
  /** Downloads and hashes a file without keeping it; verifies `expect` (throws `integrity-mismatch`), returns the wanted digests. */
  fetchDigests(url: string, wanted: readonly Algorithm[], expect: readonly Digest[]): Promise<readonly Digest[]>
  /**
   * A part of a file, by a range request (RFC 9110, 14), or all of it from a server that has no parts. Nobody can verify a part: for
   * what only chooses, never for what is built. Throws as fetchJson does.
   */
  fetchPart(url: string, wanted: WantedPart): Promise<FilePart>
}

/** Bytes: `to` is not included; `last` is as many as there are from the end. */
export type WantedPart = { readonly from: number; readonly to: number } | { readonly last: number }

export interface FilePart {
  readonly bytes: Uint8Array
  /** Where they stand in the file. */
  readonly start: number
  /** Of the whole file. */
  readonly size: number
}

export interface WebText {
  readonly text: string
  /** The media type without parameters, in lower case; '' when the server names none. */
  readonly type: string
  /** Where redirects led: what relative links in it are relative to. */
  readonly url: string
}

/** Files over HTTP, kept by whoever asks for them. */
export interface Downloads {
  /**
   * Hands the bytes, as they are sent, to `receive`, and gives what that gives. Called anew for each attempt: what an earlier one
   * received counts for nothing. Throws `network`, `not-found`, and what `receive` throws.
   */
  fetchFile<T>(url: string, receive: (bytes: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T>
}

/** Commits, kept. */
export interface GitCheckouts {
  /** fetchgit's checkout of a commit, without `.git`, into a directory that is empty. Throws `git`, `network-needed`. */
  checkOut(url: string, rev: string, directory: string): Promise<void>
}

export interface GitRepositories {
  /** fetchgit's hash: checkout of the commit, every `.git` dropped, NAR sha256. Throws `git`, `network-needed`. */
  fetchTreeDigest(url: string, rev: string): Promise<Digest>
  /** The same, with the strictly decoded text of one file of the checkout when it is there (a manifest, for warnings). */
  fetchCommit(url: string, rev: string, file: string): Promise<GitCommit>
}

export interface GitCommit {
  readonly tree: Digest
  readonly text?: string
}

/** Archive files inside the project. */
export interface ProjectArchives {
  /** The wanted digests, or undefined when there is no such file. Throws `path-escapes`, `io`. */
  findDigests(path: string, wanted: readonly Algorithm[]): Promise<readonly Digest[] | undefined>
}

/** Files inside the project, byte by byte. */
export interface ProjectBytes {
  /** What the file holds, read when it is asked for; undefined when there is no such file. Throws `path-escapes`, `io`. */
  find(path: string): AsyncIterable<Uint8Array> | undefined
}

/** Digests that an earlier, unfinished run found out; so the next one fetches only the rest. Never throws. */
export interface PinCache {
  find(key: string): Digest | undefined
  save(key: string, digest: Digest): void
}

/** JSON documents over HTTP, kept on disk with what the server said of their age: the next run only asks whether they changed. */
export interface KeptDocuments {
  /**
   * What is kept of the document (see ShrinkDocument), as JSON. Throws what Web.fetchJson throws; when offline `network-needed`
   * for what is not kept, however old it is.
   */
  fetch(url: string): Promise<string>
  /** A digest of the same text, which need not be read for that while it is fresh. Throws as fetch. */
  fetchDigest(url: string): Promise<string>
}

/** What is to be kept of a document of any shape. */
export type ShrinkDocument = (document: unknown) => Json

/** Texts that a run leaves for later ones, to be faster. Never throws: what is not there is made again. */
export interface Notes {
  find(key: string): string | undefined
  save(key: string, text: string): void
}
