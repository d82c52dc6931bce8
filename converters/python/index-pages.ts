/**
 * An index's page of one project: which files it has (https://packaging.python.org/en/latest/specifications/simple-repository-api/,
 * PEP 503, 592, 629, 658, 691, 700, 714). JSON is asked for, HTML taken. What a page says is not believed: a file counts by its digest.
 */
import { isSameDigest } from '../../src/digest/sri.ts'
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
  /** The index has the wheel's metadata as a file of its own, `<url>.metadata` (PEP 658). */
  readonly hasMetadata: boolean
}

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json'
const ACCEPT = `${JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`

/** What a page says of a file, unread. */
interface Entry {
  readonly filename: string
  /** Of all algorithms. */
  hashes(): readonly unknown[]
  /** undefined: it cannot be fetched. */
  read(): IndexFile | undefined
}

/** A page has thousands of files, of which a lock file names a few: nothing is made of the others. Everything in the page's order. */
export class IndexPage {
  readonly #entries: readonly Entry[]
  #byName: Places<string> | undefined
  #byHash: Places<unknown> | undefined

  constructor(entries: readonly Entry[]) {
    this.#entries = entries
  }

  files(): readonly IndexFile[] {
    return this.#entries.flatMap((entry) => entry.read() ?? [])
  }

  named(filename: string): readonly IndexFile[] {
    this.#byName ??= findPlaces(this.#entries, (entry) => [entry.filename])
    return this.#at([this.#byName.get(filename) ?? []].flat())
  }

  /** Those with one of these digests. */
  withDigest(digests: readonly Digest[]): readonly IndexFile[] {
    const byHash = (this.#byHash ??= findPlaces(this.#entries, (entry) => entry.hashes()))
    const places = new Set(digests.flatMap(({ hex }) => byHash.get(hex) ?? []))
    return this.#at([...places].sort((a, b) => a - b)).filter((file) =>
      file.digests.some((one) => digests.some((other) => isSameDigest(one, other))),
    )
  }

  #at(places: readonly number[]): readonly IndexFile[] {
    return places.flatMap((place) => this.#entries[place]?.read() ?? [])
  }
}

/** Of entries, by what is looked for: nearly always one. */
type Places<K> = ReadonlyMap<K, number | readonly number[]>

function findPlaces<K>(entries: readonly Entry[], keysOf: (entry: Entry) => readonly K[]): Places<K> {
  const places = new Map<K, number | number[]>()
  for (const [place, entry] of entries.entries()) {
    for (const key of keysOf(entry)) {
      const before = places.get(key)
      if (Array.isArray(before)) before.push(place)
      else places.set(key, before === undefined ? place : [before, place])
    }
  }
  return places
}

/** `name`: normalised. Throws what the web throws, and `network` for what is no page of an index. */
export async function fetchIndexPage(web: Web, index: string, name: string): Promise<IndexPage> {
  return readIndexPage(await web.fetchText(`${index.replace(/\/*$/, '/')}${name}/`, ACCEPT))
}

export function readIndexPage(page: WebText): IndexPage {
  return new IndexPage(page.type.endsWith('json') ? readJsonPage(page) : readHtmlPage(page))
}

function readJsonPage({ text, url }: WebText): readonly Entry[] {
  const page = parse(text, url)
  const meta = isRecord(page) ? page['meta'] : undefined
  const version = isRecord(meta) ? meta['api-version'] : undefined
  if (typeof version === 'string') checkVersion(version, url)
  const files = isRecord(page) ? page['files'] : undefined
  if (!Array.isArray(files)) return failPage(url, 'it has no list of files')
  return files.flatMap((file: unknown) =>
    isRecord(file) && typeof file['filename'] === 'string' ? new JsonEntry(file['filename'], file, url) : [],
  )
}

class JsonEntry implements Entry {
  readonly filename: string
  readonly #file: JsonRecord
  readonly #page: string

  constructor(filename: string, file: JsonRecord, page: string) {
    this.filename = filename
    this.#file = file
    this.#page = page
  }

  hashes(): readonly unknown[] {
    const { hashes } = this.#file
    return isRecord(hashes) ? Object.values(hashes) : []
  }

  read(): IndexFile | undefined {
    return readJsonFile(this.#file, this.filename, this.#page)
  }
}

function readJsonFile(file: JsonRecord, filename: string, base: string): IndexFile | undefined {
  const { url: href, hashes } = file
  const url = typeof href === 'string' ? findUrl(href, base) : undefined
  if (url === undefined) return undefined
  const required = file['requires-python']
  return {
    filename,
    url,
    digests: isRecord(hashes) ? Object.entries(hashes).flatMap(([name, hex]) => findDigest(name, hex) ?? []) : [],
    requiresPython: typeof required === 'string' && required !== '' ? required : undefined,
    yanked: typeof file['yanked'] === 'string' || file['yanked'] === true,
    hasMetadata: [file['core-metadata'], file['dist-info-metadata']].some((said) => said === true || isRecord(said)),
  }
}

function readHtmlPage({ text, url }: WebText): readonly Entry[] {
  const { base, version, links } = linksOf(text)
  if (version !== undefined) checkVersion(version, url)
  const from = base !== undefined && URL.canParse(base, url) ? new URL(base, url).href : url
  return links.flatMap((link) => {
    const file = readLink(link, from)
    if (file === undefined) return []
    return { filename: file.filename, hashes: () => file.digests.map(({ hex }) => hex), read: () => file }
  })
}

/** The file's name is the end of its path, as pip has it; the text of a link is for people. */
function readLink({ href, requiresPython, yanked, hasMetadata }: Link, base: string): IndexFile | undefined {
  const url = findUrl(href, base)
  if (url === undefined) return undefined
  const { pathname } = new URL(url)
  const filename = decode(pathname.slice(pathname.lastIndexOf('/') + 1))
  if (filename === undefined || filename === '') return undefined
  const [, name, hex] = /#(?:[^]*&)?(md5|sha1|sha256|sha384|sha512)=([0-9A-Fa-f]+)/.exec(href) ?? []
  const digest = name === undefined ? undefined : findDigest(name, hex?.toLowerCase())
  return { filename, url, digests: digest === undefined ? [] : [digest], requiresPython, yanked, hasMetadata }
}

/** What a URL parser would leave as it is: nearly every file of nearly every index, and parsing costs. */
const PLAIN_URL = /^https:\/\/(?:[a-z0-9]+\.)+[a-z]{2,}(?:\/[A-Za-z0-9_~+!-][A-Za-z0-9._~+!-]*)+$/

function findUrl(href: string, base: string): string | undefined {
  if (PLAIN_URL.test(href)) return href
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

type JsonRecord = Readonly<Record<string, unknown>>

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
