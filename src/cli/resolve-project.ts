/** A project's lock files, as the tools whose resolution they are make them; nothing is written. Of use to every command that resolves. */
import { ecosystems } from '../../converters/index.ts'
import { cacheDirectory, cacheFolder } from '../io/cache-directory.ts'
import { findProgram } from '../io/find-program.ts'
import { notesIn } from '../io/notes.ts'
import { listFileNames, projectFiles } from '../io/project-files.ts'
import { resolveClock } from '../io/resolve-clock.ts'
import { toolRunner } from '../io/run-tool.ts'
import { withScratch } from '../io/scratch.ts'
import { loadConfigured } from '../io/user-config.ts'
import type { Ecosystem } from '../model/converter.ts'
import type { Resolution, Resolver, ResolverProject, ResolveRequest, ResolveWorld } from '../model/resolver.ts'
import type { KeptDocuments } from '../model/world.ts'
import { fail, shown } from '../problem.ts'
import type { Progress } from './progress.ts'
import { documentsFor, loadContext } from './resolve-documents.ts'

export interface FoundResolver {
  readonly ecosystem: Ecosystem
  readonly resolver: Resolver
  /** See Resolver.findReason. */
  readonly reason: string
}

export interface ResolverChoice {
  /** Absolute. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `--tool`: this one, whatever the project says. */
  readonly tool?: string | undefined
}

export type ProjectResolveRequest = Pick<
  ResolveRequest,
  'registry' | 'before' | 'omit' | 'offline' | 'update' | 'isGlobal'
> &
  ResolverChoice & { readonly progress: Progress }

export interface ResolvedProject extends FoundResolver {
  readonly resolution: Resolution
}

/** One per ecosystem that the project has manifests of, in the registry's order. Throws `usage` for a tool that is not known. */
export async function findResolvers(choice: ResolverChoice): Promise<readonly FoundResolver[]> {
  const { directory, tool } = choice
  const project = projectOf(choice)
  if (tool !== undefined) return [findTool(tool)]
  const found = await Promise.all(ecosystems.map((ecosystem) => findIn(ecosystem, project)))
  if (found.every((each) => each === undefined)) failNothing(directory)
  return found.filter((each) => each !== undefined)
}

/** Whether some tool would make a lock file of this ecosystem. */
export async function hasResolver(
  choice: Pick<ResolverChoice, 'directory' | 'environment'>,
  ecosystem: Ecosystem | undefined,
): Promise<boolean> {
  return ecosystem !== undefined && (await findIn(ecosystem, projectOf(choice))) !== undefined
}

/** Throws what the resolver throws. The directory may be a temporary one that holds nothing but manifests: see withManifests. */
export async function resolveProject(request: ProjectResolveRequest, found: FoundResolver): Promise<ResolvedProject> {
  return { ...found, resolution: await inResolveWorld(request, found, await found.resolver.load()) }
}

/** Calls what is loaded of a resolver, or of its ecosystem, with all that it may ask for. */
export async function inResolveWorld<T>(
  request: ProjectResolveRequest,
  found: FoundResolver,
  use: (request: ResolveRequest, world: ResolveWorld) => Promise<T>,
): Promise<T> {
  const { directory, environment, registry, before, omit, offline, update, isGlobal } = request
  const { ecosystem } = found
  const context = await loadContext(ecosystem, request)
  const documents = documentsFor({ ecosystem: ecosystem.name, directory, environment, registry, offline })
  try {
    return await withScratch('resolve', (scratch) =>
      use(
        { ...context, directory, fileNames: () => listFileNames(directory), before, omit, offline, update, isGlobal },
        worldOf(request, found, documents, scratch),
      ),
    )
  } finally {
    documents.close()
  }
}

function projectOf({ directory, environment }: ResolverChoice): ResolverProject {
  return {
    files: projectFiles(directory),
    fileNames: () => listFileNames(directory),
    findProgram: (name) => findProgram(name, environment),
  }
}

async function findIn(ecosystem: Ecosystem, project: ResolverProject): Promise<FoundResolver | undefined> {
  for (const resolver of ecosystem.resolvers) {
    const reason = await resolver.findReason(project)
    if (reason !== undefined) return { ecosystem, resolver, reason }
  }
  return undefined
}

function findTool(tool: string): FoundResolver {
  const all = ecosystems.flatMap((ecosystem) => ecosystem.resolvers.map((resolver) => ({ ecosystem, resolver })))
  const found = all.find(({ resolver }) => resolver.name === tool)
  if (found !== undefined) return { ...found, reason: '--tool' }
  const names = all.map(({ resolver }) => resolver.name).join(', ')
  return fail({ code: 'usage', message: `${shown(tool)} is not a tool that resolves`, hint: `there are ${names}` })
}

function worldOf(
  { directory, environment, offline, progress }: ProjectResolveRequest,
  { resolver }: FoundResolver,
  documents: KeptDocuments,
  scratch: string,
): ResolveWorld {
  const cache = cacheDirectory(environment)
  return {
    scratch,
    cache: () => cacheFolder(cache, 'resolve', resolver.name),
    documents,
    notes: notesIn(cacheFolder(cache, 'resolutions', resolver.name)),
    clock: resolveClock,
    readConfigured: (file) => loadConfigured(file, directory, environment),
    findProgram: (name) => findProgram(name, environment),
    runTool: toolRunner({ directory, scratch, environment, offline }),
    progress: (what, done, total) => progress.show(what, done, total),
  }
}

function failNothing(directory: string): never {
  const manifests = ecosystems.map(({ manifest }) => manifest.file).join(' or ')
  fail({
    code: 'nothing-here',
    message: `there is nothing to resolve in ${shown(directory)}`,
    hint: `go to a directory with ${manifests}, or name one: \`lock2build resolve DIR\``,
  })
}
