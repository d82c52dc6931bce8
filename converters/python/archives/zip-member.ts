/** One small file out of a zip, by its central directory; no zip64, which no small member needs. */
import { inflateRawSync } from 'node:zlib'
import { MAX_MEMBER } from './member-limits.ts'

/** A file that need not be here as a whole. */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number
  /** Exactly these, `to` not included. Throws RangeError for what is not in the file. */
  read(from: number, to: number): Promise<Buffer>
}

const END_OF_DIRECTORY = 0x06054b50
const IN_DIRECTORY = 0x02014b50
/** Bytes: of the end of the directory, its comment, a directory, a file's header. */
const END_LENGTH = 22
const MAX_COMMENT = 65_535
const MAX_DIRECTORY = 64 * 1024 * 1024
const HEADER_LENGTH = 30

/** The first that is wanted, in the directory's order. Throws RangeError for what is no zip, and what reading throws. */
export async function findInZip(zip: RandomAccess, isWanted: (path: string) => boolean): Promise<Buffer | undefined> {
  const directory = await readDirectory(zip)
  for (let at = 0; directory.length - at >= 46 && directory.readUInt32LE(at) === IN_DIRECTORY;) {
    const nameLength = directory.readUInt16LE(at + 28)
    const path = directory.subarray(at + 46, at + 46 + nameLength).toString('utf8')
    if (isWanted(path)) return readMember(zip, directory.subarray(at))
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return undefined
}

async function readDirectory(zip: RandomAccess): Promise<Buffer> {
  const end = await zip.read(zip.size - END_LENGTH, zip.size)
  const found = isEnd(end, 0) ? end : await findEnd(zip)
  const [length, start] = [found.readUInt32LE(12), found.readUInt32LE(16)]
  if (length > MAX_DIRECTORY) throw new RangeError('the directory is too large')
  return zip.read(start, start + length)
}

/** Before a comment. */
async function findEnd(zip: RandomAccess): Promise<Buffer> {
  const tail = await zip.read(Math.max(0, zip.size - END_LENGTH - MAX_COMMENT), zip.size)
  let at = tail.length - END_LENGTH
  while (at >= 0 && !isEnd(tail, at)) at -= 1
  if (at < 0) throw new RangeError('there is no directory')
  return tail.subarray(at)
}

function isEnd(bytes: Buffer, at: number): boolean {
  return bytes.readUInt32LE(at) === END_OF_DIRECTORY
}

async function readMember(zip: RandomAccess, entry: Buffer): Promise<Buffer | undefined> {
  const method = entry.readUInt16LE(10)
  const size = entry.readUInt32LE(20)
  if (size > MAX_MEMBER) return undefined
  const at = entry.readUInt32LE(42)
  const header = await zip.read(at, at + HEADER_LENGTH)
  const start = at + HEADER_LENGTH + header.readUInt16LE(26) + header.readUInt16LE(28)
  const body = await zip.read(start, start + size)
  if (method === 0) return body
  return method === 8 ? inflateRawSync(body, { maxOutputLength: MAX_MEMBER }) : undefined
}
