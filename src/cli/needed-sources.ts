/** Which sources of a spec a machine needs, and how they come into the store, each ecosystem's with its own credentials. */
import { ecosystems } from '../../converters/index.ts'
import { fetchSources, type FetchProgress, type Mirror } from '../fetch/fetch-sources.ts'
import { storedSource, type StoredSource } from '../fetch/stored-source.ts'
import { projectBytes } from '../io/project-archives.ts'
import { projectFiles } from '../io/project-files.ts'
import type { Ecosystem } from '../model/converter.ts'
import { ProblemError, type Problem } from '../problem.ts'
import type { BuildSpec, SpecSource } from '../spec/build-spec.ts'
import { specParts, type NamedPart } from '../spec/collection-parts.ts'
import type { SourceStore } from '../store/source-store.ts'
import { connectForKeeping } from './connect.ts'
import { loadUserConfig } from './ecosystem-config.ts'
import type { Progress } from './progress.ts'

export interface NeededPart {
  readonly ecosystem: Ecosystem
  /** Of the lock file; of a collection one of them. */
  readonly file: string
  /** By key of the part's sources; where packages of a collection mean different things by one, it is told from the others. */
  readonly sources: ReadonlyMap<string, SpecSource>
}

export interface Selection {
  /** Nix system names; what any of them needs is needed. */
  readonly systems: readonly string[]
  readonly omit: readonly string[]
  /** See SourceSelection. */
  readonly python?: string | undefined
}

/** One for each ecosystem of the spec, in the registry's order. */
export async function neededParts(spec: BuildSpec, selection: Selection): Promise<readonly NeededPart[]> {
  const parts = specParts(spec)
  const needed = await Promise.all(
    ecosystems.map(async (ecosystem) => {
      const own = parts.filter((part) => part.ecosystem === ecosystem.name)
      return own.length === 0 ? [] : [await neededOf(ecosystem, own, selection)]
    }),
  )
  return needed.flat()
}

async function neededOf(
  ecosystem: Ecosystem,
  parts: readonly NamedPart[],
  { systems, ...selection }: Selection,
): Promise<NeededPart> {
  const builder = await ecosystem.loadBuilder()
  const sources = new Map<string, SpecSource>()
  for (const { attribute = '', part } of parts) {
    for (const key of new Set(systems.flatMap((system) => builder.neededSources(part, { system, ...selection })))) {
      const source = part.sources[key]
      const known = sources.get(key)
      if (source === undefined) continue
      sources.set(known === undefined || isSame(known, source) ? key : `${attribute}: ${key}`, source)
    }
  }
  return { ecosystem, file: parts[0]?.part.lock.file ?? '', sources }
}

function isSame(one: SpecSource, other: SpecSource): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
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
  /** Called for what other places may want as soon as it is in the store and verified. */
  readonly onStored?: ((source: StoredSource) => void) | undefined
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
  for (const { ecosystem, file, sources } of parts) {
    const before = outcome
    const onProgress = (progress: FetchProgress) => {
      outcome = sum(before, progress)
      request.progress.show('fetching', outcome.done, outcome.total, outcome.bytes)
    }
    try {
      const { directory, environment, registry, store, offline, from } = request
      const context = {
        file,
        files: projectFiles(directory),
        userConfig: await loadUserConfig(ecosystem.name, environment),
        environment,
        registry,
      }
      const kept = connectForKeeping({ environment, offline, directory }, context, ecosystem)
      const project = projectBytes(directory)
      const onStored = (id: string, path: string): void => {
        const source = sources.get(id)
        const stored = source === undefined ? undefined : storedSource(source, () => path)
        if (stored !== undefined) request.onStored?.(stored)
      }
      const options = { ...kept, store, project, offline, from, onProgress, onStored }
      paths.set(ecosystem.name, await fetchSources(sources, options))
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
