/** What the world answers in a fixture, as files: a request that has no file is an error that names the file it wants. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSri } from '../../src/digest/sri.ts'
import type { Algorithm, Digest } from '../../src/model/digest.ts'
import type { Downloads, GitRepositories, Web } from '../../src/model/world.ts'
import { fail } from '../../src/problem.ts'

/**
 * `https://host/a/b` is `<dir>/host/a/b.json` as a document, and `<dir>/host/a/b` as a file. `https://host/a/b/` as a text is the
 * file `<dir>/host/a/b.json`, of the first media type that is accepted.
 */
export function fileWeb(dir: string): Web & Downloads {
  return {
    fetchJson: async (url) => JSON.parse(readAnswer(dir, url, '.json').toString('utf8')),
    fetchText: async (url, accept) => ({
      text: readAnswer(dir, url.replace(/\/$/, ''), url.endsWith('/') ? '.json' : '').toString('utf8'),
      type: accept.replace(/[,;].*$/s, ''),
      url,
    }),
    fetchFile: async (url, receive) => receive(chunks(readAnswer(dir, url, ''))),
    fetchPart: async (url) => {
      const bytes = readAnswer(dir, url, '')
      return { bytes, start: 0, size: bytes.length }
    },
    fetchDigests: async (url, wanted, expect) => {
      const bytes = readAnswer(dir, url, '')
      for (const { algorithm, hex } of expect) {
        if (digest(bytes, algorithm).hex !== hex)
          fail({ code: 'integrity-mismatch', message: `${url} has other bytes` })
      }
      return wanted.map((algorithm) => digest(bytes, algorithm))
    },
  }
}

/** Build requirements of Python: what every case's index has. Names and pages are real, versions and digests are not. */
const BUILD_INDEX = join(import.meta.dirname, 'build-index')

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function readAnswer(dir: string, url: string, suffix: string): Buffer {
  const { host, pathname } = new URL(url)
  const file = join(dir, host, `${decodeURIComponent(pathname)}${suffix}`)
  // The registry of a case has what it has: that something is not there is an answer too.
  if (existsSync(file)) return readFileSync(file)
  const common = join(BUILD_INDEX, host, `${decodeURIComponent(pathname)}${suffix}`)
  if (existsSync(common)) return readFileSync(common)
  if (existsSync(join(dir, host))) fail({ code: 'not-found', message: `${url} is not there` })
  throw new Error(`the case has no answer for ${url}: it would be ${file}`)
}

function digest(bytes: Buffer, algorithm: Algorithm): Digest {
  if (algorithm === 'blake2b') throw new Error('fixtures do not use blake2b')
  return { algorithm, hex: createHash(algorithm).update(bytes).digest('hex') }
}

/** `{ "<url>#<commit>": "sha256-…" }` */
export function fileGit(file: string): GitRepositories {
  const fetchTreeDigest = async (url: string, rev: string): Promise<Digest> => {
    const answers: Readonly<Record<string, string>> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    const answer = answers[`${url}#${rev}`]
    if (answer === undefined) throw new Error(`the case has no answer for ${url}#${rev} in ${file}`)
    const [tree] = parseSri(answer)
    if (tree === undefined) throw new Error(`${file} holds an empty digest`)
    return tree
  }
  return { fetchTreeDigest, fetchCommit: async (url, rev) => ({ tree: await fetchTreeDigest(url, rev) }) }
}
