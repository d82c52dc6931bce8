/** Which sources of a spec a machine needs, and how they come into the store, each ecosystem's with its own credentials. */
import { ecosystems } from '../../converters/index.ts'
import { fetchSources, type FetchProgress, type Mirror } from '../fetch/fetch-sources.ts'
import { projectBytes } from '../io/project-archives.ts'
import { projectFiles } from '../io/project-files.ts'
import type { Ecosystem } from '../model/converter.ts'
import { ProblemError, type Problem } from '../problem.ts'
import type { BuildSpec, SpecPart, SpecSource } from '../spec/build-spec.ts'
import type { SourceStore } from '../store/source-store.ts'
import { connectForKeeping } from './connect.ts'
import { loadUserConfig } from './ecosystem-config.ts'
import type { Progress } from './progress.ts'

export interface NeededPart {
  readonly ecosystem: Ecosystem
  readonly part: SpecPart
  /** By key of the part's sources. */
  readonly sources: ReadonlyMap<string, SpecSource>
}

export interface Selection {
  /** Nix system names; what any of them needs is needed. */
  readonly systems: readonly string[]
  readonly omit: readonly string[]
}

/** One for each part of the spec, in its order. */
export async function neededParts(spec: BuildSpec, { systems, omit }: Selection): Promise<readonly NeededPart[]> {
  const parts = ecosystems.flatMap((ecosystem) => {
    const part = spec.ecosystems[ecosystem.name]
    return part === undefined ? [] : [{ ecosystem, part }]
  })
  return Promise.all(
    parts.map(async ({ ecosystem, part }) => {
      const builder = await ecosystem.loadBuilder()
      const keys = new Set(systems.flatMap((system) => builder.neededSources(part, { system, omit })))
      const sources = new Map(Object.entries(part.sources).filter(([key]) => keys.has(key)))
      return { ecosystem, part, sources }
    }),
  )
}

export interface FetchRequest {
  readonly store: SourceStore
  /** The project. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `--registry`. */
  readonly registry: string | undefined
  readonly offline: boolean
  /** `--from`. */
  readonly from?: Mirror | undefined
  readonly progress: Progress
}

export interface FetchedParts {
  /** By ecosystem, then by key of the part's sources: absolute paths in the store. */
  readonly paths: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Over all parts. */
  readonly outcome: FetchProgress
}

/** Everything of these parts, verified. Throws the problems of all sources that could not be had. */
export async function fetchParts(parts: readonly NeededPart[], request: FetchRequest): Promise<FetchedParts> {
  const paths = new Map<string, ReadonlyMap<string, string>>()
  const problems: Problem[] = []
  let outcome: FetchProgress = { done: 0, total: 0, fetched: 0, bytes: 0 }
  for (const { ecosystem, part, sources } of parts) {
    const before = outcome
    const onProgress = (progress: FetchProgress) => {
      outcome = sum(before, progress)
      request.progress.show('fetching', outcome.done, outcome.total, outcome.bytes)
    }
    try {
      const { directory, environment, registry, store, offline, from } = request
      const context = {
        file: part.lock.file,
        files: projectFiles(directory),
        userConfig: await loadUserConfig(ecosystem.name, environment),
        environment,
        registry,
      }
      const kept = connectForKeeping({ environment, offline, directory }, context, ecosystem)
      const project = projectBytes(directory)
      paths.set(ecosystem.name, await fetchSources(sources, { ...kept, store, project, offline, from, onProgress }))
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      problems.push(...error.problems)
    }
  }
  const [first, ...rest] = problems
  if (first !== undefined) throw new ProblemError([first, ...rest])
  return { paths, outcome }
}

function sum(a: FetchProgress, b: FetchProgress): FetchProgress {
  return {
    done: a.done + b.done,
    total: a.total + b.total,
    fetched: a.fetched + b.fetched,
    bytes: a.bytes + b.bytes,
  }
}
