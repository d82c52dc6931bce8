/** Files of our stores: written while they arrive and hashed on the way, and hashed again when they are read. */
import { createHash, hash as hashAtOnce } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { Algorithm, Digest } from '../model/digest.ts'
import { hashNames } from './answer-body.ts'
import { failIo, hasCode } from './inside.ts'

export interface Received {
  readonly size: number
  /** Of the wanted algorithms, in their order. */
  readonly digests: readonly Digest[]
}

/** Writes a new read-only file. What `bytes` throws is thrown; then half a file may be there. Throws `io`. */
export async function receiveFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  wanted: readonly Algorithm[],
): Promise<Received> {
  const hashes = wanted.map((algorithm) => ({ algorithm, hash: createHash(hashNames[algorithm]) }))
  const file = open(path)
  let size = 0
  try {
    for await (const chunk of bytes) {
      for (const { hash } of hashes) hash.update(chunk)
      // To the page cache, which takes less time than handing it to another thread; and nothing more is read meanwhile.
      write(file, chunk, path)
      size += chunk.length
    }
  } finally {
    closeSync(file)
  }
  return { size, digests: hashes.map(({ algorithm, hash }) => ({ algorithm, hex: hash.digest('hex') })) }
}

/** For this long (milliseconds) hashing keeps the event loop to itself. */
const SLICE = 20
const AT_ONCE = 4 * 1024 * 1024

let pause = 0

/**
 * Hex digest of a stored file; undefined when there is none, or something that is no file of ours. Throws `io`.
 */
export async function findFileHex(path: string, algorithm: Algorithm): Promise<string | undefined> {
  if (performance.now() > pause) {
    await setImmediate()
    pause = performance.now() + SLICE
  }
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stats = fstatSync(file)
    if (!stats.isFile()) return undefined
    if (stats.size > AT_ONCE) return await hashInPieces(file, algorithm)
    return hashAtOnce(hashNames[algorithm], readFileSync(file), 'hex')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    return failIo(error, 'reading', path)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

async function hashInPieces(file: number, algorithm: Algorithm): Promise<string> {
  const hash = createHash(hashNames[algorithm])
  const buffer = Buffer.allocUnsafe(AT_ONCE)
  for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
    hash.update(buffer.subarray(0, read))
    await setImmediate()
  }
  return hash.digest('hex')
}

function open(path: string): number {
  try {
    return openSync(path, 'wx', 0o444)
  } catch (error) {
    return failIo(error, 'writing', path)
  }
}

function write(file: number, chunk: Uint8Array, path: string): void {
  try {
    for (let done = 0; done < chunk.length;) done += writeSync(file, chunk, done)
  } catch (error) {
    failIo(error, 'writing', path)
  }
}
