/** Progress on a real terminal (util-linux's `script` makes one) and away from one. */
import { spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { createProgress } from '../../../src/cli/progress.ts'
import { cleanEnvironment, installProgram, makeProject, npmProject } from '../../support/cli.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

interface Watched {
  readonly code: number | null
  readonly text: string
}

/** Converts a project whose one look-up is answered when `isEnough` says so of what was printed, or after a second and a half. */
async function watch(
  where: 'terminal' | 'pipe',
  isEnough: (text: string) => boolean,
  more: { words?: string; CI?: string } = {},
): Promise<Watched> {
  const integrity = `sha512-${Buffer.alloc(64).toString('base64')}`
  const held: ServerResponse[] = []
  const server = createServer((_, response) => void held.push(response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const command = `'${process.execPath}' '${program}' --registry ${url} ${more.words ?? ''}`
  const words = where === 'terminal' ? ['script', '-qec', command, '/dev/null'] : ['sh', '-c', command]
  const child = spawn(words[0] ?? '', words.slice(1), {
    cwd: makeProject(npmProject({ slow: '1.0.0' }, ({ version }) => ({ version }))),
    env: cleanEnvironment({ TERM: 'xterm', CI: more.CI }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const end = once(child, 'close')
  for (let waited = 0; (held.length === 0 || !isEnough(text)) && waited < 150; waited += held.length > 0 ? 1 : 0.1)
    await sleep(10)
  const answer = JSON.stringify({
    name: 'slow',
    version: '1.0.0',
    dist: { integrity, tarball: `${url}slow/-/slow-1.0.0.tgz` },
  })
  for (const response of held) response.end(answer)
  const [code] = (await end) as [number | null]
  server.closeAllConnections()
  server.close()
  return { code, text }
}

const progress = /\r\u001b\[2Klooking up/

test('a terminal shows what is going on, and it is gone at the end', async () => {
  const { code, text } = await watch('terminal', (shown) => progress.test(shown))
  expect(text).toMatch(progress)
  expect(text).toMatch(/\r\u001b\[2K\u001b\[1mpackage-lock\.json/)
  expect(code).toBe(0)
})

test('answers are counted before anything is pinned', async () => {
  const hash = '0'.repeat(64)
  const held: ServerResponse[] = []
  const page = (name: string) =>
    JSON.stringify({
      files: [{ filename: `${name}-1-py3-none-any.whl`, url: `https://f.example/${name}`, hashes: { sha256: hash } }],
    })
  const answer = (response: ServerResponse, name: string) =>
    void response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(page(name))
  const server = createServer(({ url }, response) => (url === '/b/' ? void held.push(response) : answer(response, 'a')))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const lines = ['a', 'b'].map((name) => `${name}==1 --hash=sha256:${hash}\n`)
  const child = spawn('script', ['-qec', `'${process.execPath}' '${program}' --registry ${registry}`, '/dev/null'], {
    cwd: makeProject({ 'requirements.txt': lines.join('') }),
    env: cleanEnvironment({ TERM: 'xterm' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const end = once(child, 'close')
  for (let waited = 0; !text.includes('1 answer so far') && waited < 1000; waited += 1) await sleep(10)
  held.forEach((response) => answer(response, 'b'))
  const [code] = (await end) as [number | null]
  server.closeAllConnections()
  server.close()
  expect(text).toContain('looking up, 1 answer so far')
  expect(code).toBe(0)
})

test.each([
  ['a pipe', 'pipe', {}],
  ['a terminal of a CI job', 'terminal', { CI: 'true' }],
  ['a terminal with --quiet', 'terminal', { words: '--quiet' }],
] as const)('%s does not', async (_, where, more) => {
  const { code, text } = await watch(where, () => false, more)
  expect(text).not.toContain('looking up')
  expect(code).toBe(0)
})

test('away from a terminal there is a line every ten seconds', async () => {
  const printed: string[] = []
  const slow = createProgress({ mode: 'lines', tick: 1, rewrite: () => {}, print: (text) => printed.push(text) })
  slow.show('looking up', 3, 10)
  while (printed.length < 2) await sleep(5)
  slow.clear()
  expect(printed.slice(0, 2)).toEqual(['looking up 3 of 10 …', 'looking up 3 of 10 …'])
})
