/**
 * One small text file out of a source archive or a wheel, without unpacking the rest: `.tar.gz`, `.tgz`, `.tar`, `.zip`, `.whl`.
 * The bytes are verified, not friendly: whatever is odd gives nothing.
 */
import { gunzipSync, inflateRawSync } from 'node:zlib'

const MAX_UNPACKED = 1024 * 1024 * 1024
const MAX_MEMBER = 8 * 1024 * 1024

/** The first member that is wanted, in the archive's order; undefined when there is none, or the archive is of another kind. */
export function findMember(
  archive: Uint8Array,
  filename: string,
  isWanted: (path: string) => boolean,
): string | undefined {
  try {
    const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
    const found = /\.(?:zip|whl)$/i.test(filename) ? inZip(bytes, isWanted) : inTar(unzipped(bytes), isWanted)
    return found === undefined ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(found)
  } catch {
    return undefined
  }
}

/** By what it is, not by its name: `.tar.gz` that are plain, and plain ones without an ending. */
function unzipped(bytes: Buffer): Buffer {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED }) : bytes
}

const BLOCK = 512

/** ustar, with pax and GNU long names. */
function inTar(tar: Buffer, isWanted: (path: string) => boolean): Buffer | undefined {
  let longName: string | undefined
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK)
    const size = numberAt(header, 124, 12)
    const type = String.fromCharCode(header[156] ?? 0)
    const body = tar.subarray(at + BLOCK, at + BLOCK + size)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    if (type === 'L') longName = textAt(body, 0, size)
    else if (type === 'x') longName = paxPath(body) ?? longName
    else if (type === 'g') continue
    else {
      const path =
        longName ?? [textAt(header, 345, 155), textAt(header, 0, 100)].filter((part) => part !== '').join('/')
      longName = undefined
      if ((type === '0' || type === '\0') && size <= MAX_MEMBER && body.length === size && isWanted(plain(path)))
        return body
    }
  }
  return undefined
}

function numberAt(block: Buffer, start: number, length: number): number {
  if ((block[start] ?? 0) >= 0x80) return Number(block.readBigUInt64BE(start + length - 8))
  const size = Number.parseInt(textAt(block, start, length).trim() || '0', 8)
  return Number.isSafeInteger(size) && size >= 0 ? size : 0
}

function textAt(block: Buffer, start: number, length: number): string {
  const part = block.subarray(start, start + length)
  const end = part.indexOf(0)
  return part.subarray(0, end === -1 ? part.length : end).toString('utf8')
}

function paxPath(body: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(body.toString('utf8'))?.[1]
}

function plain(path: string): string {
  return path.replace(/^(?:\.\/)+/, '')
}

const END_OF_DIRECTORY = 0x06054b50
const IN_DIRECTORY = 0x02014b50

/** By the central directory; no zip64, which no small member needs. */
function inZip(zip: Buffer, isWanted: (path: string) => boolean): Buffer | undefined {
  let end = zip.length - 22
  while (end >= 0 && end > zip.length - 22 - 65_536 && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1
  if (end < 0 || zip.readUInt32LE(end) !== END_OF_DIRECTORY) return undefined
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0 && zip.readUInt32LE(at) === IN_DIRECTORY; left -= 1) {
    const [nameLength, extra, comment] = [
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
    ]
    const path = zip.subarray(at + 46, at + 46 + nameLength).toString('utf8')
    if (isWanted(plain(path))) return zipMember(zip, at)
    at += 46 + nameLength + extra + comment
  }
  return undefined
}

function zipMember(zip: Buffer, entry: number): Buffer | undefined {
  const method = zip.readUInt16LE(entry + 10)
  const size = zip.readUInt32LE(entry + 20)
  const header = zip.readUInt32LE(entry + 42)
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
  const body = zip.subarray(start, start + size)
  if (method === 0) return body
  return method === 8 ? inflateRawSync(body, { maxOutputLength: MAX_MEMBER }) : undefined
}
