/** The body of an answer, as JSON or as digests: never more of it than the limit, never less than was announced. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, type ZlibOptions } from 'node:zlib'
import { printSri } from '../digest/sri.ts'
import type { Algorithm, Digest } from '../model/digest.ts'
import type { FilePart } from '../model/world.ts'
import { fail } from '../problem.ts'
import { AttemptError } from './retry.ts'

export const MAX_JSON = 64 * 1024 * 1024
export const MAX_FILE = 2 * 1024 * 1024 * 1024
/** A part is held in memory, and so is the whole file that some servers send instead. */
export const MAX_PART = 64 * 1024 * 1024

/** A small answer may not fill the memory: packuments compress by less than 30. */
const MAX_RATIO = 200
const RATIO_FREE = 1024 * 1024

/** By how much packuments compress. Bytes: what is decompressed in one go, at least and at most. */
const USUAL_RATIO = 10
const MIN_CHUNK = 65_536
const MAX_CHUNK = 8 * 1024 * 1024

/** Throws AttemptError. */
export async function readJson(answer: IncomingMessage, limit: number): Promise<unknown> {
  const bytes = await readDecoded(answer, limit)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new AttemptError('the answer is not JSON', false, { cause })
  }
}

/** UTF-8, whatever it announces. Throws AttemptError. */
export async function readText(answer: IncomingMessage, limit: number): Promise<string> {
  const bytes = await readDecoded(answer, limit)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AttemptError('the answer is not UTF-8', false, { cause })
  }
}

export interface ReadDigestsOptions {
  /** As it may be shown. */
  readonly url: string
  readonly wanted: readonly Algorithm[]
  readonly expect: readonly Digest[]
  /** Bytes. */
  readonly limit: number
}

/** Hashes the bytes as they are sent. Throws AttemptError, and `integrity-mismatch`. */
export async function readDigests(answer: IncomingMessage, options: ReadDigestsOptions): Promise<readonly Digest[]> {
  const algorithms = new Set([...options.wanted, ...options.expect.map((digest) => digest.algorithm)])
  const hashes = new Map([...algorithms].map((algorithm) => [algorithm, createHash(hashNames[algorithm])]))
  for await (const chunk of rawBody(answer, options.limit)) for (const hash of hashes.values()) hash.update(chunk)
  const digests = new Map<Algorithm, Digest>()
  for (const [algorithm, hash] of hashes) digests.set(algorithm, { algorithm, hex: hash.digest('hex') })
  verify(digests, options)
  return options.wanted.flatMap((algorithm) => digests.get(algorithm) ?? [])
}

/** OpenSSL's names. */
export const hashNames: Readonly<Record<Algorithm, string>> = {
  md5: 'md5',
  sha1: 'sha1',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  blake2b: 'blake2b512',
}

/** Every algorithm that is expected must agree; of several digests of one algorithm one suffices (as in SRI). */
function verify(found: ReadonlyMap<Algorithm, Digest>, { url, expect }: ReadDigestsOptions): void {
  for (const [algorithm, digest] of found) {
    const expected = expect.filter((one) => one.algorithm === algorithm)
    if (expected.length === 0 || expected.some((one) => one.hex === digest.hex)) continue
    fail({
      code: 'integrity-mismatch',
      message: `${url} has ${printSri(digest)}, but ${expected.map(printSri).join(' or ')} is expected`,
      hint: 'find out why the bytes differ before you trust either; if the new ones are right, lock the package again',
    })
  }
}

/** The part that a server sent (status 206), or all of the file. Throws AttemptError. */
export async function readPart(answer: IncomingMessage, limit: number): Promise<FilePart> {
  const bytes = await readSent(answer, limit)
  if (answer.statusCode !== 206) return { bytes, start: 0, size: bytes.length }
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(answer.headers['content-range'] ?? '') ?? []
  const start = Number(first)
  if (size === undefined || Number(last) - start + 1 !== bytes.length || Number(last) >= Number(size)) {
    throw new AttemptError('the answer is not the part of the file that it claims to be', false)
  }
  return { bytes, start, size: Number(size) }
}

async function readSent(answer: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of rawBody(answer, limit)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function readDecoded(answer: IncomingMessage, limit: number): Promise<Uint8Array> {
  const decompress = decoders.get(answer.headers['content-encoding'] ?? 'identity')
  if (decompress === undefined)
    throw new AttemptError('the answer has a content encoding that was not asked for', false)
  const sent = await readSent(answer, limit)
  const plausible = Math.max(RATIO_FREE, sent.length * MAX_RATIO)
  try {
    return await decompress(sent, {
      maxOutputLength: Math.min(limit, plausible),
      // Most answers then need one go: each one costs more than what is decompressed in it.
      chunkSize: Math.min(Math.max(sent.length * USUAL_RATIO, MIN_CHUNK), MAX_CHUNK),
    })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    if (limit <= plausible) throw new AttemptError(`the answer is larger than ${limit} bytes`, false)
    throw new AttemptError(`the compressed answer expands more than ${MAX_RATIO} times`, false)
  }
}

const inflate = promisify(gunzip)
const decoders = new Map<string, (sent: Buffer, options: ZlibOptions) => Promise<Uint8Array>>([
  ['gzip', inflate],
  ['x-gzip', inflate],
  ['br', promisify(brotliDecompress)],
  ['identity', async (sent) => sent],
])

/** The bytes as they are sent, whatever their encoding: never more than the limit, never fewer than were announced. Throws AttemptError. */
export async function* rawBody(answer: IncomingMessage, limit: number): AsyncGenerator<Uint8Array> {
  const announced = answer.headers['content-length']
  const tooLarge = () => new AttemptError(`the answer is larger than ${limit} bytes`, false)
  if (announced !== undefined && Number(announced) > limit) {
    answer.destroy()
    throw tooLarge()
  }
  let size = 0
  for await (const chunk of answer) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a body without an encoding has chunks of bytes')
    size += chunk.length
    if (size > limit) throw tooLarge()
    yield chunk
  }
  if (announced !== undefined && size !== Number(announced)) {
    throw new AttemptError(`${size} bytes came, ${announced} were announced`, true)
  }
}
