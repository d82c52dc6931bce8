/** Proxies against one of our own: CONNECT for https, absolute URLs for http. */
import { createServer, request as httpRequest, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { proxiesFrom, proxyFor } from '../../../src/io/proxy.ts'
import { web } from '../../../src/io/web.ts'
import { startRegistry, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { problemsOf } from '../../support/problems-of.ts'
import { selfSigned } from '../../support/self-signed.ts'

let registry: LoopbackRegistry
let proxy: Server
let seen: string[]
let sockets: Duplex[]
const tls = selfSigned()

async function start(options: Parameters<typeof startRegistry>[0]): Promise<string> {
  registry = await startRegistry({ files: { '/f': Buffer.from('{"f":1}') }, ...options })
  seen = []
  sockets = []
  proxy = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`)
    const onward = httpRequest(request.url ?? '', { headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  proxy.on('connect', (request, socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`)
    sockets.push(socket)
    if (request.headers['proxy-authorization'] === undefined) {
      socket.end('HTTP/1.1 407 Who\r\n\r\n')
      return
    }
    const onward = connect(registry.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(proxy.address() as AddressInfo).port}`
}

afterEach(async () => {
  await registry.close()
  for (const socket of sockets) socket.destroy()
  proxy.closeAllConnections()
  await new Promise((resolve) => proxy.close(resolve))
})

test('https runs through CONNECT, with the credentials of the proxy and the certificate of the host', async () => {
  const address = await start({ tls })
  const proxies = proxiesFrom({ HTTPS_PROXY: `http://me:se%40cret@${address}` })
  const client = web({ retries: 0, proxies, ca: [tls.cert] })
  const url = registry.url.replace('127.0.0.1', 'localhost')
  expect(await Promise.all([client.fetchJson(`${url}f`), client.fetchJson(`${url}f`)])).toEqual([{ f: 1 }, { f: 1 }])
  const auth = `Basic ${Buffer.from('me:se@cret').toString('base64')}`
  expect(new Set(seen)).toEqual(new Set([`CONNECT localhost:${registry.port} ${auth}`]))
  expect(registry.requests.every((request) => request.headers['proxy-authorization'] === undefined)).toBe(true)
})

test('a proxy that refuses is a network problem', async () => {
  const address = await start({ tls })
  const client = web({ retries: 0, proxies: proxiesFrom({ https_proxy: address }), ca: [tls.cert] })
  const [problem] = await problemsOf(client.fetchJson(`${registry.url}f`))
  expect(problem).toMatchObject({ code: 'network', message: expect.stringContaining('the proxy answers 407') })
})

test('http asks the proxy for the whole URL', async () => {
  const address = await start({})
  const client = web({ retries: 0, proxies: proxiesFrom({ http_proxy: `http://me:pw@${address}` }) })
  expect(await client.fetchJson(`${registry.url}f`)).toEqual({ f: 1 })
  expect(seen).toEqual([`GET ${registry.url}f Basic ${Buffer.from('me:pw').toString('base64')}`])
})

test('NO_PROXY hosts are reached directly', async () => {
  const address = await start({})
  const client = web({ retries: 0, proxies: proxiesFrom({ http_proxy: address, NO_PROXY: 'a.example, 127.0.0.1' }) })
  expect(await client.fetchJson(`${registry.url}f`)).toEqual({ f: 1 })
  expect(seen).toEqual([])
})

test('NO_PROXY covers a host, what is below it, and one port; HTTP_PROXY in upper case is not read', async () => {
  await start({})
  const proxies = proxiesFrom({
    https_proxy: 'p:1',
    HTTP_PROXY: 'p:2',
    no_proxy: 'a.example,.b.example,c.example:8443',
  })
  const isDirect = (url: string) => proxyFor(new URL(url), proxies) === undefined
  expect(isDirect('https://a.example/')).toBe(true)
  expect(isDirect('https://x.a.example/')).toBe(true)
  expect(isDirect('https://xa.example/')).toBe(false)
  expect(isDirect('https://x.b.example/')).toBe(true)
  expect(isDirect('https://c.example:8443/')).toBe(true)
  expect(isDirect('https://c.example/')).toBe(false)
  expect(isDirect('http://z.example/')).toBe(true)
  expect(proxyFor(new URL('https://z.example'), proxiesFrom({ https_proxy: 'p:1', no_proxy: '*' }))).toBeUndefined()
})

test('a proxy that is not a URL is config-invalid', async () => {
  await start({})
  expect(await problemsOf(() => proxiesFrom({ https_proxy: 'socks5://x:1' }))).toMatchObject([
    { code: 'config-invalid' },
  ])
})
