/** Kept documents as a resolution has them: fetched by the threads of the built program. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DocumentSettings } from '../../../src/cli/resolve-documents.ts'
import { documentsThreads, type DocumentsThreads } from '../../../src/io/documents-threads.ts'
import { installProgram } from '../../support/cli.ts'
import { problemsOf } from '../../support/problems-of.ts'

const server = createServer(({ url = '', headers }, response) => {
  if (url.startsWith('/gone')) response.writeHead(404).end()
  else response.end(JSON.stringify({ name: url.slice(1), readme: 'x'.repeat(9000), agent: headers['user-agent'] }))
})
let registry: string
let entry: URL
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  entry = pathToFileURL(join(dirname(await installProgram()), 'chunks/documents-worker.cjs'))
})
afterAll(() => server.close())

const opened: DocumentsThreads[] = []
afterAll(() => opened.forEach((threads) => threads.close()))

function open(from: URL, more: Partial<DocumentSettings> = {}): DocumentsThreads {
  const directory = mkdtempSync(join(tmpdir(), 'documents-threads-'))
  const environment = { HOME: directory, XDG_CACHE_HOME: directory }
  const threads = documentsThreads(from, { ecosystem: 'node', directory, environment, offline: false, ...more })
  opened.push(threads)
  return threads
}

describe('threads', () => {
  test('fetch what is asked of them, more than one of them has under way, and what is left of it crosses', async () => {
    const threads = open(entry)
    const names = Array.from({ length: 50 }, (_, index) => `package-${index}`)
    const texts = await Promise.all(names.map((name) => threads.fetch(registry + name)))
    expect(texts).toEqual(names.map((name) => JSON.stringify({ name, versions: {} })))
    const digest = await threads.fetchDigest(`${registry}package-49`)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(await threads.fetchDigest(`${registry}package-49`)).toBe(digest)
  })

  test('say what is wrong as it is said elsewhere', async () => {
    const [problem] = await problemsOf(open(entry).fetch(`${registry}gone`))
    expect(problem).toMatchObject({ code: 'not-found', message: expect.stringContaining('/gone') })
    const [refused] = await problemsOf(open(entry, { offline: true }).fetch(`${registry}other`))
    expect(refused?.code).toBe('network-needed')
  })

  test('that cannot begin, or die, are told of, and so is whoever asks afterwards', async () => {
    await expect(open(entry, { ecosystem: 'none' }).fetch(registry)).rejects.toThrow('none keeps no documents')
    const dying = open(new URL('data:text/javascript,throw new Error("dead")'))
    await expect(Promise.all([dying.fetch(registry), dying.fetch(`${registry}b`)])).rejects.toThrow('dead')
    await expect(dying.fetchDigest(registry)).rejects.toThrow('dead')
  })
})
