/**
 * An index's page of one project: which files it has (https://packaging.python.org/en/latest/specifications/simple-repository-api/,
 * PEP 503, 592, 629, 691, 700). JSON is asked for, HTML taken. What a page says is not believed: a file counts by its digest.
 */
import type { Digest } from '../../src/model/digest.ts'
import type { Web, WebText } from '../../src/model/world.ts'
import { fail, shown } from '../../src/problem.ts'
import { linksOf, type Link } from './index-links.ts'

export interface IndexFile {
  readonly filename: string
  /** Absolute, http or https, without user, password and fragment. */
  readonly url: string
  readonly digests: readonly Digest[]
  /** PEP 440 specifier, as the page has it. */
  readonly requiresPython?: string | undefined
  readonly yanked: boolean
}

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json'
const ACCEPT = `${JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`

/** `name`: normalised. Files in the page's order. Throws what the web throws, and `network` for what is no page of an index. */
export async function fetchIndexPage(web: Web, index: string, name: string): Promise<readonly IndexFile[]> {
  return readIndexPage(await web.fetchText(`${index.replace(/\/*$/, '/')}${name}/`, ACCEPT))
}

export function readIndexPage(page: WebText): readonly IndexFile[] {
  return page.type.endsWith('json') ? readJsonPage(page) : readHtmlPage(page)
}

function readJsonPage({ text, url }: WebText): readonly IndexFile[] {
  const page = parse(text, url)
  const meta = isRecord(page) ? page['meta'] : undefined
  const version = isRecord(meta) ? meta['api-version'] : undefined
  if (typeof version === 'string') checkVersion(version, url)
  const files = isRecord(page) ? page['files'] : undefined
  if (!Array.isArray(files)) return failPage(url, 'it has no list of files')
  return files.flatMap((file: unknown) => readJsonFile(file, url) ?? [])
}

function readJsonFile(file: unknown, base: string): IndexFile | undefined {
  if (!isRecord(file)) return undefined
  const { filename, url: href, hashes } = file
  if (typeof filename !== 'string' || typeof href !== 'string') return undefined
  const url = findUrl(href, base)
  if (url === undefined) return undefined
  const required = file['requires-python']
  return {
    filename,
    url,
    digests: isRecord(hashes) ? Object.entries(hashes).flatMap(([name, hex]) => findDigest(name, hex) ?? []) : [],
    requiresPython: typeof required === 'string' && required !== '' ? required : undefined,
    yanked: typeof file['yanked'] === 'string' || file['yanked'] === true,
  }
}

function readHtmlPage({ text, url }: WebText): readonly IndexFile[] {
  const { base, version, links } = linksOf(text)
  if (version !== undefined) checkVersion(version, url)
  const from = base !== undefined && URL.canParse(base, url) ? new URL(base, url).href : url
  return links.flatMap((link) => readLink(link, from) ?? [])
}

/** The file's name is the end of its path, as pip has it; the text of a link is for people. */
function readLink({ href, requiresPython, yanked }: Link, base: string): IndexFile | undefined {
  const url = findUrl(href, base)
  if (url === undefined) return undefined
  const { pathname } = new URL(url)
  const filename = decode(pathname.slice(pathname.lastIndexOf('/') + 1))
  if (filename === undefined || filename === '') return undefined
  const [, name, hex] = /#(?:[^]*&)?(md5|sha1|sha256|sha384|sha512)=([0-9A-Fa-f]+)/.exec(href) ?? []
  const digest = name === undefined ? undefined : findDigest(name, hex?.toLowerCase())
  return { filename, url, digests: digest === undefined ? [] : [digest], requiresPython, yanked }
}

function findUrl(href: string, base: string): string | undefined {
  const url = URL.canParse(href, base) ? new URL(href, base) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined
  url.username = ''
  url.password = ''
  url.hash = ''
  return url.href
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const lengths: ReadonlyMap<string, number> = new Map([
  ['md5', 32],
  ['sha1', 40],
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
])

function findDigest(name: string, hex: unknown): Digest | undefined {
  if (typeof hex !== 'string' || hex.length !== lengths.get(name) || !/^[0-9a-f]*$/.test(hex)) return undefined
  switch (name) {
    case 'md5':
    case 'sha1':
    case 'sha256':
    case 'sha384':
    case 'sha512':
      return { algorithm: name, hex }
  }
  return undefined
}

/** PEP 629: another major version may mean anything. */
function checkVersion(version: string, url: string): void {
  if (!/^1\.\d+$/.test(version)) failPage(url, `it has version ${shown(version)} of the protocol, and 1.x is read`)
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return failPage(url, 'it is not JSON')
  }
}

function failPage(url: string, what: string): never {
  return fail({
    code: 'network',
    message: `the page ${shown(url.replace(/[?#][^]*$/, ''))} of the index cannot be read: ${what}`,
    hint: 'check that the URL of the index is the one of its “simple” pages',
  })
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
