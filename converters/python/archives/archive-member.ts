/**
 * One small text file out of a source archive or a wheel, without unpacking the rest: `.tar.gz`, `.tgz`, `.tar`, `.zip`, `.whl`.
 * Whatever is odd gives nothing: it is for the build to complain of.
 */
import { createGunzip } from 'node:zlib'
import { ProblemError } from '../../../src/problem.ts'
import { findInTar } from './tar-member.ts'
import { findInZip, type RandomAccess } from './zip-member.ts'

const MAX_UNPACKED = 1024 * 1024 * 1024
/** Bytes that are decompressed in one go, on another thread. */
const CHUNK = 256 * 1024

type IsWanted = (path: string) => boolean

/** The first member that is wanted, in the archive's order; undefined when there is none, or the archive is of another kind. */
export async function findMember(
  archive: Uint8Array,
  filename: string,
  isWanted: IsWanted,
): Promise<string | undefined> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  if (/\.(?:zip|whl)$/i.test(filename)) return findZipMember(inMemory(bytes), isWanted)
  return textOf(() => findInTar(unzipped(bytes), (path) => isWanted(plain(path))))
}

/** The same, of a zip that may be elsewhere. Throws the problems of reading it. */
export async function findZipMember(zip: RandomAccess, isWanted: IsWanted): Promise<string | undefined> {
  return textOf(() => findInZip(zip, (path) => isWanted(plain(path))))
}

async function textOf(find: () => Promise<Buffer | undefined>): Promise<string | undefined> {
  try {
    const found = await find()
    return found === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(found)
  } catch (error) {
    if (error instanceof ProblemError) throw error
    return undefined
  }
}

function plain(path: string): string {
  return path.replace(/^(?:\.\/)+/, '')
}

/** By what it is, not by its name: `.tar.gz` that are plain, and plain ones without an ending. */
async function* unzipped(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return yield bytes
  const stream = createGunzip({ chunkSize: CHUNK })
  stream.end(bytes)
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > MAX_UNPACKED) return
    yield chunk
  }
}

function inMemory(bytes: Buffer): RandomAccess {
  return {
    size: bytes.length,
    read: async (from, to) => {
      if (from < 0 || to > bytes.length) throw new RangeError('outside of the file')
      return bytes.subarray(from, to)
    },
  }
}
