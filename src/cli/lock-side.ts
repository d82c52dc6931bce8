/** One side of a comparison: the lock files of a directory, of a revision, or a single file, read into the model. */
import { basename, dirname, relative, resolve } from 'node:path'
import { ecosystems } from '../../converters/index.ts'
import { gitTree } from '../io/git-tree.ts'
import { filesAround, projectFiles } from '../io/project-files.ts'
import { findKind } from '../io/surroundings.ts'
import type { Ecosystem } from '../model/converter.ts'
import type { Lock } from '../model/lock.ts'
import type { ProjectFiles } from '../model/world.ts'
import { fail, failIfAny, ProblemError, shown, type Problem } from '../problem.ts'
import type { BuildSpec } from '../spec/build-spec.ts'
import { findLocks, type FoundLock, type ProjectView } from './detect.ts'
import { loadUserConfig } from './ecosystem-config.ts'
import { findPreviousSpec } from './previous-spec.ts'
import { findBinaryForm, readableFiles } from './readable-files.ts'

export type Place =
  /** The project in this directory; absolute. */
  | { readonly kind: 'directory'; readonly path: string }
  /** A lock file; absolute. */
  | { readonly kind: 'file'; readonly path: string }
  /** Of the repository that the project is in. */
  | { readonly kind: 'revision'; readonly revision: string }

export interface LockSide {
  /** What it is called: `HEAD~1 (1a2b3c4)`, `the working directory`, the path of a file. */
  readonly label: string
  readonly commit?: string
  /** Empty: there is no lock file. */
  readonly locks: readonly ReadLock[]
  /** What was converted there; for a collection, whose lock files stand in lock2build/. */
  findSpec(): BuildSpec | undefined
}

export interface ReadLock {
  readonly ecosystem: Ecosystem
  /** Project-relative. */
  readonly file: string
  readonly lock: Lock
}

export interface SideRequest {
  /** Absolute: the project. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `--lock`, and lock files that counted in the last run. */
  readonly lock: string | undefined
  readonly preferred?: readonly string[] | undefined
  readonly registry?: string | undefined
}

/** A word of the command line. What stands on the disk is no revision: `refs/heads/<name>` is one in any case. */
export function placeOf(word: string, base: string): Place {
  const path = resolve(base, word)
  const kind = findKind(path)
  if (kind === 'directory') return { kind, path }
  return kind === 'file' ? { kind, path } : { kind: 'revision', revision: word }
}

/** Throws what is wrong with a lock file, and `git`. A side without lock files is empty. */
export async function readSide(place: Place, request: SideRequest): Promise<LockSide> {
  switch (place.kind) {
    case 'directory': {
      const label = place.path === request.directory ? 'the working directory' : nameOf(place.path)
      const found = await findAll({ ...request, directory: place.path })
      const read = (each: FoundLock) =>
        readLock(
          each,
          { ...request, directory: place.path },
          readableFiles({ ...request, directory: place.path }, each),
        )
      return { label, locks: await inOrder(found, read), findSpec: () => specIn(projectFiles(place.path)) }
    }
    case 'file':
      return { label: nameOf(place.path), locks: [await readFile(place.path, request)], findSpec: () => undefined }
    case 'revision': {
      const tree = gitTree({ ...request, revision: place.revision })
      const short = tree.commit.slice(0, 7)
      const label = tree.commit.startsWith(place.revision) ? short : `${place.revision} (${short})`
      const found = await findAll(request, tree)
      const read = (each: FoundLock) => atRevision(place.revision, () => readLock(each, request, textsOf(tree, each)))
      return { label, commit: tree.commit, locks: await inOrder(found, read), findSpec: () => specIn(tree) }
    }
  }
}

function specIn(files: ProjectFiles): BuildSpec | undefined {
  const { spec, problems } = findPreviousSpec(files)
  failIfAny(problems)
  return spec
}

async function findAll(request: SideRequest, project?: ProjectView): Promise<readonly FoundLock[]> {
  try {
    return (await findLocks({ ...request, ecosystems, project })).locks
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === 'nothing-here')) return []
    throw error
  }
}

/** Throws what is wrong with the lock file. */
export async function readLock(
  { ecosystem, format, file }: FoundLock,
  { directory, environment, registry }: Pick<SideRequest, 'directory' | 'environment' | 'registry'>,
  files: Promise<ProjectFiles> | ProjectFiles,
): Promise<ReadLock> {
  const userConfig = await loadUserConfig(ecosystem.name, environment)
  const reader = await format.load()
  const { lock } = reader.read({
    file,
    files: await files,
    userConfig,
    environment,
    registry,
    around: () => filesAround(directory),
  })
  return { ecosystem, file, lock }
}

/** Its name needs only contain that of a lock file: `package-lock.json.orig`, `old-yarn.lock`. */
async function readFile(path: string, request: SideRequest): Promise<ReadLock> {
  const name = basename(path)
  const known = ecosystems.flatMap(({ formats }) => formats.flatMap(({ files }) => files))
  const called = known.filter((file) => name.includes(file)).sort((a, b) => b.length - a.length)[0]
  if (called === undefined) return failName(path, known)
  const directory = dirname(path)
  const beside = projectFiles(directory)
  const find = (file: string) => beside.find(file === called ? name : file)
  const project: ProjectView = { has: (file) => file === called, find }
  const { locks } = await findLocks({ directory, ecosystems, lock: called, project })
  const [found] = locks
  if (found === undefined) throw new Error(`no format takes ${called}`)
  return renaming(nameOf(path), called, async () => {
    const files = called === name ? await readableFiles({ ...request, directory }, found) : { ...beside, find }
    return readLock(found, { ...request, directory }, files)
  })
}

function failName(path: string, known: readonly string[]): never {
  return fail({
    code: 'usage',
    message: `${shown(nameOf(path))} is not called like a lock file`,
    hint: `its name must contain one of ${[...new Set(known)].join(', ')}`,
  })
}

function textsOf(tree: ProjectFiles, found: FoundLock): ProjectFiles {
  const binary = findBinaryForm(found)
  if (binary === undefined) return tree
  return fail({
    code: 'lock-encoding',
    message: 'the file is binary, and in a revision there is nothing that could write it as text',
    where: { file: found.file },
    hint: binary.hint,
  })
}

/** Problems of a revision's files name the revision, as git does. */
function atRevision<T>(revision: string, read: () => Promise<T>): Promise<T> {
  return withPlaces(read, (file) => `${revision}:${file}`)
}

function renaming<T>(to: string, from: string, read: () => Promise<T>): Promise<T> {
  return withPlaces(read, (file) => (file === from ? to : file))
}

async function withPlaces<T>(read: () => Promise<T>, rename: (file: string) => string): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const renamed = ({ where, ...rest }: Problem): Problem =>
      where === undefined ? rest : { ...rest, where: { ...where, file: rename(where.file) } }
    const [first, ...others] = error.problems
    throw new ProblemError([renamed(first), ...others.map(renamed)])
  }
}

/** One after the other: each takes memory. */
async function inOrder<A, B>(items: readonly A[], use: (item: A) => Promise<B>): Promise<readonly B[]> {
  const results = []
  for (const item of items) results.push(await use(item))
  return results
}

function nameOf(path: string): string {
  const near = relative(process.cwd(), path)
  return near === '' || near.startsWith('../../') ? path : near
}
