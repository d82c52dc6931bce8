/**
 * Where a lock file says that bytes are: URLs of archives, git repositories, paths in the project, names and hashes of files. All of
 * it is other people's text, so each is checked here before it becomes a source; a fault is reported and gives undefined.
 */
import { HexSha256 } from '../../../src/digest/hex-sha256.ts'
import { parseDigest } from '../../../src/digest/spelling.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { GitSource } from '../../../src/model/source.ts'
import { ProblemError, shown } from '../../../src/problem.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { readGitSource, readHttpUrl, RELOCK, type GitLocation, type Report } from '../../../src/text/locations.ts'

/** A file of a distribution: a wheel or a source archive. No separator, no control character, nothing hidden. */
export function isFileName(name: string): boolean {
  return FILE_NAME.test(name) && name.length <= 255
}

const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.!+~-]*\.(?:whl|tar\.gz|tgz|zip|tar\.bz2|tar\.xz|tar|egg)$/

/** `sha256:<hex>`, and `<hex>` where the algorithm is known. */
export function readDigest(text: string, report: Report, algorithm?: 'sha256'): Digest | undefined {
  const plain = findSha256(text)
  if (plain !== undefined) return plain
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

/** To count the digits by an expression takes twice as long. */
const SHA256 = /^sha256:[0-9a-f]+$/
const SHA256_LENGTH = 'sha256:'.length + 64

/** Nearly every hash of a lock file; undefined for others, right or wrong, and for what is no text. */
export function findSha256(text: unknown): Digest | undefined {
  if (typeof text !== 'string' || text.length !== SHA256_LENGTH || !SHA256.test(text)) return undefined
  return new HexSha256(text.slice('sha256:'.length))
}

export { readNearPath, readPath, RELOCK, type Report } from '../../../src/text/locations.ts'

const OWN_PLACE = '~/.netrc'

export function readGit(location: GitLocation, report: Report): GitSource | undefined {
  return readGitSource(location, report, OWN_PLACE)
}

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
  const url = readHttpUrl(text, report, OWN_PLACE)
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

/** The same of a whole wheel or tar.gz: what this says yes to, readArchiveUrl and isFileName have nothing to add to. */
const PLAIN_FILE =
  /^https:\/\/(?:(?!xn--)[a-z][a-z0-9-]*\.)+[a-z]+(?:\/[A-Za-z0-9_-][\w.+!~-]*)+(?<=\/[A-Za-z0-9_][^/]*\.(?:whl|tar\.gz))$/

/** Its name, if it is the URL of a file of a distribution and plain, as nearly all are; undefined for what is no text, too. */
export function findPlainFileName(url: unknown): string | undefined {
  if (typeof url !== 'string' || url.length > 2000 || !PLAIN_FILE.test(url)) return undefined
  const name = url.slice(url.lastIndexOf('/') + 1)
  // A pattern that counts takes several times as long.
  return name.length <= 200 ? name : undefined
}

/** The last segment of a URL or a path. Keys hold it, and nothing but a name may come out: the rest of a URL is anybody's text. */
export function fileNameOf(url: string): string {
  const isPlain = !url.includes('?') && !url.includes('#')
  const path = isPlain ? url : url.replace(/[?#][^]*$/, '')
  const written = path.slice(path.lastIndexOf('/') + 1)
  const segment = written.includes('%') ? decode(written) : written
  return segment === '' || segment.includes('/') ? 'source' : segment
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The URL of an index, or of another page: http(s), without credentials. */
export function readIndexUrl(text: string, report: Report): string | undefined {
  const known = rightIndexes.get(text)
  if (known !== undefined) return known
  if (readHttpUrl(text, report, OWN_PLACE) === undefined) return undefined
  const url = text.replace(/#.*$/s, '')
  rightIndexes.set(text, url)
  return url
}

/** As written → without its fragment. Every package of an index names it. */
const rightIndexes = new Map<string, string>()

function lastSegment(path: string): string | undefined {
  try {
    return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1))
  } catch {
    return undefined
  }
}

/** A table of hashes, `{ sha256 = "…" }`. Algorithms that nothing here can check are left out, where there is another one. */
export function readHashes(table: Fields | undefined): readonly Digest[] {
  const digests: Digest[] = []
  const isKnown = (algorithm: string) => /^(?:md5|sha1|sha256|sha384|sha512)$/.test(algorithm)
  const algorithms = table?.keys() ?? []
  if (algorithms.length > 0 && !algorithms.some(isKnown)) {
    table?.addProblem(
      'integrity-invalid',
      `nothing here can check ${algorithms.map((each) => shown(each)).join(', ')}`,
      {
        hint: RELOCK,
      },
    )
  }
  table?.forEachText((algorithm, hex) => {
    if (!isKnown(algorithm)) return
    const report: Report = (code, message, hint) => {
      table.addProblem(code, message, { key: algorithm, ...(hint === undefined ? {} : { hint }) })
      return undefined
    }
    const digest = readDigest(`${algorithm}:${hex}`, report)
    if (digest !== undefined) digests.push(digest)
  })
  return digests
}
