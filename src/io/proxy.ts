/** HTTP proxies: which one a URL goes through, and TLS through one (CONNECT). Proxy URLs may carry `user:password`. */
import { request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest, type AgentOptions, type RequestOptions } from 'node:https'
import { isIP, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { fail, shown } from '../problem.ts'
import { AttemptError } from './retry.ts'

export interface Proxies {
  readonly http?: URL | undefined
  readonly https?: URL | undefined
  /** Hosts that are reached directly: `example.org` (and below), `.example.org`, `host:port`, `*`. */
  readonly except: readonly string[]
}

/** The variables that curl and npm read; lower case wins. Throws `config-invalid`. */
export function proxiesFrom(environment: Readonly<Record<string, string | undefined>>): Proxies {
  const read = (name: string): string | undefined =>
    environment[name.toLowerCase()] || environment[name.toUpperCase()] || undefined
  const all = read('all_proxy')
  return {
    // Upper-case HTTP_PROXY can be set by whoever sends a request to a CGI script, hence lower case alone.
    http: proxyUrl('http_proxy', environment['http_proxy'] ?? all),
    https: proxyUrl('https_proxy', read('https_proxy') ?? all),
    except: (read('no_proxy') ?? '').split(/[\s,]+/).filter((entry) => entry !== ''),
  }
}

/** The proxy for a URL, if any. */
export function proxyFor(url: URL, proxies: Proxies): URL | undefined {
  if (proxies.except.some((entry) => covers(entry.toLowerCase(), url))) return undefined
  return url.protocol === 'https:' ? proxies.https : proxies.http
}

/** `Proxy-Authorization`, when the proxy's URL carries credentials. */
export function proxyHeaders(proxy: URL): Record<string, string> {
  if (proxy.username === '') return {}
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}

/** An agent whose TLS connections run through a proxy. */
export class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL
  constructor(proxy: URL, options: AgentOptions) {
    super(options)
    this.#proxy = proxy
  }
  override createConnection(
    target: RequestOptions & ConnectionOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const host = String(target.host)
    openTunnel(this.#proxy, `${isIP(host) === 6 ? `[${host}]` : host}:${target.port}`, (error, socket) => {
      callback?.(error, error === null ? connectTls({ ...target, socket }) : socket)
    })
  }
}

type TunnelCallback = (error: Error | null, socket: Socket) => void

function openTunnel(proxy: URL, authority: string, callback: TunnelCallback): void {
  const request = (proxy.protocol === 'https:' ? httpsRequest : httpRequest)({
    host: proxy.hostname,
    port: proxy.port,
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...proxyHeaders(proxy) },
    agent: false,
    timeout: 30_000,
  })
  request.once('connect', (response, socket) => {
    if (response.statusCode === 200) return callback(null, socket)
    socket.destroy()
    callback(new AttemptError(`the proxy answers ${response.statusCode}`, (response.statusCode ?? 0) >= 500), socket)
  })
  request.once('timeout', () => request.destroy(new AttemptError('the proxy does not answer', true)))
  request.once('error', (error) => callback(error, new Socket()))
  request.end()
}

function proxyUrl(name: string, value: string | undefined): URL | undefined {
  if (value === undefined || value === '') return undefined
  const text = value.includes('://') ? value : `http://${value}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url
  fail({
    code: 'config-invalid',
    message: `${name} is ${shown(value)}, which is not the URL of an http proxy`,
    hint: `set ${name} to something like http://proxy.example.org:3128, or unset it`,
  })
}

function covers(entry: string, url: URL): boolean {
  if (entry === '*') return true
  const [host = '', port] = entry.split(/:(?=\d+$)/)
  const urlPort = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  if (port !== undefined && port !== urlPort) return false
  const bare = host.replace(/^\*?\./, '')
  return url.hostname === bare || url.hostname.endsWith(`.${bare}`)
}
