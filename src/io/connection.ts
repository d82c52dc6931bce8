/** One HTTP request without retry: agents that keep connections, TLS authorities, proxies, idle timeout, redirects. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Credentials } from '../model/converter.ts'
import { isInsideAddress, isInsideHost, publicLookup, refusal } from './address.ts'
import { proxyFor, proxyHeaders, TunnelAgent, type Proxies } from './proxy.ts'
import { AttemptError } from './retry.ts'

export interface ConnectionOptions {
  readonly credentials: Credentials
  readonly sockets: number
  /** Milliseconds without a byte. */
  readonly idle: number
  readonly userAgent: string
  /** PEM certificates that are trusted instead of the default ones. */
  readonly ca?: readonly string[] | undefined
  readonly proxies: Proxies
}

/** Sends a GET and follows redirects; the answer may have any status but a redirecting one. Throws AttemptError or Node's own errors. */
export type Connect = (url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Answer>

export interface Answer {
  readonly message: IncomingMessage
  /** Where the redirects led. */
  readonly url: URL
}

const MAX_REDIRECTS = 5
const redirecting = new Set([301, 302, 303, 307, 308])

export function connections(options: ConnectionOptions): Connect {
  const open = opener(options)
  return async (start, headers, signal) => {
    let url = start
    let secret = options.credentials(url.href)
    let mayGoInside = isInsideHost(url.hostname)
    let guarded = false
    for (let redirects = 0; ; redirects++) {
      const answer = await open(url, { ...headers, ...secret }, { guarded, signal })
      const to = redirecting.has(answer.statusCode ?? 0) ? answer.headers.location : undefined
      if (to === undefined) return { message: answer, url }
      answer.resume()
      if (redirects === MAX_REDIRECTS) throw new AttemptError(`it redirects more than ${MAX_REDIRECTS} times`, false)
      mayGoInside ||= !guarded && isInsideAnswer(answer, url, options.proxies)
      const next = redirectTarget(url, to)
      if (!mayGoInside && isInsideHost(next.hostname)) throw refusal()
      if (next.host !== url.host) secret = {}
      guarded = !mayGoInside
      url = next
    }
  }
}

/** A name may stand for an inside address; which one it was shows on the connection, unless that is the proxy's. */
function isInsideAnswer(answer: IncomingMessage, url: URL, proxies: Proxies): boolean {
  const address = answer.socket.remoteAddress
  return proxyFor(url, proxies) === undefined && address !== undefined && isInsideAddress(address)
}

function redirectTarget(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (to === undefined) throw new AttemptError('it redirects to something that is not a URL', false)
  if (to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:')) return to
  throw new AttemptError(`it redirects from ${from.protocol}// to ${to.protocol}//`, false)
}

interface OpenOptions {
  /** The address must not be an inside one. */
  readonly guarded: boolean
  readonly signal: AbortSignal
}

function opener(options: ConnectionOptions) {
  const agents = new Map<string, HttpAgent>()
  const base = { keepAlive: true, maxSockets: options.sockets, ...(options.ca && { ca: [...options.ca] }) }
  // Made once: reading the authorities takes many times as long as everything else about a connection.
  let secureContext: SecureContext | undefined
  const agentFor = (url: URL, proxy: URL | undefined, guarded: boolean): HttpAgent => {
    const key = `${url.protocol}${guarded} ${proxy?.href ?? ''}`
    if (url.protocol === 'https:' || proxy?.protocol === 'https:') secureContext ??= createSecureContext(base)
    const shared = { ...base, ...(secureContext && { secureContext }) }
    const settings = guarded && proxy === undefined ? { ...shared, lookup: publicLookup } : shared
    const agent = agents.get(key) ?? newAgent(url, proxy, settings)
    agents.set(key, agent)
    return agent
  }
  return (url: URL, headers: Readonly<Record<string, string>>, { guarded, signal }: OpenOptions) => {
    const proxy = proxyFor(url, options.proxies)
    const request: RequestOptions = {
      ...target(url, proxy),
      headers: {
        'user-agent': options.userAgent,
        host: url.host,
        ...headers,
        ...(proxy !== undefined && url.protocol === 'http:' && proxyHeaders(proxy)),
      },
      agent: agentFor(url, proxy, guarded),
      timeout: options.idle,
      maxHeaderSize: 65_536,
      signal,
    }
    return send(
      url.protocol === 'https:' || (proxy?.protocol === 'https:' && url.protocol === 'http:'),
      request,
      options,
    )
  }
}

function newAgent(url: URL, proxy: URL | undefined, settings: object): HttpAgent {
  if (url.protocol === 'https:')
    return proxy === undefined ? new HttpsAgent(settings) : new TunnelAgent(proxy, settings)
  return proxy?.protocol === 'https:' ? new HttpsAgent(settings) : new HttpAgent(settings)
}

/** Plain http goes to the proxy itself, which is told the whole URL. */
function target(url: URL, proxy: URL | undefined): RequestOptions {
  const to = url.protocol === 'http:' ? (proxy ?? url) : url
  return {
    host: to.hostname.replace(/^\[|\]$/g, ''),
    port: to.port === '' ? (to.protocol === 'https:' ? 443 : 80) : to.port,
    path: to === url ? `${url.pathname}${url.search}` : `${url.origin}${url.pathname}${url.search}`,
  }
}

function send(tls: boolean, options: RequestOptions, { idle }: ConnectionOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (tls ? httpsRequest : httpRequest)(options, resolve)
    request.on('timeout', () => request.destroy(new AttemptError(`nothing came for ${idle / 1000} seconds`, true)))
    request.on('error', reject)
    request.end()
  })
}
