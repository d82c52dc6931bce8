/**
 * The contract of what makes a lock file where there is none, or makes one anew: one resolver per tool whose resolution it is.
 * An ecosystem lists its resolvers (converter.ts); the first one that finds a reason is taken.
 */
import type { Problem } from '../problem.ts'
import type { ConfigText } from './converter.ts'
import type { KeptDocuments, Notes, ProjectFiles } from './world.ts'

/** Known before anything of it is loaded. */
export interface Resolver {
  /** The tool whose resolution it is, in the user's words: `npm`, `pnpm`, `uv`. Unique within its ecosystem; `--tool` takes it. */
  readonly name: string
  /** The lock files that it can write, project-relative: what the project would have afterwards. */
  readonly lockFiles: readonly string[]
  /** What a user types to do without us. */
  readonly command: string
  /** Why a project is its business (`"packageManager" of package.json`), as a part of a message; undefined: it is not. */
  findReason(project: ResolverProject): Promise<string | undefined>
  load(): Promise<Resolve>
}

/** What decides whose business a project is. */
export interface ResolverProject {
  readonly files: ProjectFiles
  /** Names of the files in the project's directory itself, sorted. */
  fileNames(): readonly string[]
  /** Absolute path of a program on PATH. */
  findProgram(name: string): string | undefined
}

/** Throws a ProblemError: `resolve-conflict`, `resolve-no-match`, `tool-missing`, and what the manifests and the network give. */
export type Resolve = (request: ResolveRequest, world: ResolveWorld) => Promise<Resolution>

export interface ResolveRequest {
  /**
   * Absolute. The manifests stand there, with whatever they name: members of the workspace, local archives. A lock file that
   * stands there is where the resolution starts: what it pins is kept as long as it fits. Read only.
   */
  readonly directory: string
  /** The same directory. */
  readonly files: ProjectFiles
  /** Names of the files in it, sorted. */
  fileNames(): readonly string[]
  /** See ReadContext. */
  readonly userConfig: readonly ConfigText[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `--registry`. */
  readonly registry?: string | undefined
  /** Nothing that was published later counts. */
  readonly before?: Date | undefined
  /** Kinds of dependencies in the user's words (`dev`, `optional`, `peer`): the lock need not hold them where the tool can do without. */
  readonly omit: readonly string[]
  /** Only what the tool keeps in its cache; throws `network-needed` for the rest. */
  readonly offline: boolean
  /** Of what is locked: names to resolve anew within their ranges, wherever they stand, or everything. Absent: only what does not fit. */
  readonly update?: 'all' | readonly string[] | undefined
  /**
   * As the tool installs for the whole machine (`npm install -g`): what the manifest names stands at the top, and what that needs
   * within it. Nothing is kept of a lock file. Tools that have no such thing do as always.
   */
  readonly isGlobal?: boolean | undefined
}

/** What of the world a resolver is handed. */
export interface ResolveWorld {
  /** An empty directory of this run, removed afterwards. Absolute. */
  readonly scratch: string
  /** A directory of lock2build's cache for this resolver, made when it is asked for. Absolute; what is in it may go at any time. */
  cache(): string
  /** Documents of registries, with the credentials of the user's configuration. */
  readonly documents: KeptDocuments
  /** Of this resolver alone. */
  readonly notes: Notes
  readonly clock: ResolveClock
  /** The text of a file that configuration names (certificates): `~/` and relative to the project. Throws `config-invalid`. */
  readConfigured(file: string): string
  findProgram(name: string): string | undefined
  /** Runs a program in a copy of the project. Throws `io` when it cannot be started; that it failed is an outcome. */
  runTool(run: ToolRun): Promise<ToolOutcome>
  progress(what: string, done?: number, total?: number): void
}

export interface ResolveClock {
  /** A point in time as people write it; undefined when it is none. */
  parse(text: string): Date | undefined
  daysAgo(days: number): Date
}

/**
 * All runs of one resolution share a copy of the project without what is installed in it: nothing in the project itself is touched.
 * Home, caches and configuration are the user's: the tool has the credentials that it has when the user types its name.
 */
export interface ToolRun {
  /** Absolute path of the program. */
  readonly program: string
  readonly args: readonly string[]
  /** Written into the copy before: project-relative path → text. */
  readonly write?: ReadonlyMap<string, string> | undefined
  /** Removed from the copy before, as far as they are there. */
  readonly remove?: readonly string[] | undefined
  /** Added to the user's environment, or taken out of it (undefined): what switches scripts and questions off. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** Project-relative files that are read afterwards, as far as they are there. */
  readonly read?: readonly string[] | undefined
  /** Milliseconds; default 15 minutes. */
  readonly timeout?: number | undefined
  /** Each line of its output, for the progress. */
  readonly onLine?: ((line: string) => void) | undefined
}

export interface ToolOutcome {
  /** Or what ended it. */
  readonly exit: number | 'signal' | 'timeout'
  readonly stdout: string
  readonly stderr: string
  /** As it wrote them. */
  readonly files: ReadonlyMap<string, string>
  /** The copy in which it ran; absolute, without links. */
  readonly directory: string
}

export interface Resolution {
  /** Lock files as the tool writes them: project-relative path → text. At least one. */
  readonly files: ReadonlyMap<string, string>
  /** Whose resolution it is: `npm` by `@npmcli/arborist 9.9.1`, `uv` by `uv 0.8.0`. */
  readonly tool: { readonly name: string; readonly version: string }
  readonly warnings: readonly Problem[]
}
