// A registry on loopback for benchmarks: what it is asked for comes from the real one once and from disk from then on, compressed,
// with the headers that the registry of npm sends, each answer after a latency. Started as a process of its own, so that it shares
// no thread with what is measured: `node bench/mirror.mjs <directory> <latency in ms>` prints its URL, and a line per answer that
// it had to get; ends with its standard input.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { loadTypeScript } from '../scripts/load-typescript.mjs'

const [directory, latency] = process.argv.slice(2)
const { DEFAULT_REGISTRY } = await loadTypeScript('converters/node/registry.ts')
mkdirSync(directory, { recursive: true })
const asked = new Map()

const server = createServer(async (request, response) => {
  // Older clients write paths in another way.
  const url = request.url.replace(/^\/+/, '/').replaceAll('%2F', '%2f')
  try {
    const [answer] = await Promise.all([asked.get(url) ?? ask(url), wait(Number(latency))])
    send(request, response, answer)
  } catch (error) {
    response.writeHead(502).end(String(error))
  }
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`))
process.stdin.resume().on('end', () => process.exit())

function ask(url) {
  const answer = find(url)
  asked.set(url, answer)
  answer.catch(() => asked.delete(url))
  return answer
}

/** Kept as a line of JSON about it, and the body as it is sent. */
async function find(url) {
  const file = join(directory, createHash('sha256').update(url).digest('hex'))
  if (!existsSync(file)) await fetchInto(file, url)
  const bytes = readFileSync(file)
  const end = bytes.indexOf(10)
  return { ...JSON.parse(bytes.subarray(0, end).toString()), body: bytes.subarray(end + 1) }
}

async function fetchInto(file, url, tries = 4) {
  try {
    const response = await fetch(new URL(url, DEFAULT_REGISTRY), { headers: { accept: 'application/json' } })
    const body = Buffer.from(await response.arrayBuffer())
    if (response.status >= 500) throw new Error(`status ${response.status}`)
    const isJson = !url.endsWith('.tgz')
    const head = { status: response.status, gzip: isJson, etag: createHash('sha1').update(body).digest('hex') }
    writeFileSync(
      `${file}.tmp`,
      Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), isJson ? gzipSync(body) : body]),
    )
    renameSync(`${file}.tmp`, file)
    console.log(`got ${url}`)
  } catch (error) {
    if (tries === 0) throw error
    await wait(1000)
    await fetchInto(file, url, tries - 1)
  }
}

function send(request, response, { status, gzip, etag, body }) {
  const headers = { etag: `"${etag}"`, 'cache-control': 'public, max-age=300', 'content-type': 'application/json' }
  if (status === 200 && request.headers['if-none-match'] === headers.etag) {
    response.writeHead(304, headers).end()
    return
  }
  const isGzip = gzip && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  if (isGzip) headers['content-encoding'] = 'gzip'
  response.writeHead(status, headers).end(gzip && !isGzip ? gunzipSync(body) : body)
}
