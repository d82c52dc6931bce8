/**
 * Where the bytes of an entry come from. Yarn's lock file holds no digest of an archive, only of the cache file that Yarn makes of
 * it: that is the claim, which a pin is tied to and which the build verifies. What the project itself holds, or Yarn makes of other
 * packages (`patch:`), has no source; it may have files.
 */
import type { Source } from '../../../../src/model/source.ts'
import { shown } from '../../../../src/problem.ts'
import type { Code, Problem } from '../../../../src/problem.ts'
import { findGitSpec } from '../../git-spec.ts'
import { isVersion } from '../../package-name.ts'
import { getRegistry, replaceRegistry, tarballUrl } from '../../registry.ts'
import type { Registries } from '../../registry.ts'
import { pathFault } from '../install-path.ts'
import { plainPath } from '../../../../src/text/locations.ts'
import type { BerryEntry } from './entries.ts'
import { parseIdent, parseRange } from './locator.ts'

export type BerrySource =
  | { readonly kind: 'fetched'; readonly source: Source }
  /** A member of the workspace, or a directory that is linked; '' is the project. `outside`: of no concern to an install. */
  | { readonly kind: 'directory'; readonly path: string; readonly isMember: boolean; readonly isPackage: boolean }
  /** Yarn makes it: of `base` (a resolution), with the help of `files`. */
  | {
      readonly kind: 'made'
      readonly base?: string | undefined
      readonly files: readonly string[]
      readonly directory?: string
    }

export interface BerryLocating {
  readonly registries: Registries
  readonly report: (problem: Problem) => void
}

/** Reports and gives undefined when there is none. */
export function locateBerry(entry: BerryEntry, locating: BerryLocating): BerrySource | undefined {
  const { protocol } = entry.range
  switch (protocol) {
    case 'npm:':
      return fromRegistry(entry, locating)
    case 'workspace:':
      return fromDirectory(entry, entry.range.selector, locating, { isMember: true, isPackage: true })
    case 'portal:':
    case 'link:':
      return fromLink(entry, locating, protocol === 'portal:')
    case 'file:':
      return fromFile(entry, locating)
    case 'patch:':
      return fromPatch(entry, locating)
  }
  if (/(?:^|&)commit=/.test(entry.range.selector)) return fromGit(entry, locating)
  if (protocol === 'https:' || protocol === 'http:') return fromUrl(entry, entry.ident.range, locating)
  const message = `${shown(entry.resolution)} comes by ${protocol === undefined ? 'no protocol' : `the protocol ${shown(protocol)}`}, which is not supported`
  return reportAt(entry, locating, 'source-unsupported', message, 'depend on a published version, and run yarn install')
}

function fromRegistry(entry: BerryEntry, locating: BerryLocating): BerrySource | undefined {
  const { selector, parameters } = entry.range
  const url = parameters.get('__archiveUrl')
  if (url !== undefined) return fromUrl(entry, url, locating)
  if (!isVersion(selector)) {
    return reportAt(entry, locating, 'name-invalid', `${shown(entry.resolution)} does not end with a version`)
  }
  const { name } = entry.ident
  return fetched(entry, tarballUrl(getRegistry(locating.registries, name), name, selector))
}

function fetched(entry: BerryEntry, url: string): BerrySource {
  const { checksum } = entry
  const claim = checksum === undefined ? '' : `${checksum.cacheKey}/${checksum.hex}`
  // Yarn writes no checksum of packages that are for some systems only: that says nothing of the one who wrote it.
  const isExpected = checksum !== undefined || entry.when !== undefined
  return { kind: 'fetched', source: { kind: 'archive', urls: [url], digests: [], ...(isExpected ? { claim } : {}) } }
}

function fromUrl(entry: BerryEntry, text: string, locating: BerryLocating): BerrySource | undefined {
  const address = text.replace(/#.*$/s, '').replace(/::.*$/s, '')
  if (!URL.canParse(address) || !/^https?:\/\/[^\s"<>\\^`{|}]+$/i.test(address)) {
    return reportAt(entry, locating, 'url-invalid', `${shown(address)} is not an https URL`)
  }
  const { username, password } = new URL(address)
  if (username !== '' || password !== '') return reportCredentials(entry, locating)
  return fetched(entry, replaceRegistry(locating.registries, address))
}

function fromGit(entry: BerryEntry, locating: BerryLocating): BerrySource | undefined {
  const { range } = entry.ident
  const address = range.slice(0, range.indexOf('#'))
  const fragment = new URLSearchParams(entry.range.selector)
  const commit = fragment.get('commit') ?? ''
  const git = findGitSpec(`${/^https?:/i.test(address) ? `git+${address}` : address}#${commit}`)
  if (git === undefined)
    return reportAt(entry, locating, 'url-invalid', `${shown(range)} is not the address of a repository`)
  if (git.hasCredentials) return reportCredentials(entry, locating)
  if (/^file:/i.test(git.url)) {
    const message = `${shown(git.url)} is a repository on one machine`
    return reportAt(entry, locating, 'source-unsupported', message, 'use a URL that other machines can reach')
  }
  if (git.rev === undefined) {
    return reportAt(entry, locating, 'url-invalid', `${shown(range)} names no full commit`)
  }
  if (fragment.has('workspace')) {
    const message = `${shown(entry.resolution)} is one workspace of a repository`
    return reportAt(
      entry,
      locating,
      'source-unsupported',
      message,
      'say where it is: &cwd=<directory> instead of &workspace=<name>',
    )
  }
  const subdir = fragment.get('cwd') ?? undefined
  const fault = subdir === undefined ? undefined : pathFault(plainPath(subdir))
  if (fault !== undefined) return reportAt(entry, locating, fault.code, `${fault.message}: ${shown(subdir ?? '')}`)
  const inside = subdir === undefined ? {} : { subdir: plainPath(subdir) }
  return { kind: 'fetched', source: { kind: 'git', url: git.url, rev: git.rev, ...inside } }
}

interface DirectoryKind {
  readonly isMember: boolean
  readonly isPackage: boolean
}

function fromDirectory(
  entry: BerryEntry,
  text: string,
  locating: BerryLocating,
  kind: DirectoryKind,
): BerrySource | undefined {
  const path = plainPath(text)
  const fault = path === '' ? undefined : pathFault(path)
  if (fault === undefined) return { kind: 'directory', path, ...kind }
  const hint = fault.hint ?? 'keep linked packages inside the project'
  return reportAt(entry, locating, fault.code, `${fault.message}: ${shown(entry.resolution)}`, hint)
}

/** A portal is a package, with dependencies of its own; a link is only a directory. */
function fromLink(entry: BerryEntry, locating: BerryLocating, isPackage: boolean): BerrySource | undefined {
  const path = fromParent(entry, entry.range.selector)
  return fromDirectory(entry, path, locating, { isMember: false, isPackage })
}

function fromFile(entry: BerryEntry, locating: BerryLocating): BerrySource | undefined {
  const path = plainPath(fromParent(entry, entry.range.source ?? entry.range.selector))
  const fault = pathFault(path)
  if (fault === undefined && /\.(?:tgz|tar\.gz|tar)$/i.test(path)) return { kind: 'made', files: [path] }
  if (fault === undefined) return { kind: 'made', files: [], directory: path }
  const hint = 'keep the package inside the project'
  return reportAt(entry, locating, fault.code, `${fault.message}: ${shown(entry.resolution)}`, hint)
}

/** `patch:<descriptor>#<file>&<file>`; files of yarn's own are called `~builtin<…>` or `optional!builtin<…>`. */
function fromPatch(entry: BerryEntry, locating: BerryLocating): BerrySource | undefined {
  const { source, selector } = entry.range
  const files: string[] = []
  for (const part of selector.split('&')) {
    const text = part.replace(/^(?:optional!|~(?=builtin<))+/, '')
    if (text.startsWith('builtin<')) continue
    const path = plainPath(text.startsWith('~/') ? text.slice(2) : fromParent(entry, text))
    const fault = pathFault(path)
    if (fault !== undefined) {
      const hint = 'keep patches inside the project'
      return reportAt(entry, locating, fault.code, `${fault.message}: the patch ${shown(part)}`, hint)
    }
    files.push(path)
  }
  return { kind: 'made', base: source, files }
}

/** Paths are relative to the package that asks, which `locator` names: a member of the workspace, or a directory. */
function fromParent({ range }: BerryEntry, path: string): string {
  const parent = parseIdent(range.parameters.get('locator') ?? '')?.range ?? 'workspace:.'
  const { protocol, selector } = parseRange(parent)
  const isInside = protocol === 'workspace:' || protocol === 'portal:' || protocol === 'link:'
  return path.startsWith('/') || !isInside ? path : `${selector}/${path}`
}

const RELOCK = 'remove the entry and run yarn install, which writes it anew'

function reportCredentials(entry: BerryEntry, locating: BerryLocating): undefined {
  const message = 'a URL carries credentials, and would take them into files that are committed'
  const hint = 'put the token into ~/.yarnrc.yml, and run yarn install'
  return reportAt(entry, locating, 'url-credentials', message, hint)
}

function reportAt(entry: BerryEntry, { report }: BerryLocating, code: Code, message: string, hint = RELOCK): undefined {
  report({ code, message, where: entry.fields.where('resolution'), hint })
  return undefined
}
