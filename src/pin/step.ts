/** What the kinds of source have in common: a source is either pinned already, or there is something to fetch first. */
import type { Converter, Indexes } from '../model/converter.ts'
import type { Digest } from '../model/digest.ts'
import type { PinnedSource } from '../model/source.ts'
import type { GitRepositories, PinCache, ProjectArchives, Web } from '../model/world.ts'
import type { Problem } from '../problem.ts'
import type { SpecPart } from '../spec/build-spec.ts'

export interface PinOptions {
  readonly web: Web
  readonly git: GitRepositories
  readonly archives: ProjectArchives
  readonly lookUp: Converter['lookUp']
  /** Where files are found that the lock file names by digest only. */
  readonly indexes?: Indexes | undefined
  /** What an earlier spec pins. */
  readonly previous?: Pick<SpecPart, 'sources'> | undefined
  /** Where pins are kept until a run succeeds. */
  readonly cache?: PinCache | undefined
  /** Sources that are fetched at once; default 16. */
  readonly concurrency?: number | undefined
  /** Called after each source that had to be fetched. */
  readonly onProgress?: ((progress: PinProgress) => void) | undefined
  /** A file of git commits whose text is wanted (`package.json`). */
  readonly manifest?: string | undefined
}

export interface PinProgress {
  readonly done: number
  readonly total: number
  /** The package's name. */
  readonly name: string
}

export interface Fetched {
  readonly source: PinnedSource
  readonly warnings: readonly Problem[]
  /** Text of {@link PinOptions.manifest}. */
  readonly manifest?: string | undefined
}

/** What looking outside found out. */
export interface Found {
  readonly digest: Digest
  readonly manifest?: string | undefined
}

/** A source that is pinned already, or what pins it. */
export type Step = PinnedSource | FetchStep

export interface FetchStep {
  readonly kind: 'fetch'
  readonly fetch: () => Promise<Fetched>
}

/** What the steps of a run share. */
export interface StepContext extends PinOptions {
  /** Gives what `find` gave to whoever was first to ask for this key. */
  readonly once: (key: string, find: () => Promise<Found>) => Promise<Found>
}
