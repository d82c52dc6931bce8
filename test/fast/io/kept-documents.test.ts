import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { freshFor, keptDocuments } from '../../../src/io/kept-documents.ts'
import { web } from '../../../src/io/web.ts'
import type { Json } from '../../../src/model/json.ts'

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

/** Serves `{ version, big }` with these headers, and 304 to whoever has this version. */
async function serve(headers: Readonly<Record<string, string>>) {
  const served = { version: 1, asked: [] as IncomingHttpHeaders[], connections: new Set<unknown>(), url: '' }
  const server = createServer((request, response) => {
    served.connections.add(request.socket)
    served.asked.push(request.headers)
    const etag = `"${served.version}"`
    if (request.headers['if-none-match'] === etag) response.writeHead(304, headers).end()
    else
      response
        .writeHead(200, { etag, ...headers })
        .end(JSON.stringify({ version: served.version, big: 'x'.repeat(9000) }))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/document`
  return served
}

const shrink = (document: unknown): Json => ({ version: (document as { version: number }).version })

/** As each run opens them: with a memory of its own. */
const open = (directory: string, offline = false) =>
  keptDocuments({ directory, offline, shrink, documents: async () => web({ retries: 0 }) })
const emptyDirectory = () => mkdtempSync(join(tmpdir(), 'documents-'))

describe('a document', () => {
  test('is asked for once per run, and not at all while it is fresh', async () => {
    const served = await serve({ 'cache-control': 'public, max-age=300' })
    const directory = emptyDirectory()
    const first = open(directory)
    await Promise.all([first.fetch(served.url), first.fetch(served.url)])
    expect(await open(directory).fetch(served.url)).toBe('{"version":1}')
    expect(served.asked.length).toBe(1)
  })

  test('comes over a connection that others came over', async () => {
    const served = await serve({})
    const documents = keptDocuments({
      directory: emptyDirectory(),
      offline: false,
      shrink,
      documents: async () => web({ retries: 0, concurrency: 2 }),
    })
    await Promise.all(Array.from({ length: 8 }, (_, i) => documents.fetch(`${served.url}/${i}`)))
    expect(served.asked.length).toBe(8)
    expect(served.connections.size).toBeLessThanOrEqual(2)
  })

  test('is kept as it was shrunk', async () => {
    const served = await serve({})
    const directory = emptyDirectory()
    await open(directory).fetch(served.url)
    const [file] = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(readFileSync(join(file?.parentPath ?? '', file?.name ?? ''), 'utf8').split('\n')[1]).toBe('{"version":1}')
  })

  test('is asked for with what the server called it, and sent again only when it changed', async () => {
    const served = await serve({ 'cache-control': 'no-cache' })
    const directory = emptyDirectory()
    const digest = await open(directory).fetchDigest(served.url)
    expect(await open(directory).fetchDigest(served.url)).toBe(digest)
    expect(served.asked.map((headers) => headers['if-none-match'])).toEqual([undefined, '"1"'])
    served.version = 2
    expect(await open(directory).fetch(served.url)).toBe('{"version":2}')
    expect(await open(directory).fetchDigest(served.url)).not.toBe(digest)
  })

  test('is had without network, however old, and named when it is not there', async () => {
    const served = await serve({ 'cache-control': 'no-store' })
    const directory = emptyDirectory()
    await open(directory).fetch(served.url)
    expect(await open(directory, true).fetch(served.url)).toBe('{"version":1}')
    await expect(open(directory, true).fetch(`${served.url}/other`)).rejects.toThrow(/network-needed: .*\/other/)
  })

  test('is fetched again when what is kept is damaged', async () => {
    const served = await serve({})
    const directory = emptyDirectory()
    await open(directory).fetch(served.url)
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) writeFileSync(join(entry.parentPath, entry.name), '{"url":')
    }
    expect(await open(directory).fetch(served.url)).toBe('{"version":1}')
    expect(served.asked.length).toBe(2)
  })
})

test.each([
  [undefined, undefined, 300],
  ['public, max-age=60', undefined, 60],
  ['max-age=60', '45', 15],
  ['max-age=60', '90', 0],
  ['no-cache, max-age=60', undefined, 0],
  ['private', undefined, 300],
])('cache-control %j with age %j is fresh for %d seconds', (control, age, seconds) => {
  expect(freshFor(control, age)).toBe(seconds * 1000)
})
