/** What only Python's lock files and pyproject.toml say: of the project, and of packages that are named by a URL. */

/** What a package is installed from, where there are files to choose from. */
export type FileKind = 'wheel' | 'sdist'

/** Beside the packages. */
export interface PythonFacts {
  /** Versions of Python that it is locked for, as a PEP 440 specifier: `>=3.9,<4`; absent: any. */
  readonly requires?: string | undefined
  /** Markers (PEP 508), one of which holds wherever it is locked for; absent: everywhere. */
  readonly environments?: readonly string[] | undefined
  /** By the path of the root ('' is the project), and of packages that are directories inside the project. */
  readonly projects: ReadonlyMap<string, PythonProject>
  /** Absent: sources are built with what they ask for themselves. */
  readonly builds?: BuildSettings | undefined
  /** Lists of parts of which at most one can be chosen. */
  readonly conflicts?: readonly (readonly ConflictingPart[])[] | undefined
}

/** A part of a root, named as an edge's `group` names it; absent: the project itself. */
export interface ConflictingPart {
  readonly path: string
  readonly group?: string | undefined
}

/** A directory with a pyproject.toml (or setup.py). */
export interface PythonProject {
  /** As it is spelled there. */
  readonly name?: string | undefined
  readonly version?: string | undefined
  /** Nothing of its own is installed (uv's `package = false`, Poetry's `package-mode = false`). */
  readonly virtual?: boolean | undefined
  /** Its `[build-system]`; absent: the file has none. */
  readonly build?: BuildSystem | undefined
  /** Every group (PEP 735, Poetry) and extra, whether or not something belongs to it; normalised. */
  readonly groups: readonly string[]
  readonly extras: readonly string[]
  /** Groups that its own tool installs unless told otherwise. */
  readonly defaultGroups: readonly string[]
  /** Command → `module:object`. */
  readonly scripts?: Readonly<Record<string, string>> | undefined
  readonly guiScripts?: Readonly<Record<string, string>> | undefined
}

/** What a project says of how sources are built, its own packages and others; all of it PEP 508. */
export interface BuildSettings {
  /** Which versions may be taken of what a build needs. */
  readonly constraints: readonly string[]
  /** By normalised name of what is built: its own constraints, and what it needs and does not say itself. */
  readonly packages: ReadonlyMap<
    string,
    { readonly constraints?: readonly string[]; readonly more?: readonly string[] }
  >
}

/** PEP 518 and PEP 517. */
export interface BuildSystem {
  /** PEP 508, as written. */
  readonly requires: readonly string[]
  /** Absent: setuptools' legacy backend. */
  readonly backend?: string | undefined
  readonly backendPath?: readonly string[] | undefined
}

/** The lock file names the package by a URL, a repository or a path, not through an index: it gets a direct_url.json (PEP 610). */
export interface DirectReference {
  /** The branch or tag that was asked for. */
  readonly reference?: string | undefined
  readonly editable?: boolean | undefined
  /** Where the package stands in its archive. */
  readonly subdir?: string | undefined
}
