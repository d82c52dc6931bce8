/**
 * Where the bytes of an entry come from: `resolved` with its `#sha1` or `#commit`, and `integrity`. yarn writes whole URLs, git's in
 * several spellings, and paths for archives inside the project.
 */
import { parseSri, isStrong } from '../../../../src/digest/sri.ts'
import type { Digest } from '../../../../src/model/digest.ts'
import type { NonEmpty, Source } from '../../../../src/model/source.ts'
import { ProblemError, shown } from '../../../../src/problem.ts'
import type { Code, Problem } from '../../../../src/problem.ts'
import { findGitSpec } from '../../git-spec.ts'
import { getRegistry, replaceRegistry, tarballUrl } from '../../registry.ts'
import type { Registries } from '../../registry.ts'
import { nearPathFault } from '../install-path.ts'
import { plainPath } from '../../../../src/text/locations.ts'
import type { YarnEntry } from './yarn-entry.ts'

export interface Locating {
  readonly registries: Registries
  readonly report: (problem: Problem) => void
  /** See ProjectFiles. */
  readonly reach: number | undefined
}

const RELOCK = 'remove the entry and run yarn install, which writes it anew'

/** `name` is the package's own. Reports and gives undefined when there is none. */
export function locateYarn(entry: YarnEntry, name: string, locating: Locating): Source | undefined {
  const { resolved } = entry
  if (resolved === undefined || resolved === '') return fromRegistry(entry, name, locating)
  const hash = resolved.indexOf('#')
  const address = hash === -1 ? resolved : resolved.slice(0, hash)
  const fragment = hash === -1 ? '' : resolved.slice(hash + 1)
  // Nearly every entry.
  if (address.endsWith('.tgz') && PLAIN_URL.test(address)) return fromPlainUrl(address, fragment, entry, locating)
  if (/[\u0000-\u0020\u007f-\u009f"<>\\^`{|}]/.test(resolved)) {
    return reportAt(entry, locating, 'url-invalid', `${shown(resolved)} holds characters that no URL may hold`)
  }
  const git = findGit(resolved)
  if (git !== undefined) return fromGit(git, entry, locating)
  if (/^https?:/i.test(address)) return fromUrl(address, fragment, entry, locating)
  if (/^[a-z][a-z0-9+.-]*:/i.test(address) && !/^file:/i.test(address)) {
    return reportAt(
      entry,
      locating,
      'url-invalid',
      `${shown(resolved)} is neither an https URL nor a git commit nor a file`,
    )
  }
  const path = address.replace(/^file:/i, '')
  // What an offline mirror of yarn's was filled from: the file name alone. The registry has it, too.
  if (!path.includes('/') && !isFilePattern(entry)) return fromRegistry(entry, name, locating, fragment)
  return fromFile(path, fragment, entry, locating)
}

function isFilePattern({ patterns }: YarnEntry): boolean {
  return patterns.some((pattern) => /@(?:file:|\.{1,2}\/|\/)/.test(pattern) || !pattern.includes('@', 1))
}

type GitSpec = NonNullable<ReturnType<typeof findGitSpec>>

/** yarn takes any `https://….git` for a repository. */
function findGit(resolved: string): GitSpec | undefined {
  return findGitSpec(/^https?:.+\.git(?:#|$)/i.test(resolved) ? `git+${resolved}` : resolved)
}

function readDigests(entry: YarnEntry, fragment: string, { report }: Locating): readonly Digest[] {
  const digests = readIntegrity(entry, report)
  if (digests.some((digest) => isStrong(digest) || digest.algorithm === 'sha1')) return digests
  if (!/^[0-9a-f]{40}$/i.test(fragment)) return digests
  return [...digests, { algorithm: 'sha1', hex: fragment.toLowerCase() }]
}

function readIntegrity(entry: YarnEntry, report: Locating['report']): readonly Digest[] {
  if (entry.integrity === undefined) return []
  try {
    return parseSri(entry.integrity)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    for (const problem of error.problems) report({ ...problem, where: entry.whereOf('integrity'), hint: RELOCK })
    return []
  }
}

function fromRegistry(entry: YarnEntry, name: string, locating: Locating, fragment = ''): Source {
  const url = tarballUrl(getRegistry(locating.registries, name), name, entry.version ?? '')
  return { kind: 'archive', urls: [url], digests: readDigests(entry, fragment, locating) }
}

function fromUrl(address: string, fragment: string, entry: YarnEntry, locating: Locating): Source | undefined {
  if (!PLAIN_URL.test(address)) {
    if (!URL.canParse(address)) return reportAt(entry, locating, 'url-invalid', `${shown(address)} is not a URL`)
    const { username, password } = new URL(address)
    if (username !== '' || password !== '') return reportCredentials(entry, locating)
  }
  return fromPlainUrl(address, fragment, entry, locating)
}

function fromPlainUrl(address: string, fragment: string, entry: YarnEntry, locating: Locating): Source {
  const urls: NonEmpty<string> = [replaceRegistry(locating.registries, address)]
  return { kind: 'archive', urls, digests: readDigests(entry, fragment, locating) }
}

/** Nearly every URL: nothing in it that only a real parser could judge. */
const PLAIN_URL = /^https?:\/\/[a-z0-9][a-z0-9.-]*(?::\d{1,5})?\/[A-Za-z0-9@%._~!$&'()*+,;=:/-]*$/

function fromGit(git: GitSpec, entry: YarnEntry, locating: Locating): Source | undefined {
  if (git.hasCredentials) return reportCredentials(entry, locating)
  if (/^file:/i.test(git.url)) {
    const message = `${shown(git.url)} is a repository on one machine`
    return reportAt(entry, locating, 'source-unsupported', message, 'use a URL that other machines can reach')
  }
  if (git.rev === undefined) {
    return reportAt(entry, locating, 'url-invalid', `${shown(entry.resolved ?? '')} names no full commit after #`)
  }
  return { kind: 'git', url: git.url, rev: git.rev }
}

function fromFile(text: string, fragment: string, entry: YarnEntry, locating: Locating): Source | undefined {
  const path = plainPath(text)
  const fault = nearPathFault(path, locating.reach)
  if (fault !== undefined) {
    const message = `${fault.message}: ${shown(text)}`
    const hint = fault.hint ?? 'keep the archive inside the project, and run yarn install'
    return reportAt(entry, locating, fault.code, message, hint)
  }
  return { kind: 'local', form: 'archive', path, digests: readDigests(entry, fragment, locating) }
}

function reportCredentials(entry: YarnEntry, locating: Locating): undefined {
  const message = 'a URL carries credentials, and would take them into files that are committed'
  const hint = 'put the token into your own .npmrc, and run yarn install'
  return reportAt(entry, locating, 'url-credentials', message, hint)
}

function reportAt(entry: YarnEntry, { report }: Locating, code: Code, message: string, hint = RELOCK): undefined {
  report({ code, message, where: entry.whereOf('resolved'), hint })
  return undefined
}
