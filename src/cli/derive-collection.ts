/**
 * A collection's way into the spec. Each package is read like a project of its own, in lock2build/packages/<name>: a manifest that
 * depends on nothing else, and its lock file, which is made where there is none that was made for this manifest.
 */
import { basename } from 'node:path'
import { ecosystems } from '../../converters/index.ts'
import { readCollection, type CollectionEntry } from '../collection/read-collection.ts'
import { emitNix } from '../emit/nix.ts'
import { loadAssets } from '../io/assets.ts'
import { limited } from '../io/limited.ts'
import { projectFiles } from '../io/project-files.ts'
import { COLLECTION_FILE, packageFolder, type Tools } from '../model/collection.ts'
import type { Ecosystem } from '../model/converter.ts'
import type { OutputFile } from '../model/output-file.ts'
import type { ProjectFiles } from '../model/world.ts'
import { fail, failIfAny, ProblemError, shown, type Problem } from '../problem.ts'
import { SPEC_VERSION, type BuildSpec } from '../spec/build-spec.ts'
import { collectParts, specParts, type NamedPart } from '../spec/collection-parts.ts'
import type { Derived, DerivedLock, DeriveRequest } from './derive.ts'
import { derivePart } from './derive-part.ts'
import type { FoundLock } from './detect.ts'

/** Gives lock files by name for a project that is nothing but these files. */
export type ResolveTool = (
  ecosystem: Ecosystem,
  files: ReadonlyMap<string, string>,
) => Promise<ReadonlyMap<string, string>>

/** How many packages are resolved at once. */
const AT_ONCE = 3

/** Throws every problem of packages.json, then those of all packages. */
export async function deriveCollection(request: DeriveRequest): Promise<Derived> {
  refuseVariables(request)
  const files = collectionView(request)
  const { tools, entries } = await loadCollection(files)
  const before = request.previous.spec === undefined ? [] : specParts(request.previous.spec)
  const inTurn = limited(AT_ONCE)
  const outcomes = await Promise.allSettled(
    entries.map((entry) =>
      inTurn(() => {
        const { ecosystem, name } = entry
        const previous = before.find((each) => each.ecosystem === ecosystem && each.attribute === name)?.part
        const tool = { request, files, ecosystem: getEcosystem(ecosystem), tools: getTools(tools, ecosystem), entry }
        return deriveTool(tool, previous)
      }),
    ),
  )
  const problems = outcomes.flatMap((outcome) => {
    if (outcome.status === 'fulfilled') return []
    if (outcome.reason instanceof ProblemError) return outcome.reason.problems
    throw outcome.reason
  })
  failIfAny(problems)
  return finish(
    request,
    outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
  )
}

function refuseVariables({ env = {} }: DeriveRequest): void {
  if (Object.keys(env).length === 0) return
  fail({
    code: 'config-invalid',
    message: `the setting env is for a project's own build, and the packages of ${COLLECTION_FILE} have none`,
    where: { file: COLLECTION_FILE },
    hint: 'take env out of the settings beside it',
  })
}

function collectionView({ directory, collection }: DeriveRequest): ProjectFiles {
  const files = projectFiles(directory)
  return { ...files, find: (path) => (path === COLLECTION_FILE ? collection : undefined) ?? files.find(path) }
}

export interface LoadedCollection {
  readonly text: string
  readonly entries: readonly CollectionEntry[]
  /** By ecosystem. */
  readonly tools: ReadonlyMap<string, Tools>
}

/** Throws every problem of packages.json. Without one there are no entries. */
export async function loadCollection(files: ProjectFiles): Promise<LoadedCollection> {
  const loaded = await Promise.all(ecosystems.map(async ({ name, loadTools }) => [name, await loadTools?.()] as const))
  const tools = new Map(loaded.flatMap(([name, found]) => (found === undefined ? [] : [[name, found] as const])))
  const text = files.find(COLLECTION_FILE)
  return { text: text ?? '', tools, entries: text === undefined ? [] : readCollection(text, tools) }
}

interface Tool {
  readonly request: DeriveRequest
  readonly files: ProjectFiles
  readonly ecosystem: Ecosystem
  readonly tools: Tools
  readonly entry: CollectionEntry
}

/** Texts by the name of the file. */
interface Locked {
  readonly manifest: ReadonlyMap<string, string>
  readonly locks: ReadonlyMap<string, string>
  readonly configuration: ReadonlyMap<string, string>
}

/** What the last run locked counts while packages.json asks for the same. */
async function findLocked(tool: Tool): Promise<Locked> {
  const { request, files, ecosystem, tools, entry } = tool
  const manifest = tools.manifest(entry)
  const configuration = textsOf(tools.configuration, files)
  const names = ecosystem.formats.flatMap((format) => format.files)
  const folder = packageFolder(entry.name)
  const stored = { find: (name: string) => files.find(`${folder}/${name}`) }
  const isFresh = request.refresh === 'all' || request.refresh?.includes(entry.name) === true
  const isSame = !isFresh && [...manifest].every(([name, text]) => stored.find(name) === text)
  const locks = isSame ? textsOf(names, stored) : new Map<string, string>()
  if (locks.size > 0) return { manifest, locks, configuration }
  request.progress.show(`resolving ${entry.name}`)
  if (request.resolveTool === undefined) return failUnresolved(entry)
  const project = new Map([...configuration, ...manifest])
  const resolve = request.resolveTool
  return { manifest, locks: await atEntry(tool, () => resolve(ecosystem, project)), configuration }
}

/** The user knows nothing of the small project's manifest. */
async function atEntry<T>({ tools, entry }: Tool, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const own = tools.manifest(entry)
    const [first, ...rest] = error.problems.map((problem): Problem => {
      const { file = '' } = problem.where ?? {}
      return file === '' || own.has(file) ? { ...problem, where: entry.where } : problem
    })
    throw first === undefined ? error : new ProblemError([first, ...rest])
  }
}

function textsOf(names: readonly string[], files: Pick<ProjectFiles, 'find'>): ReadonlyMap<string, string> {
  return new Map(
    names.flatMap((name) => {
      const text = files.find(name)
      return text === undefined ? [] : [[name, text] as const]
    }),
  )
}

function failUnresolved({ name, range, where }: CollectionEntry): never {
  return fail({
    code: 'network-needed',
    message: `${shown(name)} is not locked for ${shown(range)}`,
    where,
    hint: 'run `lock2build`, which looks up its newest version and what it needs',
  })
}

interface DerivedTool {
  readonly lock: DerivedLock
  readonly part: NamedPart
  readonly files: readonly OutputFile[]
  readonly warnings: readonly Problem[]
}

async function deriveTool(tool: Tool, previous: NamedPart['part'] | undefined): Promise<DerivedTool> {
  const { request, ecosystem, entry } = tool
  const locked = await findLocked(tool)
  const folder = packageFolder(entry.name)
  const found = findFormat(ecosystem, folder, locked)
  const derived = await derivePart(request, found, { files: toolFiles(folder, locked), previous })
  const { roots, packages } = derived.read
  // Where it is locked in several versions, for several versions of Python, the newest stands last.
  const to = roots[0].dependencies.findLast(({ as }) => as === entry.name)?.to
  const version = to === undefined ? undefined : packages.get(to)?.version
  const project = { name: entry.name, ...(version === undefined ? {} : { version }) }
  return {
    lock: derived.lock,
    part: {
      ecosystem: ecosystem.name,
      attribute: entry.name,
      part: { ...derived.part, project },
      supplements: entry.supplements,
    },
    files: [...locked.manifest, ...locked.locks].map(([name, text]) => ({
      path: `${folder}/${name}`,
      text,
      owner: 'lock2build',
    })),
    warnings: [...derived.warnings, ...programWarnings(tool, found, locked)],
  }
}

function findFormat(ecosystem: Ecosystem, folder: string, { locks }: Locked): FoundLock {
  for (const [name, text] of locks) {
    const format = ecosystem.formats.find(
      ({ files, recognizes }) => files.includes(name) && recognizes?.(text) !== false,
    )
    if (format !== undefined) return { ecosystem, format, file: `${folder}/${name}` }
  }
  throw new Error(`no format of ${ecosystem.name} takes what was resolved for ${folder}`)
}

/** The small project: its manifest at the top, its lock file where it stands in the collection, so that messages name it. */
function toolFiles(folder: string, { manifest, locks, configuration }: Locked): ProjectFiles {
  const prefix = `${folder}/`
  return {
    find: (path) =>
      manifest.get(path) ??
      configuration.get(path) ??
      (path.startsWith(prefix) ? locks.get(path.slice(prefix.length)) : undefined),
    directories: () => [],
  }
}

function programWarnings({ tools, entry }: Tool, { file }: FoundLock, { locks }: Locked): readonly Problem[] {
  if (tools.hasPrograms(entry.name, locks.get(basename(file)) ?? '') !== false) return []
  const message = `${shown(entry.name)} has no programs: nothing of it will be in bin/`
  return [
    {
      code: 'no-programs',
      message,
      where: entry.where,
      hint: 'a package that is only loaded by others belongs to a project',
    },
  ]
}

function finish({ systems, flake, collection }: DeriveRequest, derived: readonly DerivedTool[]): Derived {
  const names = [...new Set(derived.map(({ part }) => part.ecosystem))].sort()
  const spec: BuildSpec = {
    lock2build: SPEC_VERSION,
    systems: [...new Set(systems)].sort(),
    ecosystems: {},
    collection: Object.fromEntries(
      names.map((name) => [
        name,
        collectParts(derived.map(({ part }) => part).filter(({ ecosystem }) => ecosystem === name)),
      ]),
    ),
  }
  const assets = [
    'collection/default.nix',
    'collection/user.nix',
    'project.nix',
    ...(flake ? ['collection/flake.nix'] : []),
    ...names.flatMap((name) => getEcosystem(name).buildFiles.map((file) => `${name}/${file}`)),
  ]
  return {
    locks: derived.map(({ lock }) => lock),
    spec,
    files: [
      ...emitNix({ spec, assets: loadAssets(assets), flake }),
      ...derived.flatMap(({ files }) => files),
      ...(collection === undefined ? [] : [{ path: COLLECTION_FILE, text: collection, owner: 'user' } as const]),
    ],
    edited: [COLLECTION_FILE],
    warnings: derived.flatMap(({ warnings }) => warnings),
  }
}

function getEcosystem(name: string): Ecosystem {
  const ecosystem = ecosystems.find((each) => each.name === name)
  if (ecosystem === undefined) throw new Error(`there is no ecosystem ${name}`)
  return ecosystem
}

function getTools(tools: ReadonlyMap<string, Tools>, name: string): Tools {
  const found = tools.get(name)
  if (found === undefined) throw new Error(`${name} has no packages that are installed for their programs`)
  return found
}
