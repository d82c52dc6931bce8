/** Fetching from a registry that misbehaves: what arrives is right or not kept, and everything that failed is told. */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fetchSources, type FetchOptions, type FetchProgress } from '../../../src/fetch/fetch-sources.ts'
import { gitRepositories } from '../../../src/io/git.ts'
import { projectBytes } from '../../../src/io/project-archives.ts'
import { web, type WebOptions } from '../../../src/io/web.ts'
import type { SpecSource } from '../../../src/spec/build-spec.ts'
import { sourceStore } from '../../../src/store/source-store.ts'
import { startRegistry, type Fault, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { problemsOf } from '../../support/problems-of.ts'
import { addSources, archiveAt, contentOf } from '../../support/registry-sources.ts'

const quick: WebOptions = { backoff: { base: 1, cap: 2, retryAfterCap: 20 } }
/** On a busy machine an answer may need longer, and is asked for again. */
const impatient: WebOptions = { ...quick, timeouts: { idle: 150 } }
let registry: LoopbackRegistry
let cache: string

beforeEach(async () => {
  registry = await startRegistry()
  cache = mkdtempSync(join(tmpdir(), 'fetch-'))
})

afterEach(async () => {
  await registry.close()
  rmSync(cache, { recursive: true, force: true })
})

function optionsWith(more: Partial<FetchOptions> = {}, webOptions: WebOptions = quick): FetchOptions {
  return {
    store: sourceStore(cache),
    downloads: web(webOptions),
    git: gitRepositories({ environment: process.env }),
    project: projectBytes(cache),
    ...more,
  }
}

function fetchAll(
  sources: ReadonlyMap<string, SpecSource>,
  more?: Partial<FetchOptions>,
  webOptions?: WebOptions,
): Promise<ReadonlyMap<string, string>> {
  return fetchSources(sources, optionsWith(more, webOptions))
}

/** Every file of the store is what its name says, and nothing else is there. */
function expectSound(count: number): void {
  const files = readdirSync(join(cache, 'sources/file/sha512'), { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile(),
  )
  for (const { parentPath, name } of files) {
    expect(
      createHash('sha512')
        .update(readFileSync(join(parentPath, name)))
        .digest('hex'),
    ).toBe(name)
  }
  expect(files).toHaveLength(count)
  expect(readdirSync(join(cache, 'tmp')).flatMap((name) => readdirSync(join(cache, 'tmp', name)))).toEqual([])
}

test('sources come into the store under their digests, and a second run asks for nothing', async () => {
  const sources = addSources(registry, 50)
  const paths = await fetchAll(sources)
  expect([...paths.keys()]).toEqual([...sources.keys()])
  expect(readFileSync(paths.get('pkg-7') ?? '')).toEqual(contentOf(7))
  expect(registry.requests).toHaveLength(50)
  expect(await fetchAll(sources)).toEqual(paths)
  expect(registry.requests).toHaveLength(50)
  expectSound(50)
})

test('the same bytes under two names are fetched once', async () => {
  const bytes = contentOf(1)
  const sources = new Map([
    ['a', archiveAt(registry.addFile('/a.tgz', bytes), bytes)],
    ['b', archiveAt(registry.addFile('/b.tgz', bytes), bytes)],
  ])
  const paths = await fetchAll(sources)
  expect(paths.get('a')).toBe(paths.get('b'))
  expect(registry.requests).toHaveLength(1)
})

test('progress counts sources and bytes up to all of them', async () => {
  const seen: FetchProgress[] = []
  await fetchAll(addSources(registry, 5, 1000), { onProgress: (progress) => seen.push(progress) })
  expect(seen.at(-1)).toEqual({ done: 5, total: 5, fetched: 5, bytes: 5000 })
  const again: FetchProgress[] = []
  await fetchAll(addSources(registry, 6, 1000), { onProgress: (progress) => again.push(progress) })
  expect(again.at(-1)).toEqual({ done: 6, total: 6, fetched: 1, bytes: 1000 })
})

const passing: Record<string, Fault> = {
  'a status 503': { kind: 'status', status: 503 },
  'a status 429 with Retry-After': { kind: 'status', status: 429, headers: { 'retry-after': '3600' } },
  'a connection cut in mid-body': { kind: 'reset', after: 1000 },
  'an answer that stalls': { kind: 'stall', after: 1000 },
  'an answer shorter than announced': { kind: 'length', by: 5 },
}

test.each(Object.entries(passing))(
  '%s is tried again, and nothing of the first attempts is in the file',
  async (_, fault) => {
    registry.fault = ({ nth }) => (nth <= 2 ? fault : undefined)
    await fetchAll(addSources(registry, 3), {}, fault.kind === 'stall' ? impatient : quick)
    expectSound(3)
    expect(registry.requests.length).toBeGreaterThanOrEqual(9)
  },
)

test('the server’s Retry-After is waited for', async () => {
  let asked = false
  registry.fault = ({ nth }) => {
    if (nth > 1) asked = true
    return { kind: 'status', status: nth === 1 ? 429 : 404, headers: { 'retry-after': '3600' } }
  }
  const patient: WebOptions = { backoff: { base: 0, cap: 0, retryAfterCap: 400 } }
  const fetching = problemsOf(fetchAll(addSources(registry, 1), {}, patient))
  await expect.poll(() => registry.requests.length).toBe(1)
  // Without waiting the second request would follow within a turn of the loop.
  await new Promise((done) => setTimeout(done, 100))
  expect(asked).toBe(false)
  expect(await fetching).toMatchObject([{ code: 'not-found' }])
})

test('of 1,000 sources every one comes although a fifth of the requests fail', async () => {
  const faults = Object.values(passing).filter(({ kind }) => kind !== 'stall')
  let count = 0
  registry.fault = () => {
    count += 1
    return count % 5 === 0 ? faults[(count / 5) % faults.length] : undefined
  }
  const paths = await fetchAll(addSources(registry, 1000, 2000))
  expect(paths.size).toBe(1000)
  expectSound(1000)
}, 60_000)

test('what failed after all attempts is tried once more when the rest is there', async () => {
  registry.fault = ({ path, nth }) => (path === '/pkg-1.tgz' && nth <= 5 ? { kind: 'status', status: 503 } : undefined)
  await fetchAll(addSources(registry, 3))
  expectSound(3)
})

test('wrong bytes are never kept, and everything that failed is told in one go', async () => {
  const sources = addSources(registry, 10)
  registry.fault = ({ path }) => {
    if (path === '/pkg-2.tgz') return { kind: 'bytes' }
    if (path === '/pkg-5.tgz') return { kind: 'status', status: 404 }
    return path === '/pkg-8.tgz' ? { kind: 'bytes', body: Buffer.alloc(0) } : undefined
  }
  const problems = await problemsOf(fetchAll(sources))
  expect(problems.map(({ code }) => code)).toEqual(['integrity-mismatch', 'not-found', 'integrity-mismatch'])
  expect(problems.map(({ message }) => message.split(':')[0])).toEqual(['"pkg-2"', '"pkg-5"', '"pkg-8"'])
  expectSound(7)
  registry.fault = undefined
  const before = registry.requests.length
  await fetchAll(sources)
  expect(registry.requests.slice(before).map(({ path }) => path)).toEqual(['/pkg-2.tgz', '/pkg-5.tgz', '/pkg-8.tgz'])
})

test('an archive is never decompressed on the way, whatever encoding the server claims', async () => {
  const bytes = contentOf(1)
  const compressed = gzipSync(bytes)
  registry.fault = () => ({ kind: 'gzip' })
  const url = registry.addFile('/x.tgz', bytes)
  const paths = await fetchAll(new Map([['as-sent', archiveAt(url, compressed)]]))
  expect(readFileSync(paths.get('as-sent') ?? '')).toEqual(compressed)
  expect(await problemsOf(fetchAll(new Map([['inside', archiveAt(url, bytes)]])))).toMatchObject([
    { code: 'integrity-mismatch' },
  ])
  expect(registry.requests.every(({ headers }) => headers['accept-encoding'] === 'identity')).toBe(true)
})

test('a gzip bomb stays as small as it is sent', async () => {
  registry.fault = () => ({ kind: 'gzip-bomb', size: 20_000_000 })
  const seen: FetchProgress[] = []
  const [source] = [archiveAt(registry.addFile('/x.tgz', contentOf(1)), contentOf(1))]
  const problems = await problemsOf(fetchAll(new Map([['x', source]]), { onProgress: (each) => seen.push(each) }, {}))
  expect(problems).toMatchObject([{ code: 'integrity-mismatch' }])
  expect(seen.at(-1)?.bytes).toBeLessThan(100_000)
})

test('an answer that never ends is stopped at the limit, and leaves nothing', async () => {
  registry.fault = () => ({ kind: 'endless' })
  const small = { ...quick, limits: { file: 1_000_000 } }
  expect(await problemsOf(fetchAll(addSources(registry, 2), {}, small))).toMatchObject([
    { code: 'network', message: expect.stringContaining('larger than') },
    { code: 'network' },
  ])
  expect(existsSync(join(cache, 'sources'))).toBe(false)
})

test('a redirect to another host gets the bytes, and that host gets no credentials', async () => {
  const other = await startRegistry()
  try {
    const bytes = contentOf(1)
    const to = other.addFile('/elsewhere.tgz', bytes)
    registry.fault = () => ({ kind: 'redirect', to })
    const source = archiveAt(registry.addFile('/x.tgz', bytes), bytes)
    const credentials = () => ({ authorization: 'Bearer geheim' })
    await fetchAll(new Map([['x', source]]), {}, { ...quick, credentials })
    expect(registry.requests[0]?.headers.authorization).toBe('Bearer geheim')
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  } finally {
    await other.close()
  }
})

test('the second address is asked when the first has nothing, and not when the first has something else', async () => {
  const bytes = contentOf(1)
  const right = registry.addFile('/right.tgz', bytes)
  const wrong = registry.addFile('/wrong.tgz', contentOf(2))
  const source = (first: string): SpecSource => ({ ...archiveAt(right, bytes), urls: [first, right] })
  await fetchAll(new Map([['x', source(`${registry.url}missing.tgz`)]]))
  expectSound(1)
  rmSync(join(cache, 'sources'), { recursive: true })
  expect(await problemsOf(fetchAll(new Map([['x', source(wrong)]])))).toMatchObject([{ code: 'integrity-mismatch' }])
})

test('offline, what is there is verified and what is not is listed, without a request', async () => {
  await fetchAll(new Map([...addSources(registry, 4)].slice(0, 2)))
  const before = registry.requests.length
  const problems = await problemsOf(fetchAll(addSources(registry, 4), { offline: true }))
  expect(problems).toMatchObject([
    { code: 'network-needed', message: expect.stringContaining('pkg-2') },
    { code: 'network-needed', message: expect.stringContaining('pkg-3') },
  ])
  expect(registry.requests).toHaveLength(before)
})

test('several runs at once in one store all get everything', async () => {
  const sources = addSources(registry, 60)
  const all = await Promise.all([fetchAll(sources), fetchAll(sources), fetchAll(sources)])
  for (const paths of all) expect(paths).toEqual(all[0])
  expectSound(60)
})
