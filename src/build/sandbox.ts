/** Where a build runs: what it may see, and the three ways to arrange that. */
/** A host file or directory that is read-only inside. */
export interface Mount {
  readonly from: string
  /** Relative to the directory of inputs, where an empty file or directory of this name stands. */
  readonly to: string
}

export interface SandboxRun {
  /** Host directory that is writable inside, under `places.build`. */
  readonly build: string
  /** Host directory that is read-only inside, under `places.inputs`. */
  readonly inputs: string
  readonly mounts: readonly Mount[]
  /** Further host directories that are visible, read-only, where they are. */
  readonly shared: readonly string[]
  /** Program and arguments, as seen from inside. */
  readonly command: readonly [string, ...string[]]
  readonly environment: Readonly<Record<string, string>>
  /** Descriptor of an open file that takes everything the build says. */
  readonly log: number
}

export interface Places {
  readonly build: string
  readonly inputs: string
}

export type SandboxKind = 'bubblewrap' | 'namespaces' | 'none'

export interface Sandbox {
  readonly kind: SandboxKind
  /** What the two directories of a run are called inside. */
  places(run: Pick<SandboxRun, 'build' | 'inputs'>): Places
  /** Resolves to the exit code, or to the name of the signal that ended it. Throws `io` when it could not be started. */
  run(run: SandboxRun): Promise<number | string>
}

/** The same everywhere, so that nothing of a result depends on where it was built. */
export const isolatedPlaces: Places = { build: '/build', inputs: '/lock2build' }

/** User and group inside: those of a Nix build. */
export const BUILD_USER = 1000
export const BUILD_GROUP = 100

/** Of the host, read-only where they are; the links among them (`/bin` → `usr/bin`) stay links. */
export const hostDirectories: readonly string[] = ['/bin', '/lib', '/lib32', '/lib64', '/libx32', '/sbin', '/usr']

/** Debian chooses `cc` and `awk` through links in the first; the second says where libraries are. */
export const hostConfiguration: readonly string[] = ['/etc/alternatives', '/etc/ld.so.cache']
