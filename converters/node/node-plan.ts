/**
 * The node part of the spec: what stands where in node_modules. Read by node.nix (selection of sources) and by the shim
 * (everything else). All platform reasoning is done when the plan is made; `engines` alone waits for the build's node and npm.
 */
import type { PlaceFlag, ScriptPolicy } from '../../src/model/lock.ts'

export type NodePlan = {
  /** Install path → what stands there, sorted by code unit, parents before children. */
  readonly places: Readonly<Record<string, PlacePlan>>
  /** Project-relative directories that are packages of the project itself: '' and workspace members and linked directories. */
  readonly local: Readonly<Record<string, LocalPlan>>
  /** Set when the lock format does not record os, cpu and engines (npm v1): the shim asks each optional package's own manifest. */
  readonly conditions?: 'from-manifests'
  /** Set when the lock format does not record which packages have lifecycle scripts: their own manifests say so. */
  readonly scripts?: 'from-manifests'
  /** Who installs; absent: npm. */
  readonly manager?: ManagerPlan
  /** Set when peer dependencies were never locked (npm 6): npm 7+ is then told `--legacy-peer-deps`. */
  readonly legacyPeerDeps?: true
}

export type ManagerPlan = {
  readonly name: ManagerName
  readonly version: string
  /** Key of the part's sources: its own archive. */
  readonly source?: string
  /** The same by system, where it is a binary (Bun). */
  readonly binaries?: Readonly<Record<string, string>>
  /** Project-relative file: the package manager itself, instead of `source`; one of `files`. */
  readonly program?: string
  /** It installs by itself, fed offline, instead of the shim. */
  readonly installs?: true
  /** It installs without running scripts, and runs them when all is there (pnpm, of a member with a lock file of its own). */
  readonly buildsLater?: true
  /** Whose lifecycle scripts it runs; absent: everybody's. */
  readonly runs?: ScriptPolicy
  /** Project-relative files that the shim needs beside the manifests; sorted. */
  readonly files?: readonly string[]
  /** The same for directories, with all they hold. */
  readonly directories?: readonly string[]
  /** Lines of its configuration file, where it installs by itself. */
  readonly settings?: readonly string[]
}

const managerNames = ['npm', 'yarn-classic', 'yarn-berry', 'pnpm', 'bun'] as const

export type ManagerName = (typeof managerNames)[number]

export function isManagerName(name: string): name is ManagerName {
  return managerNames.some((one) => one === name)
}

/** Exactly one of `source` (a key of the part's sources), `link`, `copy`, `bundled`. */
export type PlacePlan = {
  readonly source?: string
  /** What this is a symlink to: a project-relative directory, or another place's install path. */
  readonly link?: string
  /** The project-relative directory that this is a copy of. */
  readonly copy?: string
  /** Comes inside the tarball of a parent place. */
  readonly bundled?: true
  readonly flags?: readonly PlaceFlag[]
  /** Only on these systems; absent: on all. */
  readonly systems?: readonly string[]
  /**
   * Those of them on which nobody needs it but optional packages that are left out there. npm leaves it out as well from 11.13 on; before,
   * it stands.
   */
  readonly unneeded?: readonly string[]
  /** Of optional packages only: npm leaves them out silently when the running node or npm does not satisfy it. */
  readonly engines?: Readonly<Record<string, string>>
  /** Places that go when this one is left out for its engines (npm's "optional set"), this one excluded; absent: none. */
  readonly takes?: readonly string[]
  /** It has lifecycle scripts (npm's hasInstallScript); absent with `conditions`: unknown. */
  readonly scripts?: true
  /** npm's own spelling of where it came from, when it is not the source's first URL. */
  readonly resolved?: string
  /** The range that was asked for, for git dependencies under npm 6 and older (`_from`). */
  readonly from?: string
  /** Project-relative patch files, in the order of their application. */
  readonly patches?: readonly string[]
  /** Its programs are those of the optional dependency that holds the binary for the system (Bun). */
  readonly native?: true
  /** Of a link: names beside its target whose programs are linked beside it, unless something there has one of that name (pnpm). */
  readonly peers?: readonly string[]
}

export type LocalPlan = {
  readonly name?: string
  readonly version?: string
  /** A workspace member (as opposed to a linked directory). */
  readonly workspace?: true
  /** Other local directories this one depends on, directly. */
  readonly needs?: readonly string[]
}
