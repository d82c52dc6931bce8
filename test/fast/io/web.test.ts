/** The web against a registry that fails in every way we could think of. Backoff is short; nothing here depends on how fast it is. */
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { web, type WebOptions } from '../../../src/io/web.ts'
import type { Digest } from '../../../src/model/digest.ts'
import {
  startRegistry,
  type Fault,
  type LoopbackRegistry,
  type RegistryOptions,
} from '../../support/loopback-registry.ts'
import { problemsOf } from '../../support/problems-of.ts'

const bytes = randomBytes(100_000)
const sha512: Digest = { algorithm: 'sha512', hex: createHash('sha512').update(bytes).digest('hex') }
const quick: WebOptions = { backoff: { base: 1, cap: 2, retryAfterCap: 20 }, retries: 2 }
const open: LoopbackRegistry[] = []

async function registryWith(options: RegistryOptions = {}): Promise<LoopbackRegistry & { readonly file: string }> {
  const registry = await startRegistry({
    packages: [{ manifest: { name: 'a', version: '1.0.0' } }],
    files: { '/f.tgz': bytes },
    ...options,
  })
  open.push(registry)
  return Object.assign(registry, { file: `${registry.url}f.tgz` })
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()))
})

/** The fault for the first `times` requests. */
function first(times: number, fault: Fault) {
  return ({ nth }: { nth: number }) => (nth <= times ? fault : undefined)
}

test('a file is hashed with every wanted algorithm', async () => {
  const registry = await registryWith()
  const digests = await web().fetchDigests(registry.file, ['sha1', 'sha512', 'md5', 'blake2b'], [sha512])
  expect(digests).toEqual([
    { algorithm: 'sha1', hex: createHash('sha1').update(bytes).digest('hex') },
    sha512,
    { algorithm: 'md5', hex: createHash('md5').update(bytes).digest('hex') },
    { algorithm: 'blake2b', hex: createHash('blake2b512').update(bytes).digest('hex') },
  ])
})

test('a JSON document is read, compressed or not', async () => {
  const registry = await registryWith({ fault: first(1, { kind: 'gzip' }) })
  const manifest = { name: 'a', version: '1.0.0' }
  expect(await web().fetchJson(`${registry.url}a/1.0.0`)).toMatchObject(manifest)
  expect(await web().fetchJson(`${registry.url}a/1.0.0`)).toMatchObject(manifest)
})

test('a text is read from where redirects lead, and says where that is and what it is', async () => {
  const page = '<a href="a-1.0-py3-none-any.whl">a</a>'
  const accepted = 'application/vnd.pypi.simple.v1+json, text/html;q=0.1'
  const registry = await registryWith({
    files: { '/moved/': Buffer.from(page) },
    fault: ({ path }) => (path === '/simple/a/' ? { kind: 'redirect', to: '/moved/' } : undefined),
  })
  const found = await web().fetchText(`${registry.url}simple/a/`, accepted)
  expect(found).toEqual({ text: page, type: 'application/octet-stream', url: `${registry.url}moved/` })
  expect(registry.requests.map(({ headers }) => headers.accept)).toEqual([accepted, accepted])
})

const passing: Record<string, Fault> = {
  'a status 503': { kind: 'status', status: 503 },
  'a status 408': { kind: 'status', status: 408 },
  'a status 425': { kind: 'status', status: 425 },
  'a status 429 with Retry-After': { kind: 'status', status: 429, headers: { 'retry-after': '7200' } },
  'a connection cut before the answer': { kind: 'reset' },
  'a connection cut in the middle of the answer': { kind: 'reset', after: 60_000 },
  'an answer that never comes': { kind: 'stall' },
  'an answer that stops in the middle': { kind: 'stall', after: 60_000 },
  'an answer shorter than announced': { kind: 'length', by: 10 },
}

test.each(Object.entries(passing))('%s is tried again, and the third attempt succeeds', async (_name, fault) => {
  const registry = await registryWith({ fault: first(2, fault) })
  const digests = await web({ ...quick, timeouts: { idle: 100 } }).fetchDigests(registry.file, ['sha512'], [])
  expect(digests).toEqual([sha512])
  expect(registry.requests).toHaveLength(3)
})

test.each(Object.entries(passing))('%s that lasts is a network problem after all retries', async (_name, fault) => {
  const registry = await registryWith({ fault: first(99, fault) })
  const [problem] = await problemsOf(
    web({ ...quick, timeouts: { idle: 100 } }).fetchDigests(registry.file, ['sha512'], []),
  )
  expect(problem).toMatchObject({ code: 'network', hint: expect.stringContaining('run it again') })
  expect(problem?.message).toContain(registry.file)
  expect(registry.requests).toHaveLength(3)
})

test('an attempt that takes too long as a whole is given up although bytes keep coming', async () => {
  const registry = await registryWith({ fault: first(99, { kind: 'endless' }) })
  const [problem] = await problemsOf(
    web({ ...quick, timeouts: { total: 50 } }).fetchDigests(registry.file, ['sha512'], []),
  )
  expect(problem?.code).toBe('network')
  expect(problem?.message).toContain('it took more than 0.05 seconds')
})

test('what a server cannot do is not asked for again', async () => {
  const registry = await registryWith({ fault: first(99, { kind: 'status', status: 501 }) })
  expect(await problemsOf(web(quick).fetchPart(registry.file, { last: 9 }))).toMatchObject([{ code: 'network' }])
  expect(registry.requests).toHaveLength(1)
  expect(registry.requests[0]?.headers.range).toBe('bytes=-9')
})

test.each([404, 410])('a status %i is not-found, at once', async (status) => {
  const registry = await registryWith({ fault: first(99, { kind: 'status', status }) })
  expect(await problemsOf(web(quick).fetchJson(`${registry.url}a`))).toMatchObject([{ code: 'not-found' }])
  expect(registry.requests).toHaveLength(1)
})

test.each([401, 403])(
  'a status %i is a network problem that speaks of the token and does not show it',
  async (status) => {
    const registry = await registryWith({ fault: first(99, { kind: 'status', status }) })
    const credentials = () => ({ authorization: 'Bearer geheim' })
    const [problem] = await problemsOf(web({ ...quick, credentials }).fetchJson(`${registry.url}a`))
    expect(problem).toMatchObject({
      code: 'network',
      hint: expect.stringContaining(`token for 127.0.0.1:${registry.port}`),
    })
    expect(JSON.stringify(problem)).not.toContain('geheim')
    expect(registry.requests).toHaveLength(1)
  },
)

test('another content is an integrity-mismatch that names the URL and both digests, and is not tried again', async () => {
  const registry = await registryWith({ fault: first(99, { kind: 'bytes' }) })
  const [problem] = await problemsOf(web(quick).fetchDigests(registry.file, ['sha512'], [sha512]))
  const sri = (content: Uint8Array) => `sha512-${createHash('sha512').update(content).digest('base64')}`
  expect(problem?.code).toBe('integrity-mismatch')
  expect(problem?.message).toContain(registry.file)
  expect(problem?.message).toContain(sri(bytes))
  expect(problem?.message).toContain(sri(bytes.map((byte) => byte ^ 1)))
  expect(registry.requests).toHaveLength(1)
})

test('every expected algorithm must agree, but one digest of each suffices', async () => {
  const registry = await registryWith()
  const wrong: Digest = { algorithm: 'sha512', hex: '00'.repeat(64) }
  const wrongSha1: Digest = { algorithm: 'sha1', hex: '00'.repeat(20) }
  expect(await web().fetchDigests(registry.file, ['sha512'], [wrong, sha512])).toEqual([sha512])
  const problems = await problemsOf(web().fetchDigests(registry.file, ['sha512'], [sha512, wrongSha1]))
  expect(problems).toMatchObject([{ code: 'integrity-mismatch' }])
})

test('a JSON document that is none is a network problem', async () => {
  const registry = await registryWith({
    fault: first(99, { kind: 'bytes', body: Buffer.from('<html>sign in</html>') }),
  })
  const [problem] = await problemsOf(web(quick).fetchJson(`${registry.url}a`))
  expect(problem).toMatchObject({ code: 'network', message: expect.stringContaining('not JSON') })
})

test('a gzip bomb is stopped', async () => {
  const registry = await registryWith({ fault: first(99, { kind: 'gzip-bomb', size: 40_000_000 }) })
  const [problem] = await problemsOf(web(quick).fetchJson(`${registry.url}a`))
  expect(problem?.message).toContain('expands more than 200 times')
})

test('an answer larger than the limit is not read to its end', async () => {
  const registry = await registryWith()
  const small = web({ ...quick, limits: { file: 99_999, json: 10 } })
  const [announced] = await problemsOf(small.fetchDigests(registry.file, ['sha512'], []))
  const [json] = await problemsOf(small.fetchJson(`${registry.url}a`))
  registry.fault = first(99, { kind: 'endless' })
  const [endless] = await problemsOf(small.fetchDigests(registry.file, ['sha512'], []))
  for (const problem of [announced, json, endless]) {
    expect(problem).toMatchObject({ code: 'network', message: expect.stringContaining('larger than') })
  }
})

test('offline nothing is asked for', async () => {
  const registry = await registryWith()
  const offline = web({ offline: true })
  expect(await problemsOf(offline.fetchJson(registry.url))).toMatchObject([{ code: 'network-needed' }])
  expect(await problemsOf(offline.fetchDigests(registry.file, [], []))).toMatchObject([{ code: 'network-needed' }])
  expect(registry.requests).toEqual([])
})

test('messages show URLs without credentials and query', async () => {
  const registry = await registryWith({ fault: first(99, { kind: 'status', status: 404 }) })
  const url = `http://user:geheim@127.0.0.1:${registry.port}/f.tgz?sig=geheim#geheim`
  const [problem] = await problemsOf(web(quick).fetchJson(url))
  expect(problem?.message).toContain(`http://127.0.0.1:${registry.port}/f.tgz?…`)
  expect(JSON.stringify(problem)).not.toContain('geheim')
})

test.each(['ftp://127.0.0.1/x', 'file:///etc/passwd', 'nonsense', '--upload-pack=x'])(
  '%s is not fetched',
  async (url) => {
    expect(await problemsOf(web(quick).fetchJson(url))).toMatchObject([{ code: 'url-invalid' }])
  },
)

test('no more requests are under way than allowed', async () => {
  const registry = await registryWith({ fault: first(99, { kind: 'stall' }) })
  const client = web({ ...quick, retries: 0, concurrency: 5, timeouts: { idle: 300 } })
  const all = Array.from({ length: 12 }, (_, index) => problemsOf(client.fetchJson(`${registry.url}${index}`)))
  await expect.poll(() => registry.requests.length).toBe(5)
  await web().fetchJson(`${(await registryWith()).url}a`)
  expect(registry.requests).toHaveLength(5)
  await Promise.all(all)
  expect(registry.requests).toHaveLength(12)
})

test('a dead host is not waited for again and again', async () => {
  const registry = await registryWith({ fault: first(99, { kind: 'reset' }) })
  const client = web({ ...quick, concurrency: 1 })
  for (let index = 0; index < 12; index++) await problemsOf(client.fetchJson(`${registry.url}x${index}`))
  expect(registry.requests).toHaveLength(8 * 3 + 4)
})

test('1,000 files come through although a fifth of the requests fails', async () => {
  const registry = await registryWith()
  const urls = Array.from({ length: 1000 }, (_, index) => registry.addFile(`/y${index}`, Buffer.from(`${index}`)))
  const faults: Fault[] = [
    { kind: 'status', status: 500 },
    { kind: 'reset' },
    { kind: 'reset', after: 1 },
    { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
  ]
  let count = 0
  registry.fault = () => (count++ % 5 === 0 ? faults[((count / 5) % faults.length) | 0] : undefined)
  const client = web({ backoff: { base: 1, cap: 5, retryAfterCap: 5 }, retries: 8 })
  const digests = await Promise.all(urls.map((url) => client.fetchDigests(url, ['sha256'], [])))
  const expected = urls.map((_, index) => createHash('sha256').update(`${index}`).digest('hex'))
  expect(digests.map(([digest]) => digest?.hex)).toEqual(expected)
  expect(registry.requests.length).toBeGreaterThan(1200)
})
