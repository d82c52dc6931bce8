/**
 * An npm-like registry on 127.0.0.1 with fault injection; no dependencies.
 *
 *   const registry = await startRegistry({ packages: [{ manifest: { name: 'a', version: '1.0.0' }, files: { 'index.js': '' } }] })
 *   registry.url                     // http://127.0.0.1:PORT/ : for `npm --registry`, and what tarball URLs begin with
 *   registry.tarball('a', '1.0.0')   // { url, bytes, integrity, shasum }
 *   registry.requests                // every request seen, in order
 *   registry.fault = (request) => request.path.endsWith('.tgz') && request.nth === 1 ? { kind: 'reset', after: 10 } : undefined
 *   await registry.close()
 *
 * Serves packuments (`/a`, `/@s%2fa`), manifests (`/a/1.0.0`, `/a/latest`), tarballs (`/a/-/a-1.0.0.tgz`) and raw `files`.
 */
import { createHash } from 'node:crypto'
import { createServer as createHttpServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { answerWithFault, type Fault } from './loopback-fault.ts'
import { npmTarball, type TarballFile } from './npm-tarball.ts'

export type { Fault } from './loopback-fault.ts'

export interface RegistryPackage {
  /** Its package.json; `package/package.json` of the tarball is made from it. */
  readonly manifest: { readonly name: string; readonly version: string; readonly [key: string]: unknown }
  readonly files?: Readonly<Record<string, TarballFile>>
  /** When it was published, for the `time` of its document. */
  readonly published?: string
  /** Other tags than `latest` that it has. */
  readonly tags?: readonly string[]
  /** What `dist` tells: both digests (default), only `shasum`, or none. */
  readonly digests?: 'both' | 'shasum' | 'none'
}

export interface RegistryOptions {
  readonly packages?: readonly RegistryPackage[]
  /** Path (with leading `/`) → body, for tarballs outside of any package. */
  readonly files?: Readonly<Record<string, Uint8Array>>
  /** Every request needs one of these in `authorization`; `basic` is `user:password`. */
  readonly auth?: { readonly bearer?: string; readonly basic?: string }
  /** PEM; then the registry speaks https. See self-signed.ts. */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly fault?: FaultChoice
}

export interface SeenRequest {
  readonly method: string
  /** As sent, with the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** How often this path was asked for, counting from 1. */
  readonly nth: number
}

export type FaultChoice = (request: SeenRequest) => Fault | undefined

export interface RegistryTarball {
  readonly url: string
  readonly bytes: Buffer
  /** SRI sha512. */
  readonly integrity: string
  /** Hex sha1. */
  readonly shasum: string
}

export interface LoopbackRegistry {
  /** With a final `/`. */
  readonly url: string
  readonly port: number
  readonly requests: SeenRequest[]
  fault: FaultChoice | undefined
  add(pkg: RegistryPackage): void
  addFile(path: string, bytes: Uint8Array): string
  tarball(name: string, version: string): RegistryTarball
  close(): Promise<void>
}

interface Published extends Pick<RegistryPackage, 'published' | 'tags'> {
  readonly manifest: RegistryPackage['manifest']
  readonly tarball: RegistryTarball
}

export async function startRegistry(options: RegistryOptions = {}): Promise<LoopbackRegistry> {
  const published = new Map<string, Published>()
  const files = new Map<string, Uint8Array>(Object.entries(options.files ?? {}))
  const sockets = new Set<Socket>()
  const counts = new Map<string, number>()
  const server = options.tls === undefined ? createHttpServer() : createHttpsServer(options.tls)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`

  const registry: LoopbackRegistry = {
    url,
    port,
    requests: [],
    fault: options.fault,
    add: (pkg) => publish(pkg, url, published, files),
    addFile: (path, bytes) => {
      files.set(path, bytes)
      return new URL(path, url).href
    },
    tarball: (name, version) => {
      const found = published.get(`${name}@${version}`)
      if (found === undefined) throw new Error(`not published: ${name}@${version}`)
      return found.tarball
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  for (const pkg of options.packages ?? []) registry.add(pkg)

  server.on('request', (request, response) => {
    request.resume()
    const path = request.url ?? '/'
    const nth = (counts.get(path) ?? 0) + 1
    counts.set(path, nth)
    const seen: SeenRequest = { method: request.method ?? '', path, headers: request.headers, nth }
    registry.requests.push(seen)
    if (!isAllowed(options.auth, request.headers.authorization)) return send(response, 401, '{"error":"unauthorized"}')
    const answer = findAnswer(path, published, files)
    const fault = registry.fault?.(seen)
    if (fault !== undefined) return answerWithFault(response, fault, answer ?? Buffer.from('{}'))
    if (answer === undefined) return send(response, 404, '{"error":"not found"}')
    send(response, 200, answer)
  })
  return registry
}

function publish(
  pkg: RegistryPackage,
  url: string,
  published: Map<string, Published>,
  files: Map<string, Uint8Array>,
): void {
  const { name, version } = pkg.manifest
  const bytes = npmTarball({ 'package.json': `${JSON.stringify(pkg.manifest, null, 2)}\n`, ...pkg.files })
  const path = `/${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz`
  const tarball: RegistryTarball = {
    url: new URL(path, url).href,
    bytes,
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    shasum: createHash('sha1').update(bytes).digest('hex'),
  }
  files.set(path, bytes)
  published.set(`${name}@${version}`, {
    manifest: publishedManifest(pkg, tarball),
    tarball,
    ...(pkg.published !== undefined && { published: pkg.published }),
    ...(pkg.tags !== undefined && { tags: pkg.tags }),
  })
}

/** What a registry shows of a manifest: with `dist`, with `hasInstallScript`, and with node-gyp's implied install script. */
function publishedManifest(pkg: RegistryPackage, tarball: RegistryTarball): RegistryPackage['manifest'] {
  const given = pkg.manifest['scripts']
  const scripts: Record<string, unknown> = typeof given === 'object' && given !== null ? { ...given } : {}
  const gyp = pkg.files?.['binding.gyp'] !== undefined
  if (gyp && scripts['install'] === undefined && scripts['preinstall'] === undefined) {
    scripts['install'] = 'node-gyp rebuild'
  }
  const hasInstallScript = ['preinstall', 'install', 'postinstall'].some((script) => scripts[script] !== undefined)
  const digests = pkg.digests ?? 'both'
  return {
    ...pkg.manifest,
    ...(Object.keys(scripts).length > 0 && { scripts }),
    ...(gyp && { gypfile: true }),
    ...(hasInstallScript && { hasInstallScript: true }),
    ...(pkg.files?.['npm-shrinkwrap.json'] !== undefined && { _hasShrinkwrap: true }),
    dist: {
      tarball: tarball.url,
      ...(digests !== 'none' && { shasum: tarball.shasum }),
      ...(digests === 'both' && { integrity: tarball.integrity }),
    },
  }
}

function findAnswer(
  path: string,
  published: ReadonlyMap<string, Published>,
  files: ReadonlyMap<string, Uint8Array>,
): Uint8Array | undefined {
  const pathname = decodeURIComponent(new URL(path, 'http://registry').pathname)
  const file = files.get(pathname)
  if (file !== undefined) return file
  const [, name, tag] = /^\/((?:@[^/]+\/)?[^/@]+)(?:\/([^/]+))?$/.exec(pathname) ?? []
  const releases = [...published.values()].filter(({ manifest }) => manifest.name === name)
  const latest = releases.at(-1)?.manifest
  if (name === undefined || latest === undefined) return undefined
  if (tag !== undefined) return json(tag === 'latest' ? latest : published.get(`${name}@${tag}`)?.manifest)
  const tags = releases.flatMap(({ manifest, tags = [] }) => tags.map((own) => [own, manifest.version] as const))
  const times = releases.flatMap(({ manifest, published: time }) =>
    time === undefined ? [] : [[manifest.version, time]],
  )
  return json({
    name,
    'dist-tags': { latest: latest.version, ...Object.fromEntries(tags) },
    versions: Object.fromEntries(releases.map(({ manifest }) => [manifest.version, manifest])),
    ...(times.length > 0 && { time: Object.fromEntries(times) }),
  })
}

function json(value: unknown): Uint8Array | undefined {
  return value === undefined ? undefined : Buffer.from(JSON.stringify(value))
}

function isAllowed(auth: RegistryOptions['auth'], given: string | undefined): boolean {
  if (auth === undefined) return true
  if (auth.bearer !== undefined && given === `Bearer ${auth.bearer}`) return true
  return auth.basic !== undefined && given === `Basic ${Buffer.from(auth.basic).toString('base64')}`
}

function send(response: ServerResponse, status: number, body: string | Uint8Array): void {
  const type = typeof body === 'string' || body[0] === 0x7b ? 'application/json' : 'application/octet-stream'
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
