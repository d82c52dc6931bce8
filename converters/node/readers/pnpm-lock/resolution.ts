/**
 * Where the bytes of a package come from: `resolution` of its entry. `{integrity}` alone means the registry's archive, whose URL
 * pnpm derives; `{tarball}`, `{type: git}` and `{type: directory}` say it themselves.
 */
import { parseSri } from '../../../../src/digest/sri.ts'
import type { Digest } from '../../../../src/model/digest.ts'
import type { Json, JsonObject } from '../../../../src/model/json.ts'
import type { Source } from '../../../../src/model/source.ts'
import { ProblemError, shown } from '../../../../src/problem.ts'
import type { Code, Problem } from '../../../../src/problem.ts'
import { findGitSpec } from '../../git-spec.ts'
import { getRegistry, tarballUrl } from '../../registry.ts'
import type { Registries } from '../../registry.ts'
import { nearPathFault, pathFault } from '../install-path.ts'
import { plainPath } from '../../../../src/text/locations.ts'
import { resolutionOf, whereOf } from './lock-file.ts'
import type { Snapshot } from './lock-file.ts'

export interface Locating {
  readonly registries: Registries
  readonly report: (problem: Problem) => void
  /** See ProjectFiles. */
  readonly reach: number | undefined
}

const RELOCK = 'remove the lock file and run pnpm install --lockfile-only, which writes it anew'

/** Reports and gives undefined when there is none. `name` is the package's own; `version` is undefined where no registry has it. */
export function locatePnpm(
  snapshot: Snapshot,
  { name, version }: { readonly name: string; readonly version: string | undefined },
  locating: Locating,
): Source | undefined {
  const resolution = resolutionOf(snapshot)
  if (resolution === undefined) {
    // Of the wrong type: that is said already.
    if (snapshot.fields.has('resolution')) return undefined
    return reportAt(snapshot, locating, 'source-missing', `${shown(snapshot.key)} has no resolution`)
  }
  const { type, tarball } = resolution
  if (type !== undefined) return ofType(type, resolution, snapshot, locating)
  if (typeof resolution['directory'] === 'string') return fromDirectory(resolution['directory'], snapshot, locating)
  const digests = readDigests(resolution, snapshot, locating)
  const registry = getRegistry(locating.registries, name)
  if (tarball === undefined) {
    if (version !== undefined) return { kind: 'archive', urls: [tarballUrl(registry, name, version)], digests }
    return reportAt(snapshot, locating, 'source-missing', `${shown(snapshot.key)} has neither a version nor a URL`)
  }
  if (typeof resolution['path'] === 'string' && resolution['path'] !== '/') {
    const message = `${shown(snapshot.key)} is a directory of an archive, which is not supported`
    return reportAt(
      snapshot,
      locating,
      'source-unsupported',
      message,
      'name the repository as git+https://… and run pnpm install',
    )
  }
  if (typeof tarball !== 'string') return reportAt(snapshot, locating, 'lock-type', 'tarball is not a text')
  if (tarball.startsWith('file:')) return fromFile(tarball, digests, snapshot, locating)
  return fromUrl(tarball, { registry, digests }, snapshot, locating)
}

function ofType(type: Json, resolution: JsonObject, snapshot: Snapshot, locating: Locating): Source | undefined {
  const { directory, repo, commit, path } = resolution
  if (type === 'directory' && typeof directory === 'string') return fromDirectory(directory, snapshot, locating)
  if (type === 'git' && typeof repo === 'string' && typeof commit === 'string') {
    return fromGit(repo, { commit, path }, snapshot, locating)
  }
  const message = `${shown(snapshot.key)} comes from ${shown(typeof type === 'string' ? type : 'elsewhere')}, which is not supported`
  const hint = 'depend on an archive, a git commit or a directory instead'
  return reportAt(snapshot, locating, 'source-unsupported', message, hint)
}

function readDigests({ integrity }: JsonObject, snapshot: Snapshot, { report }: Locating): readonly Digest[] {
  if (integrity === undefined) return []
  try {
    return parseSri(typeof integrity === 'string' ? integrity : '')
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const where = whereOf(snapshot, 'resolution', 'integrity')
    for (const problem of error.problems) report({ ...problem, where, hint: RELOCK })
    return []
  }
}

function fromUrl(
  text: string,
  { registry, digests }: { readonly registry: string; readonly digests: readonly Digest[] },
  snapshot: Snapshot,
  locating: Locating,
): Source | undefined {
  if (PLAIN_URL.test(text)) return { kind: 'archive', urls: [text], digests }
  if (/[\u0000-\u0020\u007f-\u009f"<>\\^`{|}]/.test(text)) {
    return reportAt(snapshot, locating, 'url-invalid', `${shown(text)} holds characters that no URL may hold`)
  }
  // pnpm writes URLs of the registry without its address.
  if (!URL.canParse(text, registry)) return reportAt(snapshot, locating, 'url-invalid', `${shown(text)} is not a URL`)
  const url = new URL(text, registry)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return reportAt(snapshot, locating, 'url-invalid', `${shown(text)} is neither https nor http`)
  }
  if (url.username !== '' || url.password !== '') return reportCredentials(snapshot, locating)
  url.hash = ''
  return { kind: 'archive', urls: [url.toString()], digests }
}

/** Nearly every URL: nothing in it that only a real parser could judge. */
const PLAIN_URL = /^https?:\/\/[a-z0-9][a-z0-9.-]*(?::\d{1,5})?\/[A-Za-z0-9@%._~!$&'()*+,;=:/-]*$/

interface Commit {
  readonly commit: string
  readonly path: Json | undefined
}

function fromGit(repo: string, { commit, path }: Commit, snapshot: Snapshot, locating: Locating): Source | undefined {
  const address = /^(?:https?|file):/i.test(repo) ? `git+${repo}` : repo
  const git = findGitSpec(`${address}#${commit}`)
  if (git === undefined) return reportAt(snapshot, locating, 'url-invalid', `${shown(repo)} is not a repository`)
  if (git.hasCredentials) return reportCredentials(snapshot, locating)
  if (/^file:/i.test(git.url)) {
    const message = `${shown(repo)} is a repository on one machine`
    return reportAt(snapshot, locating, 'source-unsupported', message, 'use a URL that other machines can reach')
  }
  if (git.rev === undefined) {
    return reportAt(snapshot, locating, 'url-invalid', `${shown(commit)} is not a full commit`)
  }
  const subdir = typeof path === 'string' ? plainPath(path.replace(/^\/+/, '')) : undefined
  const fault = subdir === undefined ? undefined : pathFault(subdir)
  if (fault !== undefined) return reportAt(snapshot, locating, fault.code, `${fault.message}: ${shown(String(path))}`)
  return { kind: 'git', url: git.url, rev: git.rev, ...(subdir === undefined || subdir === '' ? {} : { subdir }) }
}

function fromFile(
  text: string,
  digests: readonly Digest[],
  snapshot: Snapshot,
  locating: Locating,
): Source | undefined {
  const path = plainPath(text.slice('file:'.length))
  const fault = nearPathFault(path, locating.reach)
  if (fault === undefined) return { kind: 'local', form: 'archive', path, digests }
  const hint = fault.hint ?? 'keep the archive inside the project'
  return reportAt(snapshot, locating, fault.code, `${fault.message}: ${shown(text)}`, hint)
}

function fromDirectory(text: string, snapshot: Snapshot, locating: Locating): Source | undefined {
  const path = plainPath(text)
  const fault = path === '' ? undefined : nearPathFault(path, locating.reach)
  if (fault === undefined) return { kind: 'local', form: 'directory', path, digests: [] }
  const hint = fault.hint ?? 'keep the directory inside the project'
  return reportAt(snapshot, locating, fault.code, `${fault.message}: ${shown(text)}`, hint)
}

function reportCredentials(snapshot: Snapshot, locating: Locating): undefined {
  const message = 'a URL carries credentials, and would take them into files that are committed'
  const hint = 'put the token into your own .npmrc, and run pnpm install'
  return reportAt(snapshot, locating, 'url-credentials', message, hint)
}

function reportAt(snapshot: Snapshot, { report }: Locating, code: Code, message: string, hint = RELOCK): undefined {
  report({ code, message, where: whereOf(snapshot, 'resolution'), hint })
  return undefined
}
