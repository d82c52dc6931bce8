/**
 * The python part of the spec: which file of which package belongs to which part of the project, on which target. Read by python.nix
 * and the embedded builder (which pick) and by the shim. Markers are evaluated and files chosen when the plan is made: nothing here
 * needs more than a look into a list.
 */

export type PythonPlan = {
  /** What was planned for, `<Nix system>/<Python>` such as `x86_64-linux/3.12`, sorted. Any other target is an error. */
  readonly targets: readonly string[]
  /** Project-relative directories of the project itself (''), of workspace members, and of packages that are directories of it. */
  readonly projects: Readonly<Record<string, ProjectPlan>>
  /** Package id → what it is and who wants it. */
  readonly packages: Readonly<Record<string, PackagePlan>>
  /** Lists of selectors of which at most one may be chosen; see {@link PackagePlan.for}. */
  readonly conflicts?: readonly (readonly string[])[]
  /** By selector (`build:…`): what building something needs. */
  readonly builds?: Readonly<Record<Selector, BuildNeeds>>
}

export type BuildNeeds = {
  /** PEP 508, as the sources have it; the newest releases that fit were taken from the index, and stay. */
  readonly requires: readonly string[]
  /** What the project has it built with beside that. */
  readonly more?: readonly string[]
  /** What the project says of versions that builds may take. */
  readonly constraints?: readonly string[]
  /** Nothing that fits was found here: a build that needs it fails. */
  readonly missing?: Targets
}

/**
 * `all`, or a list of `x86_64-linux/3.12` (one target), `3.12` (that Python on every system) and `x86_64-linux` (every Python on
 * that system). A target is among them when one of these three stands in the list.
 */
export type Targets = 'all' | readonly string[]

/**
 * A part of the project that can be asked for: `main` (what it always needs), `group:dev` (PEP 735 and Poetry), `extra:socks`;
 * of a workspace member the same behind its directory, `packages/a:main`; and `build:<requirements>`, what building something needs.
 */
export type Selector = string

export type PackagePlan = {
  /** PEP 503 name. */
  readonly name: string
  readonly version?: string
  /**
   * Key of the part's sources → targets that use this one; at most one for each target. The key of a file is
   * `<package id>/<file name>`: with `.whl` a wheel, else a source archive. The key of a git checkout is the package id.
   */
  readonly files?: Readonly<Record<string, Targets>>
  /** Instead of files: a directory of the project, which is one of `projects`. */
  readonly directory?: string
  /** Where pyproject.toml or setup.py stands in the source archive or checkout. */
  readonly subdir?: string
  /** A directory that the project's tool would install as editable (in `shell`; elsewhere it is installed as it is). */
  readonly editable?: true
  /** Needed here, and no file fits: building for such a target is an error that names the package. */
  readonly missing?: Targets
  /**
   * Who wants it, where. A package belongs to an environment when one of the environment's selectors is a key here and the target
   * is among its targets. Where `conflicts` matter, the key is `<selector>@<choice>`: the choice is the one selector of the
   * environment that stands in `conflicts`, `none` without one, several (of several lists) joined with `+`, sorted.
   */
  readonly for: Readonly<Record<Selector, Targets>>
  /** How a source archive, checkout or directory becomes a wheel; absent where only wheels are used. */
  readonly build?: BuildPlan
  /** Of a lock file that names files by digest only: of all digests together. While it is the same, so are the files. */
  readonly claim?: string
  /** Files that would have been chosen, and that the index has no more. */
  readonly gone?: readonly string[]
  /** direct_url.json (PEP 610), to be written as it stands: the lock file names the package by a URL. */
  readonly direct?: DirectUrl
}

export type ProjectPlan = {
  /** As the project spells it. */
  readonly name: string
  readonly version?: string
  /** A member of the workspace. */
  readonly member?: true
  /** Nothing of its own is installed (uv's `package = false`, Poetry's `package-mode = false`, no build system). */
  readonly virtual?: true
  /** Absent: nothing says how it is built, so its sources are laid out. */
  readonly build?: BuildPlan
  /** Names of its groups and extras, sorted: what the settings `groups` and `extras` may hold. */
  readonly groups: readonly string[]
  readonly extras: readonly string[]
  /** Groups that its own tool installs unless told otherwise. */
  readonly defaultGroups: readonly string[]
  /** Command → `module:object`. */
  readonly scripts?: Readonly<Record<string, string>>
  readonly guiScripts?: Readonly<Record<string, string>>
}

/** PEP 517, without having to read TOML in the sandbox. */
export type BuildPlan = {
  /** `setuptools.build_meta:__legacy__` where the source names none. */
  readonly backend: string
  readonly backendPath?: readonly string[]
  /** The selector of what must be importable: `build:setuptools>=61, wheel`; absent: nothing is locked for it. */
  readonly needs?: Selector
}

/** https://packaging.python.org/en/latest/specifications/direct-url-data-structure/ */
export type DirectUrl = {
  readonly url: string
  readonly subdirectory?: string
  readonly vcs_info?: { readonly vcs: 'git'; readonly commit_id: string; readonly requested_revision?: string }
  readonly archive_info?: { readonly hash?: string; readonly hashes?: Readonly<Record<string, string>> }
  readonly dir_info?: { readonly editable?: boolean }
}
