/**
 * Where a lock file says that bytes are: URLs of archives, git repositories, paths in the project, names and hashes of files. All of
 * it is other people's text, so each is checked here before it becomes a source; a fault is reported and gives undefined.
 */
import { parseDigest } from '../../../src/digest/spelling.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { GitSource } from '../../../src/model/source.ts'
import { ProblemError, shown, type Code } from '../../../src/problem.ts'
import type { Fields } from '../../../src/text/fields.ts'

/** Collects a fault at the place that is being read. */
export type Report = (code: Code, message: string, hint?: string) => undefined

/** A file of a distribution: a wheel or a source archive. No separator, no control character, nothing hidden. */
export function isFileName(name: string): boolean {
  return FILE_NAME.test(name) && name.length <= 255
}

const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.!+~-]*\.(?:whl|tar\.gz|tgz|zip|tar\.bz2|tar\.xz|tar|egg)$/

/** `sha256:<hex>`, and `<hex>` where the algorithm is known. */
export function readDigest(text: string, report: Report, algorithm?: 'sha256'): Digest | undefined {
  // Nearly every hash of a lock file.
  if (SHA256.test(text)) return { algorithm: 'sha256', hex: text.slice('sha256:'.length) }
  try {
    if (algorithm === undefined && !/^[a-z0-9]+:[0-9a-fA-F]+$/.test(text)) {
      return report('integrity-invalid', `${shown(text)} is not a hash such as "sha256:…" in hexadecimal`, RELOCK)
    }
    return parseDigest(text.toLowerCase(), algorithm)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const [{ message }] = error.problems
    return report('integrity-invalid', message, RELOCK)
  }
}

const SHA256 = /^sha256:[0-9a-f]{64}$/

export const RELOCK = 'let your package manager lock it again'
const OWN_CREDENTIALS = 'remove them from the URL, put them into your ~/.netrc, and lock again'

export interface ArchiveUrl {
  readonly url: string
  /** Last segment of the path, without escapes. */
  readonly fileName: string
  /** `sha256=…`, `subdirectory=…` behind `#`. */
  readonly fragment: URLSearchParams
}

/** An http(s) URL of a file, without credentials and fragment. */
export function readArchiveUrl(text: string, report: Report): ArchiveUrl | undefined {
  if (PLAIN.test(text)) return { url: text, fileName: text.slice(text.lastIndexOf('/') + 1), fragment: NO_FRAGMENT }
  const url = checkHttp(text, report)
  if (url === undefined) return undefined
  const hash = text.indexOf('#')
  const fileName = lastSegment(url.pathname)
  if (fileName === undefined) return report('url-invalid', `${shown(text)} holds an escape that stands for nothing`)
  return {
    url: hash === -1 ? text : text.slice(0, hash),
    fileName,
    fragment: hash === -1 ? NO_FRAGMENT : new URLSearchParams(text.slice(hash + 1)),
  }
}

const NO_FRAGMENT = new URLSearchParams()

/** A URL of which nothing needs to be checked or decoded: as nearly every file of an index has one, and lock files have thousands. */
const PLAIN = /^https:\/\/(?:(?!xn--)[a-z][a-z0-9-]*\.)+[a-z]+(?:\/[A-Za-z0-9_-][\w.+!~-]*)+$/

/** The URL of an index, or of another page: http(s), without credentials. */
export function readIndexUrl(text: string, report: Report): string | undefined {
  return checkHttp(text, report) === undefined ? undefined : text.replace(/#.*$/s, '')
}

function checkHttp(text: string, report: Report): URL | undefined {
  if (/[\u0000-\u0020\u007f-\u009f"<>\\^`{|}]/.test(text)) {
    return report('url-invalid', `${shown(text)} holds characters that no URL may hold`)
  }
  if (/^file:/i.test(text)) {
    return report('source-unsupported', `${shown(text)} is a file of one machine`, 'use a path inside the project')
  }
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return report('url-invalid', `${shown(text)} is not an http or https URL`)
  }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    return report(
      'url-credentials',
      'a URL carries credentials, and would take them into files that are committed',
      OWN_CREDENTIALS,
    )
  }
  return url
}

function lastSegment(path: string): string | undefined {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))
  } catch {
    return undefined
  }
}

export interface GitLocation {
  /** `https://…`, `ssh://…`, `git@host:path`, with or without `git+`. */
  readonly url: string
  readonly rev: string | undefined
  readonly subdir?: string | undefined
}

export function readGit({ url: written, rev, subdir }: GitLocation, report: Report): GitSource | undefined {
  const url = written.replace(/^git\+/, '')
  if (/[\u0000-\u0020\u007f-\u009f"<>\\^`{|}]/.test(url)) {
    return report('url-invalid', `${shown(written)} holds characters that no URL may hold`)
  }
  if (/^(?:https?|git):\/\/[^/]*@/i.test(url) || /^ssh:\/\/[^/@]*:[^/@]*@/i.test(url)) {
    return report(
      'url-credentials',
      'a URL carries credentials, and would take them into files that are committed',
      OWN_CREDENTIALS,
    )
  }
  if (!/^(?:(?:https?|git|ssh):\/\/[^/]|[A-Za-z0-9][\w.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^/])/i.test(url)) {
    return report(
      'source-unsupported',
      `${shown(written)} is no repository that other machines can reach`,
      'use an https or ssh URL',
    )
  }
  if (rev === undefined || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(rev)) {
    return report('url-invalid', `${shown(rev ?? '')} is not a full git commit`, RELOCK)
  }
  const inside = subdir === undefined ? undefined : readPath(subdir, report)
  if (subdir !== undefined && inside === undefined) return undefined
  return { kind: 'git', url, rev, ...(inside === undefined || inside === '' ? {} : { subdir: inside }) }
}

/** A path as the lock file writes it, relative to `base` → project-relative and plain; '' is the project itself. */
export function readPath(text: string, report: Report, base = ''): string | undefined {
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) {
    return report('text-invalid', `${shown(text)} holds control characters`)
  }
  if (text.includes('\\')) return report('path-escapes', `${shown(text)} holds a backslash`)
  if (/^(?:[A-Za-z]:|\/|~|file:)/.test(text)) {
    return report('path-escapes', `${shown(text)} is not relative to the project`, INSIDE)
  }
  const path = plainPath(base === '' ? text : `${base}/${text}`)
  if (path === '..' || path.startsWith('../')) {
    return report('path-escapes', `${shown(text)} leaves the project directory`, INSIDE)
  }
  if (path.toLowerCase().split('/').includes('.git')) return report('path-escapes', `${shown(text)} leads into .git`)
  return path
}

const INSIDE = 'move what is needed below the directory of the lock file, or lock both as one workspace'

function plainPath(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else kept.push(segment)
  }
  return kept.join('/')
}

/** A table of hashes, `{ sha256 = "…" }`. Algorithms that nothing here can check are left out. */
export function readHashes(table: Fields | undefined): readonly Digest[] {
  const digests: Digest[] = []
  table?.forEachText((algorithm, hex) => {
    if (!/^(?:md5|sha1|sha256|sha384|sha512)$/.test(algorithm)) return
    const report: Report = (code, message, hint) => {
      table.addProblem(code, message, { key: algorithm, ...(hint === undefined ? {} : { hint }) })
      return undefined
    }
    const digest = readDigest(`${algorithm}:${hex}`, report)
    if (digest !== undefined) digests.push(digest)
  })
  return digests
}
