/**
 * Files that a lock file names by their hash alone (requirements.txt, Pipfile.lock), or by nothing but a version: their names are looked
 * up in the index before anything is planned, because the name says where a wheel can be used.
 */
import { isStrong, printSri } from '../../src/digest/sri.ts'
import type { Lock, LockedPackage, PackageId } from '../../src/model/lock.ts'
import { packageProblems } from '../../src/model/package-problems.ts'
import type { IndexedSource, Source } from '../../src/model/source.ts'
import type { Web } from '../../src/model/world.ts'
import { failIfAny, ProblemError, shown, type Problem } from '../../src/problem.ts'
import type { IndexFile } from './index-pages.ts'
import { indexPages, type IndexPages } from './indexes.ts'
import { nonEmpty } from './readers/packages.ts'
import { findCandidates } from './standards/choose-file.ts'

export interface NamingWorld {
  readonly web: Web
  /** `--registry`. */
  readonly registry?: string | undefined
}

/** Pages that are asked for at once. */
const CONCURRENCY = 16

/**
 * The same lock, every file with its name; files that the index does not have any more are left out. Throws the problems of every
 * package that could not be looked up, or of which nothing is left.
 */
export async function nameFiles(lock: Lock, { web, registry }: NamingWorld): Promise<Lock> {
  const waiting = [...lock.packages.values()].filter(({ sources }) => sources.some(isNameless))
  if (waiting.length === 0) return lock
  const pages = indexPages(registry, web)
  const found = new Map<PackageId, LockedPackage>()
  const problems = new Map<PackageId, readonly Problem[]>()
  const queue = waiting.values()
  const work = async () => {
    for (const pkg of queue) {
      try {
        found.set(pkg.id, await nameFilesOf(pkg, pages))
      } catch (error) {
        problems.set(pkg.id, packageProblems(error, pkg, 'has files whose names no earlier run has looked up'))
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, waiting.length) }, work))
  failIfAny(waiting.flatMap((pkg) => problems.get(pkg.id) ?? []))
  return { ...lock, packages: new Map([...lock.packages].map(([id, pkg]) => [id, found.get(id) ?? pkg])) }
}

function isNameless(source: Source): source is IndexedSource {
  return source.kind === 'indexed' && source.filename === undefined
}

async function nameFilesOf(pkg: LockedPackage, pages: IndexPages): Promise<LockedPackage> {
  const named: Source[] = []
  for (const source of pkg.sources) {
    if (!isNameless(source)) named.push(source)
    else if (source.digests.length === 0) named.push(...(await filesOfVersion(source, pkg, pages)))
    else named.push(...(await findFile(source, pkg, pages)))
  }
  const sources = nonEmpty([...named.filter(isWheel), ...named.filter((source) => !isWheel(source))])
  return sources === undefined ? failMissing(pkg) : { ...pkg, sources }
}

/** At most one. */
async function findFile(source: IndexedSource, pkg: LockedPackage, pages: IndexPages): Promise<readonly Source[]> {
  const { others = [], form: _, ...plain } = source
  for (const index of [source.index, ...others]) {
    const page = await findPage(source, index, pkg, pages)
    const file = page?.withDigest(source.digests).find((one) => isOfForm(source, one))
    if (file !== undefined) return [{ ...plain, index, filename: file.filename }]
  }
  return []
}

/** Of several indexes pip takes all files; of one name, that of the first. */
async function filesOfVersion(
  source: IndexedSource,
  pkg: LockedPackage,
  pages: IndexPages,
): Promise<readonly Source[]> {
  const found = new Map<string, Source>()
  for (const index of [source.index, ...(source.others ?? [])]) {
    const listed = (await findPage(source, index, pkg, pages))?.files() ?? []
    const files = listed.filter((one) => isOfForm(source, one)).map((file) => ({ ...file, name: file.filename }))
    for (const { file } of findCandidates(files, pkg)) {
      const { filename, digests, url } = file
      if (found.has(filename)) continue
      const isPinned = digests.some(isStrong)
      found.set(
        filename,
        isPinned ? { kind: 'indexed', index, filename, digests } : { kind: 'archive', urls: [url], filename, digests },
      )
    }
  }
  return [...found.values()]
}

/** One of several indexes need not know the package. */
async function findPage({ others = [] }: IndexedSource, index: string, { name }: LockedPackage, pages: IndexPages) {
  try {
    return await pages(index, name)
  } catch (error) {
    if (others.length > 0 && error instanceof ProblemError && error.problems.every(({ code }) => code === 'not-found'))
      return undefined
    throw error
  }
}

function isOfForm({ form }: IndexedSource, { filename }: IndexFile): boolean {
  return form === undefined || filename.endsWith('.whl') === (form === 'wheel')
}

function isWheel(source: Source): boolean {
  return 'filename' in source && source.filename?.endsWith('.whl') === true
}

function failMissing(pkg: LockedPackage): never {
  const [first] = pkg.sources.filter(isNameless)
  const index = first === undefined ? '' : ` ${shown(first.index)}`
  const [hash] = first?.digests ?? []
  const what =
    hash === undefined
      ? 'file of this version'
      : `file with one of the hashes that are locked, for example ${printSri(hash)}`
  throw new ProblemError([
    {
      code: 'not-found',
      message: `the index${index} has no ${what}`,
      hint: 'if it is in another index, use a lock format that says so (uv.lock); if it was removed there, lock it again',
    },
  ])
}
