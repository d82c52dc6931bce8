/** Where the bytes of an entry come from: npm's `resolved` and `integrity`, or the registry's rule where `resolved` is left out. */
import { parseSri } from '../../../src/digest/sri.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { Source } from '../../../src/model/source.ts'
import { ProblemError, shown } from '../../../src/problem.ts'
import type { Code, Problem, Where } from '../../../src/problem.ts'
import { findGitSpec } from '../git-spec.ts'
import { getRegistry, replaceRegistry, tarballUrl } from '../registry.ts'
import type { Registries } from '../registry.ts'
import type { Entry } from './entry.ts'
import { nearPathFault, pathFault } from './install-path.ts'
import { plainPath } from '../../../src/text/locations.ts'

export interface Located {
  readonly source: Source
  /** npm's own spelling of where it comes from, when it is not the source's URL. */
  readonly resolved?: string | undefined
}

export interface Locating {
  readonly registries: Registries
  readonly report: (problem: Problem) => void
  /** See ProjectFiles. */
  readonly reach?: number | undefined
  /** Where another format than npm's has a field of an entry, and the command that writes its lock file anew. */
  readonly format?: LocatingFormat | undefined
}

export interface LocatingFormat {
  /** For example `bun install`. */
  readonly command: string
  /** The end of a field's key, for example `[3]`. */
  readonly keyOf: (field: LocatedField, entry: Entry) => string
}

export type LocatedField = 'resolved' | 'integrity'

/** Finds the source of a package entry; `name` is the package's own name. Reports and gives undefined when there is none. */
export function locate(entry: Entry, name: string, locating: Locating): Located | undefined {
  const { resolved } = entry
  const digests = readDigests(entry, locating)
  // Nearly every entry: an archive, whose URL no git spelling resembles.
  if (resolved?.endsWith('.tgz') && PLAIN_URL.test(resolved)) return fromPlainUrl(resolved, locating, digests)
  if (resolved === undefined) return fromRegistry(entry, name, locating, digests)
  if (resolved.startsWith('file:')) return fromFile(entry, resolved.slice('file:'.length), locating, digests)
  if (/[\u0000-\u0020\u007f-\u009f"<>\\^`{|}]/.test(resolved)) {
    return reportAt(entry, locating, 'url-invalid', `${shown(resolved)} holds characters that no URL may hold`)
  }
  const git = findGitSpec(resolved)
  if (git !== undefined) return fromGit(entry, git, locating)
  return fromUrl(entry, resolved, locating, digests)
}

function readDigests(entry: Entry, locating: Locating): readonly Digest[] {
  const { report } = locating
  if (entry.integrity === undefined) return []
  try {
    return parseSri(entry.integrity)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    for (const problem of error.problems) {
      report({ hint: relock(locating), ...problem, where: field(entry, 'integrity', locating) })
    }
    return []
  }
}

function fromRegistry(entry: Entry, name: string, locating: Locating, digests: readonly Digest[]): Located | undefined {
  if (entry.version === undefined) {
    const message = `${shown(entry.path)} has neither a URL nor a version`
    return reportAt(entry, locating, 'source-missing', message)
  }
  const url = tarballUrl(getRegistry(locating.registries, name), name, entry.version)
  return { source: { kind: 'archive', urls: [url], digests } }
}

function fromFile(entry: Entry, text: string, locating: Locating, digests: readonly Digest[]): Located | undefined {
  const path = plainPath(text)
  const isArchive = /\.(?:tgz|tar\.gz|tar)$/i.test(path)
  const fault = nearPathFault(path, locating.reach)
  if (fault !== undefined) {
    const hint = fault.hint ?? `keep the ${isArchive ? 'archive' : 'directory'} inside the project`
    return reportAt(entry, locating, fault.code, `${fault.message}: ${shown(text)}`, hint)
  }
  // npm's install-links: a packed copy, whose dependencies are locked.
  const source: Source = isArchive
    ? { kind: 'local', form: 'archive', path, digests }
    : { kind: 'local', form: 'directory', path, digests: [] }
  return { source, resolved: `file:${text}` }
}

function fromGit(
  entry: Entry,
  git: NonNullable<ReturnType<typeof findGitSpec>>,
  locating: Locating,
): Located | undefined {
  if (git.hasCredentials) return reportCredentials(entry, locating)
  if (/^file:/i.test(git.url)) {
    const message = `${shown(git.url)} is a repository on one machine`
    return reportAt(entry, locating, 'source-unsupported', message, 'use a URL that other machines can reach')
  }
  if (git.rev === undefined) {
    return reportAt(entry, locating, 'url-invalid', `${shown(entry.resolved ?? '')} names no full commit after #`)
  }
  const fault = git.subdir === undefined ? undefined : pathFault(git.subdir)
  if (fault !== undefined) return reportAt(entry, locating, fault.code, `${fault.message}: ${shown(git.subdir ?? '')}`)
  const source: Source = {
    kind: 'git',
    url: git.url,
    rev: git.rev,
    ...(git.subdir === undefined ? {} : { subdir: git.subdir }),
  }
  return { source, resolved: git.canonical }
}

function fromUrl(entry: Entry, resolved: string, locating: Locating, digests: readonly Digest[]): Located | undefined {
  if (!PLAIN_URL.test(resolved)) {
    if (!URL.canParse(resolved) || !/^https?:\/\//i.test(resolved)) {
      return reportAt(entry, locating, 'url-invalid', `${shown(resolved)} is neither an https URL nor a git commit`)
    }
    const parsed = new URL(resolved)
    if (parsed.username !== '' || parsed.password !== '') return reportCredentials(entry, locating)
  }
  return fromPlainUrl(resolved, locating, digests)
}

function fromPlainUrl(resolved: string, locating: Locating, digests: readonly Digest[]): Located {
  const hash = resolved.indexOf('#')
  const url = replaceRegistry(locating.registries, hash === -1 ? resolved : resolved.slice(0, hash))
  const source: Source = { kind: 'archive', urls: [url], digests }
  return { source, resolved: url === resolved ? undefined : resolved }
}

/** Nearly every URL: nothing in it that only a real parser could judge. */
const PLAIN_URL = /^https?:\/\/[a-z0-9][a-z0-9.-]*(?::\d{1,5})?\/[A-Za-z0-9@%._~!$&'()*+,;=:/-]*$/

function relock({ format }: Locating): string {
  return `remove the entry and run ${commandOf(format)}, which writes it anew`
}

function commandOf(format: LocatingFormat | undefined): string {
  return format?.command ?? 'npm install'
}

function reportCredentials(entry: Entry, locating: Locating): undefined {
  const message = 'a URL carries credentials, and would take them into files that are committed'
  return reportAt(
    entry,
    locating,
    'url-credentials',
    message,
    `put the token into your own .npmrc, and run ${commandOf(locating.format)}`,
  )
}

function reportAt(entry: Entry, locating: Locating, code: Code, message: string, hint = relock(locating)): undefined {
  const where = entry.resolved === undefined ? entry.where : field(entry, 'resolved', locating)
  locating.report({ code, message, where, hint })
  return undefined
}

function field(entry: Entry, name: LocatedField, { format }: Locating): Where {
  const { file, key = '', line } = entry.where
  return { file, key: `${key}${format?.keyOf(name, entry) ?? `.${name}`}`, line }
}
