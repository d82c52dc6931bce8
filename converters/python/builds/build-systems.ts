/** `[build-system]` of archives and commits: looked up in them, once. */
import { printSri } from '../../../src/digest/sri.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import type { BuildSystem } from '../../../src/model/python.ts'
import type { LockedPackage } from '../../../src/model/lock.ts'
import type { Downloads, GitRepositories } from '../../../src/model/world.ts'
import type { Indexes, PlanWorld } from '../../../src/model/converter.ts'
import { fail, ProblemError, shown } from '../../../src/problem.ts'
import { rootFields } from '../../../src/text/fields.ts'
import { parseToml } from '../../../src/text/toml-document.ts'
import { sourceKey, type BuiltSource } from '../plan.ts'
import { readBuildSystem } from '../readers/pyproject.ts'
import { fetchBytes } from './fetch-bytes.ts'
import type { PreviousPlan } from './previous-plan.ts'

export interface SourceWorld {
  readonly downloads: Downloads
  readonly git: GitRepositories
  readonly loadArchive: PlanWorld['loadArchive']
  readonly indexes: Indexes
  readonly previous: PreviousPlan | undefined
}

/** undefined: the source names none. Throws what fetching throws, and `integrity-mismatch`. */
export async function findBuildSystem(built: BuiltSource, world: SourceWorld): Promise<BuildSystem | undefined> {
  const before = findPrevious(built, world.previous)
  return before === undefined ? parseBuildSystem(await fetchManifest(built, world)) : before
}

/** Of the same bytes. A commit that an earlier run saw is among the packages under the same id. */
function findPrevious({ pkg, source }: BuiltSource, previous: PreviousPlan | undefined): BuildSystem | undefined {
  const build = previous?.findPackage(pkg.id)?.build
  if (previous === undefined || build === undefined) return undefined
  if (source.kind === 'archive' || source.kind === 'indexed') {
    const file = previous.findFile(sourceKey(pkg, source))
    const isSame =
      file !== undefined &&
      source.digests.every((digest) => digest.algorithm !== file.digest.algorithm || printSri(digest) === file.hash)
    if (!isSame) return undefined
  }
  return readPrevious(build, previous)
}

function readPrevious({ backend, backendPath, needs }: JsonObject, previous: PreviousPlan): BuildSystem | undefined {
  if (typeof backend !== 'string') return undefined
  const known = typeof needs === 'string' ? previous.findNeeds(needs) : undefined
  if (typeof needs === 'string' && known === undefined) return undefined
  const path = Array.isArray(backendPath) ? backendPath.filter((item) => typeof item === 'string') : undefined
  return { backend, requires: known?.requires ?? [], ...(path === undefined ? {} : { backendPath: path }) }
}

async function fetchManifest({ pkg, source }: BuiltSource, world: SourceWorld): Promise<string | undefined> {
  switch (source.kind) {
    case 'git': {
      const file = source.subdir === undefined ? 'pyproject.toml' : `${source.subdir}/pyproject.toml`
      return (await world.git.fetchCommit(source.url, source.rev, file)).text
    }
    case 'archive': {
      const bytes = await fetchBytes(source.urls, source.digests, world.downloads)
      return findManifest(bytes, source.filename ?? '', pkg)
    }
    case 'indexed': {
      const { urls, filename } = await world.indexes.find(source, pkg)
      return findManifest(await fetchBytes(urls, source.digests, world.downloads), filename, pkg)
    }
    case 'local': {
      const bytes = await world.loadArchive(source.path)
      if (bytes === undefined) return failMissing(source.path)
      return findManifest(bytes, source.path, pkg)
    }
    case 'bundled':
      return undefined
  }
}

function failMissing(path: string): never {
  const hint = 'put the file back, or remove the dependency'
  return fail({ code: 'io', message: `the archive ${shown(path)} is not there`, hint })
}

/** Archives hold one directory, and the package in it or below. */
async function findManifest(
  bytes: Uint8Array,
  filename: string,
  { direct }: LockedPackage,
): Promise<string | undefined> {
  const { findMember } = await import('../archives/archive-member.ts')
  const inside = direct?.subdir === undefined ? 'pyproject.toml' : `${direct.subdir}/pyproject.toml`
  return findMember(bytes, filename, (path) => path.slice(path.indexOf('/') + 1) === inside)
}

/** What cannot be read is for the build to complain of. */
function parseBuildSystem(text: string | undefined): BuildSystem | undefined {
  if (text === undefined) return undefined
  try {
    const fields = rootFields(parseToml(text, { file: 'pyproject.toml', purpose: 'manifest' }))
    return fields === undefined ? undefined : readBuildSystem(fields)
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}
