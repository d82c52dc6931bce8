/**
 * What the shim is asked to do: a JSON file, `node node-shim.mjs <command> job.json`. Written by node.nix and by the embedded
 * builder. Paths are absolute. Commands: `install` (lay out, run scripts, check, write `out`), `package` (build the application),
 * `pack` (npm pack), `shell` (link a finished tree into a working directory).
 */

export interface InstallJob {
  /** Path of spec.json. */
  readonly spec: string
  readonly system: string
  /** 'dev', 'optional', 'peer'. */
  readonly omit: readonly string[]
  /** Source key → path of the archive, or of a directory: a git checkout, or what an override put in its place. */
  readonly sources: Readonly<Record<string, string>>
  /** Keys whose source an override replaced: taken as it is, whatever the spec says of it. */
  readonly replaced?: readonly string[]
  /** Local directory ('' for the project) → path of its package.json. */
  readonly manifests: Readonly<Record<string, string>>
  /** Patch file of the project, by project-relative path → path. */
  readonly patches?: Readonly<Record<string, string>>
  /** What the plan's manager needs of the project beside manifests, by project-relative path → path. */
  readonly files?: Readonly<Record<string, string>>
  /** Directories of the project that are copied, by project-relative path → path. */
  readonly directories?: Readonly<Record<string, string>>
  /** By package name or `name@version`. */
  readonly overrides: Readonly<Record<string, PackageOverride>>
  /** `patched`: interpreters from PATH, as nixpkgs does. `pristine`: the tree as npm leaves it. */
  readonly shebangs: 'patched' | 'pristine'
  /** Path of npm's npm-cli.js; the node is the one that runs the shim. */
  readonly npm: string
  /** Prefix that holds include/node. */
  readonly nodedir: string
  readonly npmFlags: readonly string[]
  /** Worker threads for unpacking; 1 or more. */
  readonly workers: number
  /** Build directory that scripts see; the same everywhere, so that nothing depends on it. */
  readonly work: string
  /** Result: `out/node_modules`, and `out/<dir>/node_modules` for local directories that have one. */
  readonly out: string
  /**
   * Name of the package that this is about: the result is then what `npm install -g` makes, `out/lib/node_modules`, and the programs
   * and manual pages of this package in `out/bin` and `out/share/man`.
   */
  readonly tool?: string
  /** Directories that are put before those of PATH. */
  readonly path?: readonly string[]
  /**
   * Files are made as results are kept, read-only and of the second 1: whoever keeps them takes long for that, one after the other. Not
   * with overrides that patch.
   */
  readonly sealed?: boolean
  /** Keep node_modules/.package-lock.json. */
  readonly keepNpmFiles?: boolean
  /** Archive of the package manager, where it installs by itself (the plan's `manager.installs`). */
  readonly manager?: string
  /**
   * Directory, on the file system of `out`, of packages that are unpacked already, by digest; what it lacks is added. The result then
   * shares files with it, read-only ones. Only with `scripts: 'refused'`: a script could write into such a file.
   */
  readonly unpacked?: string
  /** `refused`: when a package has lifecycle scripts after all, nothing is built and the exit code is 75. */
  readonly scripts?: 'refused'
  /**
   * `own`: npm is asked only when the shim's own check cannot tell that the tree is what the lock file says. `only-own`: not even then;
   * the job fails.
   */
  readonly check?: 'own' | 'only-own'
}

export interface PackageOverride {
  /** false: its lifecycle scripts are not run. */
  readonly scripts?: boolean
  /** Patch files, applied with `patch -p1` after unpacking. */
  readonly patches?: readonly string[]
  /** Shell code run in the package's directory before the lifecycle scripts. */
  readonly preInstall?: string
  /** Environment of its lifecycle scripts. */
  readonly env?: Readonly<Record<string, string>>
}

export interface PackageJob {
  readonly spec: string
  /** The project's source tree. */
  readonly src: string
  /** Output of an install job with development dependencies, and one without. */
  readonly modules: string
  readonly productionModules: string
  /** package.json script to run, or null. */
  readonly buildScript: string | null
  /** Archive of the project's package manager when that is not npm: build scripts may call it. */
  readonly manager?: string
  /** Directory of the workspace member to build (after the members it needs), a key of the plan's `local`; null: the project itself. */
  readonly member: string | null
  /** What is left out of `modules`: 'dev', 'optional', 'peer'. */
  readonly omit?: readonly string[]
  /** false: what the project's own package.json and its members' run at every installation (`postinstall`, `prepare`) is not run. */
  readonly installScripts?: boolean
  /** Variables of the project's own scripts, beside what the package manager gives them. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * `patched` (unless given): `#!` lines of the project's programs name interpreters from PATH, for builds that see no /usr/bin/env.
   * `pristine`: they stay, so that the result runs on any machine.
   */
  readonly shebangs?: 'patched' | 'pristine'
  readonly npm: string
  readonly nodedir: string
  readonly npmFlags: readonly string[]
  /** Worker threads for copying; 1 or more. */
  readonly workers: number
  readonly work: string
  /** Result: `out/lib/node_modules/<name>`, `out/bin`, `out/share/man`. */
  readonly out: string
}

/** `pack`: builds as `package` does, then `npm pack`; the tarball stands in `out`, alone. */
export type PackJob = PackageJob

/**
 * `shell`: links a finished tree into the current directory, which may be any: nothing is done where no package.json stands, and a
 * node_modules that does not consist of such links is left alone, with a word on stderr. Never fails the shell.
 */
export interface ShellJob {
  /** Output of an install job. */
  readonly modules: string
}
