/**
 * Files that a lock file names by their hash alone (requirements.txt, Pipfile.lock): their names are looked up in the index before
 * anything is planned, because the name says where a wheel can be used.
 */
import { isSameDigest, printSri } from '../../src/digest/sri.ts'
import type { Lock, LockedPackage, PackageId } from '../../src/model/lock.ts'
import type { IndexedSource, Source } from '../../src/model/source.ts'
import type { Web } from '../../src/model/world.ts'
import { failIfAny, ProblemError, shown, type Problem } from '../../src/problem.ts'
import type { IndexFile } from './index-pages.ts'
import { indexPages, type IndexPages } from './indexes.ts'
import { nonEmpty } from './readers/packages.ts'

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
        if (!(error instanceof ProblemError)) throw error
        problems.set(pkg.id, error.problems)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, waiting.length) }, work))
  failIfAny(waiting.flatMap((pkg) => (problems.get(pkg.id) ?? []).map((problem) => problemOf(pkg, problem))))
  return { ...lock, packages: new Map([...lock.packages].map(([id, pkg]) => [id, found.get(id) ?? pkg])) }
}

function isNameless(source: Source): source is IndexedSource {
  return source.kind === 'indexed' && source.filename === undefined
}

async function nameFilesOf(pkg: LockedPackage, pages: IndexPages): Promise<LockedPackage> {
  const named: Source[] = []
  for (const source of pkg.sources) {
    if (!isNameless(source)) named.push(source)
    else {
      const file = findFile(source, await pages(source.index, pkg.name))
      if (file !== undefined) named.push({ ...source, filename: file.filename })
    }
  }
  const sources = nonEmpty([...named.filter(isWheel), ...named.filter((source) => !isWheel(source))])
  return sources === undefined ? failMissing(pkg) : { ...pkg, sources }
}

function findFile({ digests }: IndexedSource, files: readonly IndexFile[]): IndexFile | undefined {
  return files.find((file) => digests.some((digest) => file.digests.some((other) => isSameDigest(digest, other))))
}

function isWheel(source: Source): boolean {
  return source.kind === 'indexed' && source.filename?.endsWith('.whl') === true
}

function failMissing(pkg: LockedPackage): never {
  const [first] = pkg.sources.filter(isNameless)
  const index = first === undefined ? '' : ` ${shown(first.index)}`
  const hash = first === undefined ? '' : `, for example ${printSri(first.digests[0])}`
  throw new ProblemError([
    {
      code: 'not-found',
      message: `the index${index} has no file with one of the hashes that are locked${hash}`,
      hint: 'if it is in another index, use a lock format that says so (uv.lock); if it was removed there, lock it again',
    },
  ])
}

function problemOf(pkg: LockedPackage, problem: Problem): Problem {
  return { ...problem, message: `${shown(pkg.id)}: ${problem.message}`, where: problem.where ?? pkg.where }
}
