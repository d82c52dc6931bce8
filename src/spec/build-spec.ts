/**
 * The build spec: lock2build/spec.json. Data that the static Nix files, the shims and the embedded builder read.
 * Its JSON Schema is schema/spec.json; printing is in print.ts, reading (and checking) in read.ts. Type aliases, because they fit
 * the JSON type and interfaces do not.
 */
import type { JsonObject } from '../model/json.ts'

export const SPEC_VERSION = 1

export type BuildSpec = {
  readonly lock2build: typeof SPEC_VERSION
  /** Nix system names the selections were made for, sorted. */
  readonly systems: readonly string[]
  /** By ecosystem name (`node`, `python`). Empty in a collection. */
  readonly ecosystems: Readonly<Record<string, SpecPart>>
  /** Instead of a project: packages with a closure of its own each, by ecosystem name. See collection-parts.ts. */
  readonly collection?: Readonly<Record<string, SpecCollection>>
}

export type SpecCollection = {
  /** What all packages mean by a key; where two of them mean something else, each has its own. */
  readonly sources: SpecPart['sources']
  /** By attribute. */
  readonly packages: Readonly<Record<string, SpecPackage>>
}

/** A part whose `project` names the package itself, and whose sources are those that its plan names. */
export type SpecPackage = Omit<SpecPart, 'sources' | 'env'> & {
  readonly sources?: SpecPart['sources']
  /** Attributes of packages whose programs its build finds. */
  readonly supplements?: readonly string[]
}

export type SpecPart = {
  readonly project: { readonly name: string; readonly version?: string }
  readonly lock: { readonly file: string; readonly format: string; readonly version: string }
  /** What was left out when the spec was made (`--omit`), sorted. */
  readonly omit: readonly string[]
  /** `--use-package-manager`. */
  readonly usePackageManager?: true
  /** Variables of the project's own scripts and of its own build, by name; not of its dependencies. Sorted. */
  readonly env?: Readonly<Record<string, string>>
  /** Package id → where its bytes come from. */
  readonly sources: Readonly<Record<string, SpecSource>>
  /** The ecosystem's own part; see the converter's plan type. */
  readonly plan: JsonObject
}

/** `name` is a valid Nix store name. Exactly one of `urls`, `git`, `path` says the kind. */
export type SpecSource = SpecArchive | SpecGit | SpecLocal

export type SpecArchive = {
  readonly name: string
  readonly urls: readonly string[]
  /** SRI, sha256 or sha512. */
  readonly hash: string
  /** What the lock file said, when it is not `hash`: a weak integrity, or '' for none. A pin is reused only while this is unchanged. */
  readonly claim?: string
}

export type SpecGit = {
  readonly name: string
  readonly git: string
  readonly rev: string
  /** SRI sha256 of the NAR of the checkout without `.git` (what nixpkgs' fetchgit checks). */
  readonly hash: string
  readonly subdir?: string
}

/** An archive file inside the project. */
export type SpecLocal = {
  readonly name: string
  readonly path: string
  /** SRI, when the lock file gives one; verified in the sandbox. */
  readonly hash?: string
}
