/** What a wheel needs, read out of a wheel on a server: of one that has parts of files, has none, refuses, or lies. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { buildIndex, type ReleaseWheel } from '../../../../converters/python/builds/build-index.ts'
import { parseWheelName } from '../../../../converters/python/standards/wheel-name.ts'
import { web } from '../../../../src/io/web.ts'
import { packArchive } from '../../../support/python-archive.ts'

const METADATA = 'Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: b>=2\n\n'
const closing: (() => void)[] = []
afterEach(() => closing.splice(0).forEach((close) => close()))

/** Large enough to be worth a part; many files make a directory that is longer than the first request. */
function wheel(files: number, at: 'first' | 'last'): Uint8Array {
  const code = Object.fromEntries(
    Array.from({ length: files }, (_, at) => [`a/module_${at}.py`, randomBytes(500).toString('base64')] as const),
  )
  const info = { 'a-1.0.dist-info/METADATA': METADATA }
  return packArchive('a-1.0-py3-none-any.whl', at === 'first' ? { ...info, ...code } : { ...code, ...info })
}

type Answer = (request: IncomingMessage, response: ServerResponse, bytes: Uint8Array) => void

/** As a server that knows ranges; `sent` counts bytes of bodies. */
const withParts: Answer = (request, response, bytes) => {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  const start = from === '' ? Math.max(0, bytes.length - Number(to)) : Number(from)
  const end = from === '' ? bytes.length : Math.min(bytes.length, Number(to) + 1)
  response.writeHead(206, { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` })
  response.end(bytes.subarray(start, end))
}

async function needsOf(bytes: Uint8Array, answer: Answer, hasMetadata = false) {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    if (request.url?.endsWith('.metadata') === true) return response.writeHead(404).end()
    asked.push(request.headers.range)
    if (request.headers.range === undefined) return response.end(bytes)
    return answer(request, response, bytes)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  const { port } = server.address() as AddressInfo
  const name = 'a-1.0-py3-none-any.whl'
  const file = { filename: name, url: `http://127.0.0.1:${port}/${name}`, digests: [], yanked: false, hasMetadata }
  const parsed = parseWheelName(name)
  if (parsed === undefined) throw new Error('it is the name of a wheel')
  const one: ReleaseWheel = { name, file, wheel: parsed, requiresPython: undefined }
  const net = web({ retries: 0 })
  const needs = await buildIndex({ web: net, downloads: net }).requirements(one)
  return { needs: needs.map(({ name }) => name), asked }
}

test('of a large wheel only its end is fetched', async () => {
  const { needs, asked } = await needsOf(wheel(200, 'last'), withParts)
  expect(needs).toEqual(['b'])
  expect(asked).toEqual(['bytes=-65536'])
})

test('a long directory, and metadata at the beginning, are fetched as well', async () => {
  const bytes = wheel(2000, 'first')
  const { needs, asked } = await needsOf(bytes, withParts)
  expect(needs).toEqual(['b'])
  expect(asked).toEqual(['bytes=-65536', expect.stringMatching(/^bytes=\d{6,}-\d+$/), 'bytes=0-8191'])
})

test('a server that has no parts sends all of it', async () => {
  const { needs, asked } = await needsOf(wheel(200, 'first'), (_, response, bytes) => response.end(bytes))
  expect(needs).toEqual(['b'])
  expect(asked).toEqual(['bytes=-65536'])
})

const refused: readonly [string, Answer][] = [
  ['416', (_, response) => response.writeHead(416).end()],
  ['501', (_, response) => response.writeHead(501).end()],
  ['a part without its place', (_, response, bytes) => response.writeHead(206).end(bytes.subarray(0, 10))],
  [
    'a part of another length',
    (_, response, bytes) =>
      response.writeHead(206, { 'content-range': `bytes 0-99/${bytes.length}` }).end(bytes.subarray(0, 10)),
  ],
]

test.each(refused)('where the answer is %s, the whole file is fetched', async (_, answer) => {
  const { needs, asked } = await needsOf(wheel(200, 'last'), answer)
  expect(needs).toEqual(['b'])
  expect(asked).toEqual(['bytes=-65536', undefined])
})

test('a copy that the index announces and does not have is looked for in the wheel', async () => {
  const { needs } = await needsOf(wheel(200, 'last'), withParts, true)
  expect(needs).toEqual(['b'])
})

test('what is no wheel needs nothing that is known', async () => {
  const { needs } = await needsOf(randomBytes(200_000), withParts)
  expect(needs).toEqual([])
})
