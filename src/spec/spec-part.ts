/** PinnedLock and plan → the ecosystem's part of the spec. Pure; what comes out passes read.ts. */
import { isNixKnown, isStrong, printSri, strongest } from '../digest/sri.ts'
import type { Json } from '../model/json.ts'
import type { LockedPackage, PinnedLock, Root } from '../model/lock.ts'
import type { LocalSource, PinnedArchive, PinnedGit, PinnedSource } from '../model/source.ts'
import { sortedRecordOf } from '../model/sorted.ts'
import { failIfAny, shown, type Problem } from '../problem.ts'
import type { SpecArchive, SpecGit, SpecLocal, SpecPart, SpecSource } from './build-spec.ts'
import { isObject } from './named-packages.ts'
import { archiveUrl, gitRev, gitUrl, insidePath, nearPath } from './source-text.ts'
import { archiveStoreName, cleanStoreName, gitStoreName, localStoreName } from './store-name.ts'

export interface PartOptions {
  readonly omit: readonly string[]
  readonly usePackageManager?: boolean
  /** Checked already: see `variableName`. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** Of a lock with only the packages that the plan names: see namedPackages. Throws `url-invalid` and `path-escapes`, all at once. */
export function specPart(
  lock: PinnedLock,
  plan: Json,
  { omit, usePackageManager = false, env = {} }: PartOptions,
): SpecPart {
  if (!isObject(plan)) throw new Error('a plan is an object')
  const problems: Problem[] = []
  const sources = new Map<string, SpecSource>()
  lock.packages.forEach((pkg) => addSources(pkg, sources, problems))
  failIfAny(problems)
  return {
    project: projectOf(lock.roots[0]),
    lock: { file: lock.format.file, format: lock.format.name, version: lock.format.version },
    omit: [...new Set(omit)].sort(),
    ...(usePackageManager ? { usePackageManager } : {}),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    sources: sortedRecordOf(sources),
    plan,
  }
}

function projectOf({ name, version }: Root): SpecPart['project'] {
  return { name: name ?? 'project', ...(version === undefined ? {} : { version }) }
}

type Pinned = LockedPackage<PinnedSource>

/** A file that has a name of its own (a wheel) has it in its key; else the first source's key is the package's id. */
function addSources(pkg: Pinned, sources: Map<string, SpecSource>, problems: Problem[]): void {
  let isFirst = true
  for (const source of pkg.sources) {
    const printed = printSource(pkg, source, problems)
    if (printed === undefined) continue
    const filename = 'filename' in source ? source.filename : undefined
    sources.set(isFirst && filename === undefined ? pkg.id : `${pkg.id}/${filename ?? printed.name}`, printed)
    isFirst = false
  }
}

/** undefined: there is nothing to fetch, it comes with the project or with another package. */
function printSource(pkg: Pinned, source: PinnedSource, problems: Problem[]): SpecSource | undefined {
  switch (source.kind) {
    case 'archive':
      return printArchive(pkg, source, problems)
    case 'git':
      return printGit(pkg, source, problems)
    case 'local':
      return source.form === 'archive' ? printLocal(pkg, source, problems) : undefined
    case 'bundled':
      return undefined
  }
}

function printArchive(pkg: Pinned, { urls, digest, claim, filename }: PinnedArchive, problems: Problem[]): SpecArchive {
  if (!isStrong(digest) || !isNixKnown(digest)) throw new Error(`${pkg.id} is pinned by ${digest.algorithm}`)
  for (const url of urls) if (!archiveUrl.test(url)) problems.push(urlProblem(pkg, url))
  const name = filename === undefined ? archiveStoreName(pkg, urls[0]) : cleanStoreName(filename)
  const hash = printSri(digest)
  // In the order in which they are printed.
  return claim === undefined ? { hash, name, urls } : { claim, hash, name, urls }
}

function printGit(pkg: Pinned, { url, rev, tree, subdir }: PinnedGit, problems: Problem[]): SpecGit {
  if (tree.algorithm !== 'sha256') throw new Error(`the tree of ${pkg.id} is pinned by ${tree.algorithm}`)
  if (!gitUrl.test(url)) problems.push(urlProblem(pkg, url))
  if (!gitRev.test(rev))
    problems.push({ code: 'url-invalid', message: `${shown(rev)} is not a full git commit`, where: pkg.where })
  if (subdir !== undefined && !insidePath.test(subdir)) problems.push(pathProblem(pkg, subdir))
  return {
    name: gitStoreName(pkg, rev),
    git: url,
    rev,
    hash: printSri(tree),
    ...(subdir === undefined ? {} : { subdir }),
  }
}

function printLocal(pkg: Pinned, { path, digests }: LocalSource, problems: Problem[]): SpecLocal {
  if (!nearPath.test(path)) problems.push(pathProblem(pkg, path))
  const digest = strongest(digests.filter(({ algorithm }) => algorithm !== 'blake2b'))
  return { name: localStoreName(path), path, ...(digest === undefined ? {} : { hash: printSri(digest) }) }
}

function urlProblem(pkg: Pinned, url: string): Problem {
  return {
    code: 'url-invalid',
    message: `${shown(url)} cannot be written into a build: it is no plain URL, or carries a user name`,
    where: pkg.where,
    hint: 'correct where this package comes from, and let the package manager write the lock file again',
  }
}

function pathProblem(pkg: Pinned, path: string): Problem {
  return {
    code: 'path-escapes',
    message: `${shown(path)} is not a path inside the project or beside it`,
    where: pkg.where,
  }
}
