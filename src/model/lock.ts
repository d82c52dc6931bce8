/** The one small model every lock file is read into. Immutable. */
import type { Where } from '../problem.ts'
import type { JsonObject } from './json.ts'
import type { DirectReference, FileKind, PythonFacts } from './python.ts'
import type { NonEmpty, PinnedSource, Source } from './source.ts'

declare const packageIdBrand: unique symbol
/** `name@version`, or `name@version#qualifier` where the same name and version stand for different sources. */
export type PackageId = string & { readonly [packageIdBrand]: true }

/** The only door to a PackageId. The text is a key in the spec; it never becomes a path or code. */
export function packageId(name: string, version: string, qualifier?: string): PackageId {
  return `${name}@${version}${qualifier === undefined ? '' : `#${qualifier}`}` as PackageId
}

export interface Lock<S extends Source | PinnedSource = Source> {
  readonly ecosystem: string
  readonly format: LockFormatName
  /** The project itself, then its workspace members. */
  readonly roots: NonEmpty<Root>
  readonly packages: ReadonlyMap<PackageId, LockedPackage<S>>
  /** Install path → what stands there, when the format says so (npm does). Keys are project-relative, with `/`. */
  readonly layout?: ReadonlyMap<string, Place>
  /** Which package manager installs it, where an ecosystem has several. */
  readonly manager?: PackageManager | undefined
  /** Settings of the package manager that change what is installed, and that are not followed. */
  readonly ignored?: readonly IgnoredSetting[] | undefined
  /** What only the packages' own manifests say, because the format does not record it. */
  readonly leftToManifests?: readonly ('conditions' | 'scripts')[] | undefined
  /** Of Python projects. */
  readonly python?: PythonFacts | undefined
  /** What a reader leaves for the plan of its own ecosystem; opaque to the engine. */
  readonly facts?: JsonObject | undefined
}

export interface PackageManager {
  /** In the ecosystem's words: `yarn`, `pnpm`. */
  readonly name: string
  /** The version that the project names, or the one that belongs to the version of its lock file. */
  readonly version: string
  /** Its own archive, among the packages of the lock: pinned like any other. */
  readonly package?: PackageId | undefined
  /** Where it is a binary: by Nix system name, its archive, among the packages of the lock. */
  readonly binaries?: Readonly<Record<string, PackageId>> | undefined
  /** Whether scripts of the project start it; of interest for binaries, which are large. */
  readonly isStarted?: boolean | undefined
  /** The package manager itself as a file of the project, instead of an archive. */
  readonly program?: string | undefined
  readonly scripts: ScriptPolicy
  /** `each`: every package that does not run on a system is left out, required ones too; absent: optional ones, with their set. */
  readonly leavesOut?: 'each' | undefined
  /** Project-relative files that installing needs beside the manifests: the lock file, configuration. Only ones that are there. */
  readonly files?: readonly string[] | undefined
  /** Directories of the project that it copies packages from, with all they hold. */
  readonly directories?: readonly string[] | undefined
  /** Its settings that change the tree, as lines of its own configuration file: the file itself may hold secrets. */
  readonly settings?: readonly string[] | undefined
  /** It installs without running scripts, and runs them when all is there. */
  readonly buildsLater?: true | undefined
  /** It cannot install by itself: its settings stand here, outside of the project. */
  readonly settingsOutside?: string | undefined
  /** It alone makes this tree: it installs by itself, whatever the user says. */
  readonly installs?: true | undefined
}

export interface IgnoredSetting {
  /** As it is written. */
  readonly text: string
  readonly where: Where
  /** What it leaves out, which is a matter of `--omit`. */
  readonly leavesOut?: 'dev' | 'optional' | 'peer'
  /** What else to do than removing it. */
  readonly hint?: string
}

/**
 * Whose lifecycle scripts the package manager runs when it installs. Selectors are `name`, `name@version` or
 * `name@version || version`.
 */
export type ScriptPolicy =
  | { readonly run: 'all' }
  | { readonly run: 'none' }
  | { readonly run: 'only'; readonly packages: readonly string[] }
  | { readonly run: 'but'; readonly packages: readonly string[] }

/** A lock whose every source has a strong digest. An unpinned lock cannot be planned or emitted: that is the type. */
export type PinnedLock = Lock<PinnedSource>

export interface LockFormatName {
  /** The reader's name, for example `npm-lock`. */
  readonly name: string
  /** The format's own version, as text. */
  readonly version: string
  /** File name relative to the project. */
  readonly file: string
}

/** The project or a member of its workspace. `path` is '' for the project. */
export interface Root {
  readonly path: string
  readonly name?: string | undefined
  readonly version?: string | undefined
  readonly dependencies: readonly Edge[]
}

export interface LockedPackage<S extends Source | PinnedSource = Source> {
  readonly id: PackageId
  /** The package's own name, not the directory or alias it is installed under. */
  readonly name: string
  readonly version: string
  /** Usually one; several where the format offers several files (wheels). */
  readonly sources: NonEmpty<S>
  /** Who it needs. Where one package stands at several install paths this is the union over them. */
  readonly dependencies: readonly Edge[]
  readonly when?: Condition | undefined
  /** PEP 508 environment marker under which the package is locked; several by group, as Poetry 2.1 has them. */
  readonly markers?: Readonly<Record<string, string>> | undefined
  /** Groups of the project that it is locked for, where the format says so. */
  readonly groups?: readonly string[] | undefined
  /** Of Python packages that are named by a URL, a repository or a path. */
  readonly direct?: DirectReference | undefined
  /** Of Python packages: the only kinds of files that the project lets be installed; absent: any. */
  readonly fileKinds?: readonly FileKind[] | undefined
  /** npm's `hasInstallScript`; undefined when the format does not say. */
  readonly hasInstallScript?: boolean | undefined
  readonly where: Where
}

export type EdgeKind = 'prod' | 'dev' | 'optional' | 'peer'

export interface Edge {
  /** The name it is asked for by (an alias, perhaps). */
  readonly as: string
  readonly to: PackageId
  readonly kind: EdgeKind
  readonly range?: string | undefined
  /** Dependency group (PEP 735, Poetry) or, as `extra:name`, the extra that the edge belongs to; absent: always. */
  readonly group?: string | undefined
  /** Extras of the target that are asked for (PEP 508). */
  readonly extras?: readonly string[] | undefined
  readonly when?: Condition | undefined
  /** PEP 508 environment marker: the edge counts only where it holds. */
  readonly marker?: string | undefined
}

/** When a package is installed at all. Lists use the ecosystem's own words (npm: `linux`, `!win32`). */
export interface Condition {
  readonly kind: 'platform'
  readonly os?: readonly string[] | undefined
  readonly cpu?: readonly string[] | undefined
  readonly libc?: readonly string[] | undefined
  /** Engine name → version range. Only known when the build's interpreter is known, so it is checked there. */
  readonly engines?: Readonly<Record<string, string>> | undefined
}

/** npm's own words for what `--omit` may leave out. `devOptional`: needed by both a dev and an optional dependency. */
export type PlaceFlag = 'dev' | 'optional' | 'devOptional' | 'peer'

/** What stands at an install path. */
export type Place =
  | {
      readonly kind: 'package'
      readonly id: PackageId
      readonly flags: readonly PlaceFlag[]
      /** Names this place asks for, resolved by the package manager's rules to other install paths. */
      readonly needs: readonly PlaceNeed[]
      /** The package manager's own word for where it came from, when that is not the source's URL (git, file). */
      readonly resolved?: string | undefined
      /** What was asked for, in the package manager's words, when the lock records it (npm 6, git). */
      readonly from?: string | undefined
      /** Project-relative patch files that are applied to it once it is unpacked, in this order. */
      readonly patches?: readonly string[] | undefined
      /** Its programs are those of the optional dependency that holds the binary for the system (Bun). */
      readonly native?: true | undefined
    }
  | {
      readonly kind: 'link'
      /** Project-relative directory: of the project itself, or the install path of a place (pnpm). */
      readonly target: string
      readonly flags: readonly PlaceFlag[]
      /** Names beside the target whose programs are linked beside this link, unless something there has one of that name (pnpm). */
      readonly peers?: readonly string[] | undefined
    }

export interface PlaceNeed {
  readonly path: string
  readonly optional: boolean
}
