/** Where a redirect may lead, and what is sent there. */
import { afterEach, expect, test } from 'vitest'
import { isInsideHost, publicLookup } from '../../../src/io/address.ts'
import { connections } from '../../../src/io/connection.ts'
import { web } from '../../../src/io/web.ts'
import { startRegistry, type LoopbackRegistry, type RegistryOptions } from '../../support/loopback-registry.ts'
import { problemsOf } from '../../support/problems-of.ts'
import { selfSigned } from '../../support/self-signed.ts'

const open: LoopbackRegistry[] = []
const quick = { retries: 0 }

async function registryWith(options: RegistryOptions = {}): Promise<LoopbackRegistry> {
  const registry = await startRegistry({ files: { '/f': Buffer.from('{"f":1}') }, ...options })
  open.push(registry)
  return registry
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()))
})

function redirectTo(target: string) {
  return ({ path }: { path: string }) => (path === '/r' ? ({ kind: 'redirect', to: target } as const) : undefined)
}

test('credentials follow a redirect on the same host', async () => {
  const registry = await registryWith({ auth: { bearer: 'geheim' } })
  registry.fault = redirectTo('/f')
  const credentials = () => ({ authorization: 'Bearer geheim' })
  expect(await web({ ...quick, credentials }).fetchJson(`${registry.url}r`)).toEqual({ f: 1 })
})

test('credentials do not follow a redirect to another host or port, not even back', async () => {
  const [from, via] = [await registryWith(), await registryWith()]
  from.fault = redirectTo(`${via.url}r`)
  via.fault = redirectTo(`${from.url}f`)
  const credentials = () => ({ authorization: 'Bearer geheim' })
  expect(await web({ ...quick, credentials }).fetchJson(`${from.url}r`)).toEqual({ f: 1 })
  expect(from.requests.map((request) => request.headers.authorization)).toEqual(['Bearer geheim', undefined])
  expect(via.requests.map((request) => request.headers.authorization)).toEqual([undefined])
})

test('five redirects are followed, a sixth is not', async () => {
  const registry = await registryWith()
  registry.fault = ({ path }) => {
    const left = Number(/^\/r(\d)$/.exec(path)?.[1] ?? 0)
    return left === 0 ? undefined : { kind: 'redirect', to: left === 1 ? '/f' : `/r${left - 1}` }
  }
  expect(await web(quick).fetchJson(`${registry.url}r5`)).toEqual({ f: 1 })
  const [problem] = await problemsOf(web(quick).fetchJson(`${registry.url}r6`))
  expect(problem?.message).toContain('redirects more than 5 times')
})

test.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'http://[', 'data:,x'])(
  'a redirect to %s is refused',
  async (to) => {
    const registry = await registryWith()
    registry.fault = redirectTo(to)
    const [problem] = await problemsOf(web(quick).fetchJson(`${registry.url}r`))
    expect(problem).toMatchObject({ code: 'network', message: expect.stringContaining('redirects') })
  },
)

test('a redirect from https to http is refused, one from http to https is followed', async () => {
  const tls = selfSigned()
  const [secure, plain] = [await registryWith({ tls }), await registryWith()]
  const client = web({ ...quick, ca: [tls.cert] })
  plain.fault = redirectTo(`${secure.url}f`)
  expect(await client.fetchJson(`${plain.url}r`)).toEqual({ f: 1 })
  secure.fault = redirectTo(`${plain.url}f`)
  const [problem] = await problemsOf(client.fetchJson(`${secure.url}r`))
  expect(problem?.message).toContain('from https:// to http://')
  expect(plain.requests.map((request) => request.path)).toEqual(['/r'])
})

test('a certificate of an unknown authority is refused', async () => {
  const registry = await registryWith({ tls: selfSigned() })
  expect(await problemsOf(web(quick).fetchJson(`${registry.url}f`))).toMatchObject([{ code: 'network' }])
  expect(registry.requests).toEqual([])
})

// A host outside cannot be had in a test, so its proxy plays it: then its name alone says that it is outside.
test.each(['http://127.0.0.1:PORT/f', 'http://localhost:PORT/f', 'http://[::1]:PORT/f', 'http://2130706433:PORT/f'])(
  'a redirect from outside to %s is refused',
  async (target) => {
    const [outside, inside] = [await registryWith(), await registryWith()]
    outside.fault = ({ path }) =>
      path.endsWith('/r') ? { kind: 'redirect', to: target.replace('PORT', `${inside.port}`) } : undefined
    const proxies = { http: new URL(outside.url), except: ['127.0.0.1', 'localhost', '[::1]'] }
    const [problem] = await problemsOf(web({ ...quick, proxies }).fetchJson('http://registry.example/r'))
    expect(problem?.message).toContain('address of a private network or of this machine')
    expect(inside.requests).toEqual([])
  },
)

test('a redirect from outside to a name that stands for an inside address is refused', async () => {
  const [outside, inside] = [await registryWith(), await registryWith()]
  outside.fault = ({ path }) =>
    path.endsWith('/r') ? { kind: 'redirect', to: `http://ip6-localhost.:${inside.port}/f` } : undefined
  const proxies = { http: new URL(outside.url), except: ['ip6-localhost.'] }
  const connect = connections({ credentials: () => ({}), sockets: 1, idle: 5000, userAgent: 'x', proxies })
  const answer = connect(new URL('http://registry.example/r'), {}, new AbortController().signal)
  await expect(answer).rejects.toThrow(/private network|ENOTFOUND/)
  expect(inside.requests).toEqual([])
})

test('looking up a name that stands for this machine is refused for redirected connections', async () => {
  const found = new Promise((resolve) => publicLookup('localhost', {}, (error, address) => resolve(error ?? address)))
  expect(await found).toMatchObject({ text: expect.stringContaining('private network') })
})

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['100.64.0.1', true],
  ['169.254.169.254', true],
  ['172.31.255.255', true],
  ['172.32.0.0', false],
  ['192.168.0.1', true],
  ['0.0.0.0', true],
  ['[::1]', true],
  ['[::ffff:127.0.0.1]', true],
  ['[::ffff:7f00:1]', true],
  ['[fd00::1]', true],
  ['[fe80::1]', true],
  ['[2001:db8::1]', false],
  ['8.8.8.8', false],
  ['localhost', true],
  ['a.localhost.', true],
  ['localhost.example', false],
])('%s is inside: %s', (host, inside) => {
  expect(isInsideHost(host)).toBe(inside)
})
