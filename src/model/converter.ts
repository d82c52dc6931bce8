/** The contract between the engine and an ecosystem. One folder under converters/ implements it; converters/index.ts lists it. */
import type { Tools } from './collection.ts'
import type { Comparison } from './comparison.ts'
import type { Digest } from './digest.ts'
import type { Json } from './json.ts'
import type { Lock, LockedPackage } from './lock.ts'
import type { MigrationFinder } from './migration.ts'
import type { Problem } from '../problem.ts'
import type { RaiseRanges } from './raise.ts'
import type { Builder, BuildPart } from './recipe.ts'
import type { Resolver } from './resolver.ts'
import type { IndexedSource, NonEmpty } from './source.ts'
import type { Downloads, GitRepositories, ProjectFiles, ShrinkDocument, Web } from './world.ts'

/** A lock format of an ecosystem: known without loading its reader. */
export interface LockFormat {
  readonly name: string
  /** File names it is found under, in order of precedence (npm: shrinkwrap wins). */
  readonly files: readonly string[]
  /** Such a file need not be a lock file: it counts where no other one stands, of any ecosystem, or when it is typed. */
  readonly isFallback?: boolean
  /** Files around the project that its reader may look at: the first shows where, the others stand beside it. */
  readonly around?: readonly string[]
  /** Versions of the format that are read. */
  readonly versions: readonly string[]
  /** Where several formats share a file name: whether a file is of this one. The first that says so, or does not ask, is taken. */
  recognizes?(text: string): boolean
  /** One of the files is not text: a program of the user's turns it into text. */
  readonly binary?: BinaryForm
  load(): Promise<LockReader>
}

export interface BinaryForm {
  /** One of the format's files. */
  readonly file: string
  /** Found on PATH, and run with `args` in a copy of the project that holds the file and nothing but `inputs`. */
  readonly program: string
  readonly args: readonly string[]
  /** The text file that it makes there. */
  readonly makes: string
  /** How the user makes it in the project. */
  readonly hint: string
  /** Project-relative files that the program looks at. */
  inputs(files: ProjectFiles): Promise<readonly string[]>
}

export interface ReadContext {
  /** The lock file's project-relative path. */
  readonly file: string
  readonly files: ProjectFiles
  /** User-level configuration text outside the project, outermost first (npm: global and user `.npmrc`). Never written to an output. */
  readonly userConfig: readonly ConfigText[]
  /** The environment, for `${VAR}` in configuration and for `npm_config_registry`. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `--registry`. */
  readonly registry?: string | undefined
  /** The directories around the project, nearest first, for configuration that counts in it too; absent: nothing is around it. */
  readonly around?: () => Iterable<Surrounding>
}

export interface Surrounding {
  /** From the project: `..`, `../..`. */
  readonly path: string
  /** The project, from there: `packages/a`. */
  readonly inside: string
  /** What cannot be read there is not there. */
  readonly files: ProjectFiles
}

export interface ConfigText {
  /** As it may be shown. */
  readonly file: string
  /** Whose it is, where an ecosystem has several package managers; see src/io/python-config.ts. */
  readonly kind?: string
  readonly text: string
}

export interface ReadResult {
  readonly lock: Lock
  readonly warnings: readonly Problem[]
}

/** Pure: files in, lock out. Throws a ProblemError that carries every problem of the file. */
export interface LockReader {
  read(context: ReadContext): ReadResult
}

/** Request headers for a URL, from the user's configuration. Never logged, never written. */
export type Credentials = (url: string) => Readonly<Record<string, string>>

export interface PlanOptions {
  /** Nix system names the spec is made for. */
  readonly systems: readonly string[]
  /** `--omit`: left out of the spec altogether. */
  readonly omit: readonly string[]
  /** `--use-package-manager`: the package manager is to install by itself, fed offline. */
  readonly usePackageManager: boolean
}

/** What an ecosystem adds to the spec. `plan` is opaque to the engine and read by the ecosystem's own build files. */
export interface Plan {
  readonly plan: Json
  /** The lock with only what the plan names, where packages have several sources; absent: see namedPackages. */
  readonly lock?: Lock
  readonly warnings: readonly Problem[]
}

/** What planning may look up. */
export interface PlanWorld {
  readonly web: Web
  readonly downloads: Downloads
  readonly git: GitRepositories
  /** An archive of the project, by its project-relative path; undefined when there is none. Throws `path-escapes`, `io`. */
  loadArchive(path: string): Promise<Uint8Array | undefined>
  /** `--registry`. */
  readonly registry?: string | undefined
  /** What the last run found out is not looked up again. */
  readonly previous?: Pick<BuildPart, 'sources' | 'plan'> | undefined
}

export interface Ecosystem {
  /** `node`, `python`, `php`. The key of its part of the spec. */
  readonly name: string
  readonly formats: readonly LockFormat[]
  /** Shows that a project without a lock file is of this ecosystem, and the command that makes a lock file. */
  readonly manifest: {
    readonly file: string
    /** Other files that show it. */
    readonly others?: readonly string[]
    readonly lockCommand: string
    /** The lock files that belong to the package manager that a manifest's text names; undefined when it names none. */
    findLockFiles?(text: string): Promise<readonly string[] | undefined>
    /** How it is named, as a part of a hint. */
    readonly naming?: string
  }
  /** What makes a lock file where there is none; the first that finds a reason is taken. */
  readonly resolvers: readonly Resolver[]
  /** Static files written beside spec.json, for example `node.nix`; the first is the one default.nix imports. */
  readonly buildFiles: readonly string[]
  load(): Promise<Converter>
  /** Loaded only by the commands that build or fetch. */
  loadBuilder(): Promise<Builder>
  /** For resolvers that ask for documents of registries; see ResolveWorld. Loaded with the first one. */
  loadShrink?(): Promise<ShrinkDocument>
  /** Loaded for `update --latest`; absent: manifests are not rewritten. */
  loadRaise?(): Promise<RaiseRanges>
  /** Loaded when something differs. */
  loadComparison(): Promise<Comparison>
  /** Loaded when a project is looked through for what made its Nix files before; absent: nothing known did. */
  loadMigration?(): Promise<MigrationFinder>
  /** Loaded when there is a collection; absent: its packages cannot be in one. */
  loadTools?(): Promise<Tools>
}

/** Indexes of files (Python's); the same page is asked for once. */
export interface Indexes {
  /** The one that is meant where nothing else is said. */
  readonly main: string
  /** Where the file is. Throws `not-found`, `integrity-mismatch`, and what the web throws. */
  find(source: IndexedSource, pkg: LockedPackage): Promise<IndexedFile>
}

export interface IndexedFile {
  readonly urls: NonEmpty<string>
  readonly filename: string
}

/** The part of an ecosystem that is needed after detection. */
export interface Converter {
  credentials(context: ReadContext): Credentials
  /** A file of certificates (PEM) that the user's configuration trusts instead of the default ones; `~/` and relative paths as written there. */
  findCertificateFile(context: ReadContext): string | undefined
  /** A file in the checkouts of git packages that is worth reading, and what to warn of in it. */
  readonly gitManifest: {
    readonly file: string
    warnings(pkg: LockedPackage, text: string): readonly Problem[]
  }
  /** What the registry says of a package whose lock entry has no strong digest; empty when it says nothing. */
  lookUp(pkg: LockedPackage, web: Web): Promise<readonly Digest[]>
  /** Where there are `indexed` sources. */
  indexes?(context: ReadContext, web: Web): Indexes
  /** Pure. Needs no pin: only what it names is pinned then. */
  plan(lock: Lock, options: PlanOptions): Plan
  /** The plan, where something that the lock file does not say has to be looked up for it; absent: `plan` is all. */
  planWithLookUps?(lock: Lock, options: PlanOptions, world: PlanWorld): Promise<Plan>
}
