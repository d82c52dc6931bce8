/**
 * JSON documents that are kept on disk, each in a file of its own: a line with what the server said, and what is kept of the
 * document. One that is still fresh is not asked for; an older one is asked for with its validators, so that the server need
 * not send it again. Files are small and quickly read: waiting for each would take longer. https://www.rfc-editor.org/rfc/rfc9111
 */
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { KeptDocuments, ShrinkDocument } from '../model/world.ts'
import { fail } from '../problem.ts'
import { publicUrl } from './public-url.ts'
import type { Documents, Fetched, Validators } from './web.ts'

export interface KeptDocumentsOptions {
  /** Where they are kept; made with the first one. Nobody else may read it: documents may be of private registries. */
  readonly directory: string
  readonly shrink: ShrinkDocument
  /** Loaded with the first request. */
  readonly documents: () => Promise<Documents>
  readonly offline: boolean
}

/** Milliseconds for which a document is fresh when the server does not say. */
const USUAL_AGE = 5 * 60 * 1000

export function keptDocuments({ documents, ...options }: KeptDocumentsOptions): KeptDocuments {
  const asked = new Map<string, Promise<Found>>()
  let loaded: Promise<Documents> | undefined
  // One for all: its connections stay open, and it limits how many there are.
  const loadOnce = () => (loaded ??= documents())
  const fetch = (url: string): Promise<Found> => {
    const known = asked.get(url)
    if (known !== undefined) return known
    const fetched = fetchKept(url, { ...options, documents: loadOnce })
    asked.set(url, fetched)
    return fetched
  }
  return {
    fetch: async (url) => (await fetch(url)).text,
    fetchDigest: async (url) => {
      const head = asked.has(url) ? undefined : findHead(fileOf(options.directory, url), url)
      return head !== undefined && isCurrent(head, options) ? head.digest : (await fetch(url)).digest
    },
  }
}

interface Found {
  readonly text: string
  readonly digest: string
}

interface Kept extends Validators {
  readonly url: string
  /** Milliseconds since 1970. */
  readonly freshUntil: number
  /** Of what is kept. */
  readonly digest: string
}

async function fetchKept(url: string, options: KeptDocumentsOptions): Promise<Found> {
  const file = fileOf(options.directory, url)
  const kept = findKept(file, url)
  if (kept !== undefined && isCurrent(kept.head, options)) return { text: kept.text, digest: kept.head.digest }
  if (options.offline) return failOffline(url)
  const { document, headers } = await (await options.documents()).fetchDocument(url, kept?.head ?? {})
  const text = document === undefined ? kept?.text : JSON.stringify(options.shrink(document))
  if (text === undefined) throw new Error(`${publicUrl(url)} is unchanged, and was never there`)
  const digest = digestOf(text)
  save(file, { ...headOf(url, headers, kept?.head), digest }, text)
  return { text, digest }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function isCurrent({ freshUntil }: Kept, { offline }: Pick<KeptDocumentsOptions, 'offline'>): boolean {
  return offline || freshUntil > Date.now()
}

function fileOf(directory: string, url: string): string {
  const name = createHash('sha256').update(url).digest('hex')
  return join(directory, name.slice(0, 2), name)
}

/** undefined when it is not there, or not whole. */
function findKept(file: string, url: string): { readonly head: Kept; readonly text: string } | undefined {
  try {
    const whole = readFileSync(file, 'utf8')
    const end = whole.indexOf('\n')
    const head = parseHead(whole.slice(0, end), url)
    const text = whole.slice(end + 1)
    return head === undefined || digestOf(text) !== head.digest ? undefined : { head, text }
  } catch {
    return undefined
  }
}

const HEAD_LIMIT = 4096

/** Without reading the document. */
function findHead(file: string, url: string): Kept | undefined {
  try {
    const handle = openSync(file, 'r')
    try {
      const buffer = Buffer.alloc(HEAD_LIMIT)
      const text = buffer.toString('utf8', 0, readSync(handle, buffer))
      return parseHead(text.slice(0, text.indexOf('\n')), url)
    } finally {
      closeSync(handle)
    }
  } catch {
    return undefined
  }
}

function parseHead(line: string, url: string): Kept | undefined {
  const head: unknown = JSON.parse(line)
  return isHead(head) && head.url === url ? head : undefined
}

function isHead(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false
  const { url, freshUntil, digest, etag, lastModified }: Partial<Record<keyof Kept, unknown>> = value
  const isWhole = typeof url === 'string' && typeof freshUntil === 'number' && typeof digest === 'string'
  return isWhole && [etag, lastModified].every((text) => text === undefined || typeof text === 'string')
}

function headOf(url: string, headers: Fetched['headers'], known: Validators | undefined): Omit<Kept, 'digest'> {
  const etag = headers.etag ?? known?.etag
  const lastModified = headers['last-modified'] ?? known?.lastModified
  return { url, freshUntil: Date.now() + freshFor(headers['cache-control'], headers.age), etag, lastModified }
}

/** Milliseconds. */
export function freshFor(control = '', age = '0'): number {
  if (/\bno-(?:cache|store)\b/i.test(control)) return 0
  const seconds = /\bmax-age\s*=\s*"?(\d{1,9})/i.exec(control)?.[1]
  if (seconds === undefined) return USUAL_AGE
  return Math.max(0, Number(seconds) - (/^\d{1,9}$/.test(age) ? Number(age) : 0)) * 1000
}

/** Without what is kept everything works, only slower: so errors are swallowed. */
function save(file: string, head: Kept, document: string): void {
  const temporary = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(temporary, `${JSON.stringify(head)}\n${document}`, { mode: 0o600 })
    renameSync(temporary, file)
  } catch {
    tryRemove(temporary)
  }
}

function tryRemove(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // Nobody reads it.
  }
}

function failOffline(url: string): never {
  fail({
    code: 'network-needed',
    message: `${publicUrl(url)} is not kept from an earlier run`,
    hint: 'run it once without --offline',
  })
}
