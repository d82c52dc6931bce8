/**
 * HTTP as the pure parts may use it: JSON documents and digests of files. Retries, redirects, credentials, limits and how much
 * goes on at once are settled here; the bytes of a file are hashed, or handed on, while they arrive.
 */
import type { IncomingMessage } from 'node:http'
import type { Credentials } from '../model/converter.ts'
import type { Downloads, WantedPart, Web } from '../model/world.ts'
import { fail, ProblemError, shown } from '../problem.ts'
import { rawBody, readJson, readDigests, readPart, readText, MAX_FILE, MAX_JSON, MAX_PART } from './answer-body.ts'
import { connections } from './connection.ts'
import { limited } from './limited.ts'
import type { Proxies } from './proxy.ts'
import { publicUrl } from './public-url.ts'
import { AttemptError, defaultBackoff, parseRetryAfter, retrying, type Backoff } from './retry.ts'

export interface WebOptions {
  /** Default: none. */
  readonly credentials?: Credentials
  /** Every request throws `network-needed`. */
  readonly offline?: boolean
  /** Requests under way at once; default 16. */
  readonly concurrency?: number
  /** Attempts after the first; default 4. */
  readonly retries?: number
  /** Milliseconds without a byte (default 30 s), and for one attempt as a whole (default 15 min). */
  readonly timeouts?: { readonly idle?: number; readonly total?: number }
  readonly backoff?: Backoff
  readonly userAgent?: string
  /** PEM certificates that are trusted instead of the default ones (npm's `ca` and `cafile`). */
  readonly ca?: readonly string[]
  /** Default: none; see proxiesFrom. */
  readonly proxies?: Proxies
  /** Bytes. */
  readonly limits?: { readonly json?: number; readonly file?: number }
}

const MAX_DRAINED = 65_536

/** A document as a server has it now. */
export interface Fetched {
  /** undefined: unchanged since `known`. */
  readonly document: unknown
  readonly headers: IncomingMessage['headers']
}

/** What a server said of a document when it sent it, in its own words. */
export interface Validators {
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
}

export interface Documents {
  /** A JSON document, unless it is unchanged. Throws as Web.fetchJson. */
  fetchDocument(url: string, known: Validators): Promise<Fetched>
}

export function web(options: WebOptions = {}): Web & Downloads & Documents {
  const get = getter(options)
  return {
    fetchJson: (url) =>
      get(url, { accept: 'application/json', 'accept-encoding': 'gzip, br' }, (answer) =>
        readJson(answer, options.limits?.json ?? MAX_JSON),
      ),
    fetchDocument: (url, known) =>
      get(url, { accept: 'application/json', 'accept-encoding': 'gzip, br', ...conditions(known) }, async (answer) => ({
        headers: answer.headers,
        document: answer.statusCode === 304 ? undefined : await readJson(answer, options.limits?.json ?? MAX_JSON),
      })),
    fetchText: (url, accept) =>
      get(url, { accept, 'accept-encoding': 'gzip, br' }, async (answer, from) => ({
        url: from.href,
        type: mediaType(answer),
        text: await readText(answer, options.limits?.json ?? MAX_JSON),
      })),
    fetchDigests: (url, wanted, expect) =>
      get(url, { accept: '*/*', 'accept-encoding': 'identity' }, (answer) =>
        readDigests(answer, { url: publicUrl(url), wanted, expect, limit: options.limits?.file ?? MAX_FILE }),
      ),
    fetchPart: (url, wanted) =>
      get(url, { accept: '*/*', 'accept-encoding': 'identity', range: printRange(wanted) }, (answer) =>
        readPart(answer, Math.min(options.limits?.file ?? MAX_FILE, MAX_PART)),
      ),
    fetchFile: (url, receive) =>
      get(url, { accept: '*/*', 'accept-encoding': 'identity' }, (answer) =>
        receive(rawBody(answer, options.limits?.file ?? MAX_FILE)),
      ),
  }
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests */
function conditions({ etag, lastModified }: Validators): Readonly<Record<string, string>> {
  if (etag !== undefined) return { 'if-none-match': etag }
  return lastModified === undefined ? {} : { 'if-modified-since': lastModified }
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-byte-ranges */
function printRange(wanted: WantedPart): string {
  return 'last' in wanted ? `bytes=-${wanted.last}` : `bytes=${wanted.from}-${wanted.to - 1}`
}

type Get = <T>(
  url: string,
  headers: Readonly<Record<string, string>>,
  read: (answer: IncomingMessage, from: URL) => Promise<T>,
) => Promise<T>

function getter(options: WebOptions): Get {
  const concurrency = options.concurrency ?? 16
  const inTurn = limited(concurrency)
  const unreachable = unreachableHosts()
  const total = options.timeouts?.total ?? 900_000
  const connect = connections({
    credentials: options.credentials ?? (() => ({})),
    sockets: concurrency,
    idle: options.timeouts?.idle ?? 30_000,
    userAgent: options.userAgent ?? 'lock2build',
    ca: options.ca,
    proxies: options.proxies ?? { except: [] },
  })
  return async (text, headers, read) => {
    const url = parseUrl(text)
    if (options.offline === true) return failOffline(text)
    const attempt = async () => {
      const signal = AbortSignal.timeout(total)
      try {
        const { message, url: from } = await connect(url, headers, signal)
        return await read(isExpected(message, headers) ? message : checkStatus(message, text), from)
      } catch (error) {
        throw signal.aborted ? new AttemptError(`it took more than ${total / 1000} seconds`, true) : classify(error)
      }
    }
    const retries = unreachable.has(url.host) ? 0 : (options.retries ?? 4)
    try {
      const result = await retrying(() => inTurn(attempt), retries, options.backoff ?? defaultBackoff)
      unreachable.answered(url.host)
      return result
    } catch (error) {
      if (!(error instanceof AttemptError)) throw error
      if (error.again) unreachable.failed(url.host)
      return failNetwork(text, error)
    }
  }
}

/** Answers to what only some requests ask. */
function isExpected({ statusCode }: IncomingMessage, headers: Readonly<Record<string, string>>): boolean {
  if (statusCode === 304) return 'if-none-match' in headers || 'if-modified-since' in headers
  return statusCode === 206 && 'range' in headers
}

/**
 * A host none of whose last few requests came through, after all their retries, is not waited for any more: each further
 * request is tried once. Otherwise a thousand packages of a dead host would take an hour to fail.
 */
function unreachableHosts() {
  const failures = new Map<string, number>()
  return {
    has: (host: string) => (failures.get(host) ?? 0) >= 8,
    failed: (host: string) => void failures.set(host, (failures.get(host) ?? 0) + 1),
    answered: (host: string) => void failures.delete(host),
  }
}

/** `text/html`, without parameters. */
function mediaType(answer: IncomingMessage): string {
  return (answer.headers['content-type'] ?? '').replace(/;.*$/s, '').trim().toLowerCase()
}

function checkStatus(answer: IncomingMessage, url: string): IncomingMessage {
  const status = answer.statusCode ?? 0
  if (status === 200) return answer
  if (Number(answer.headers['content-length'] ?? Infinity) <= MAX_DRAINED) answer.resume()
  else answer.destroy()
  if (status === 404 || status === 410) {
    fail({
      code: 'not-found',
      message: `the server does not have ${publicUrl(url)} (status ${status})`,
      hint: 'check that the package still exists, and that the configured registry or index is the right one',
    })
  }
  if (status === 401 || status === 403) {
    fail({
      code: 'network',
      message: `the server refuses ${publicUrl(url)} (status ${status})`,
      hint: `check the token for ${new URL(url).host} in your package manager's configuration`,
    })
  }
  if (status === 451) {
    fail({
      code: 'network',
      message: `the server may not hand out ${publicUrl(url)}, for legal reasons (status 451)`,
      hint: 'another version, or another registry, may have it',
    })
  }
  // 501 is what the server cannot do, now or later.
  const again = [408, 425, 429].includes(status) || (status >= 500 && status !== 501)
  throw new AttemptError(`the server answers with status ${status}`, again, {
    retryAfter: parseRetryAfter(answer.headers['retry-after'], Date.now()),
  })
}

/** System errors that another attempt may not meet, in words. Everything else about a connection is final. */
const passing: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was cut',
  ECONNREFUSED: 'the connection was refused',
  ECONNABORTED: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EAI_AGAIN: 'the host name cannot be looked up at the moment',
}

function classify(error: unknown): unknown {
  if (error instanceof ProblemError || error instanceof AttemptError || !(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === undefined) return error
  if (code === 'ENOTFOUND') return new AttemptError('the host name is not known', false, { cause: error })
  return new AttemptError(passing[code] ?? `${shown(error.message)}`, passing[code] !== undefined, { cause: error })
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:')) return url
  fail({ code: 'url-invalid', message: `${publicUrl(text)} is not a URL that can be fetched (https, http)` })
}

function failOffline(url: string): never {
  fail({
    code: 'network-needed',
    message: `${publicUrl(url)} would have to be fetched`,
    hint: 'run it once without --offline',
  })
}

function failNetwork(url: string, error: AttemptError): never {
  fail({
    code: 'network',
    message: `fetching ${publicUrl(url)} failed: ${error.text}`,
    hint: 'check the connection (and HTTPS_PROXY), then run it again: what was fetched is kept',
    cause: error.cause ?? error,
  })
}
