/**
 * A package archive as the zip that Yarn Berry keeps in its cache, byte for byte: the lock file's checksum is the sha512 of that zip.
 * Yarn converts with libzip (tgzUtils.convertToZip): directories before what they hold, in the archive's order, one fixed time, no
 * extra fields; a file that the archive holds twice keeps its first position. Only `compressionLevel: 0` (cache keys that end in
 * `c0`), where files are stored as they are.
 */
import * as zlib from 'node:zlib'
import type { TarEntry } from '../../archive/tar-reader.ts'

export interface ZipFormat {
  /** Where the files go: `node_modules/<name>`, with the package's own name. */
  readonly prefix: string
  /** Components that the archive's paths lose; 1 for published packages. */
  readonly strip: number
}

/** Pure. What yarn passes over (absolute paths, `..`, devices, hard links) is passed over. */
export function berryZip(archive: readonly TarEntry[], format: ZipFormat): Buffer {
  return printZip(zipEntries(archive, format))
}

export interface ZipEntry {
  /** With the bits that tell what it is. */
  readonly mode: number
  readonly content: Buffer
}

/** Path → entry, parents first; paths of directories end with `/`. */
export type ZipEntries = ReadonlyMap<string, ZipEntry>

const DIRECTORY = 0o040755
const FILE = 0o100644
const PROGRAM = 0o100755
export const LINK = 0o120777
export const nothing = Buffer.alloc(0)

/** What the zip of an archive holds. */
export function zipEntries(archive: readonly TarEntry[], { prefix, strip }: ZipFormat): ZipEntries {
  const entries = new Map<string, ZipEntry>()
  for (const entry of archive) {
    const inside = strippedPath(entry.path, strip)
    if (inside === undefined) continue
    const path = `${prefix}/${inside}`
    if (entry.kind === 'directory') addDirectories(entries, `${path}/`)
    else if (entry.kind === 'file') {
      addDirectories(entries, path)
      entries.set(path, { mode: (entry.mode & 0o111) === 0 ? FILE : PROGRAM, content: entry.content })
    } else if (entry.target !== undefined) {
      addDirectories(entries, path)
      entries.set(path, { mode: LINK, content: Buffer.from(entry.target) })
    }
  }
  return entries
}

function strippedPath(path: string, strip: number): string | undefined {
  if (path.startsWith('/') || path.split('/').includes('..')) return undefined
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.length <= strip ? undefined : parts.slice(strip).join('/')
}

/** Every directory that the path names. */
export function addDirectories(entries: Map<string, ZipEntry>, path: string): void {
  const end = path.lastIndexOf('/') + 1
  if (end === 0 || entries.has(path.slice(0, end))) return
  addDirectories(entries, path.slice(0, end - 1))
  entries.set(path.slice(0, end), { mode: DIRECTORY, content: nothing })
}

const LOCAL_SIZE = 30
const CENTRAL_SIZE = 46
const END_SIZE = 22
/** 1984-06-22, 21:50:00: yarn's SAFE_TIME. */
const TIME = 0xae40
const DATE = 0x08d6
/** The flag of a name that is not plain ASCII. */
const UTF_8 = 0x0800

interface Written extends ZipEntry {
  readonly name: Buffer
  readonly isAscii: boolean
  readonly crc: number
  readonly offset: number
}

export function printZip(entries: ZipEntries): Buffer {
  return Buffer.concat(zipPieces(entries))
}

/**
 * The zip in pieces: its headers, and the contents of the entries as they are.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, as libzip writes it.
 */
export function zipPieces(entries: ZipEntries): readonly Buffer[] {
  const written: Written[] = []
  let offset = 0
  let named = 0
  for (const [path, entry] of entries) {
    const name = Buffer.from(path)
    written.push({ ...entry, name, isAscii: name.length === path.length, crc: crc32(entry.content), offset })
    offset += LOCAL_SIZE + name.length + entry.content.length
    named += name.length
  }
  const locals = Buffer.alloc(written.length * LOCAL_SIZE + named)
  const pieces: Buffer[] = []
  let at = 0
  for (const entry of written) {
    const end = writeLocal(locals, at, entry)
    pieces.push(locals.subarray(at, end), entry.content)
    at = end
  }
  return [...pieces, centralDirectory(written, offset)]
}

function centralDirectory(written: readonly Written[], offset: number): Buffer {
  const size = written.reduce((sum, { name }) => sum + CENTRAL_SIZE + name.length, 0)
  const central = Buffer.alloc(size + END_SIZE)
  let at = 0
  for (const entry of written) at = writeCentral(central, at, entry)
  central.writeUInt32LE(0x06054b50, at)
  central.writeUInt16LE(written.length, at + 8)
  central.writeUInt16LE(written.length, at + 10)
  central.writeUInt32LE(size, at + 12)
  central.writeUInt32LE(offset, at + 16)
  return central
}

function writeLocal(zip: Buffer, at: number, entry: Written): number {
  const { name } = entry
  zip.writeUInt32LE(0x04034b50, at)
  writeDescription(zip, at + 4, entry)
  name.copy(zip, at + LOCAL_SIZE)
  return at + LOCAL_SIZE + name.length
}

function writeCentral(zip: Buffer, at: number, entry: Written): number {
  const { name, mode, offset } = entry
  zip.writeUInt32LE(0x02014b50, at)
  // Made on Unix, by version 6.3 of the format.
  zip.writeUInt16LE(0x033f, at + 4)
  writeDescription(zip, at + 6, entry)
  zip.writeUInt32LE((mode << 16) >>> 0, at + 38)
  zip.writeUInt32LE(offset, at + 42)
  name.copy(zip, at + CENTRAL_SIZE)
  return at + CENTRAL_SIZE + name.length
}

/** What both headers have: the version needed, flags, method, time, checksum, sizes. */
function writeDescription(zip: Buffer, at: number, { name, isAscii, content, mode, crc }: Written): void {
  zip.writeUInt16LE(mode === DIRECTORY ? 20 : 10, at)
  if (!isAscii) zip.writeUInt16LE(UTF_8, at + 2)
  zip.writeUInt16LE(TIME, at + 6)
  zip.writeUInt16LE(DATE, at + 8)
  zip.writeUInt32LE(crc, at + 10)
  zip.writeUInt32LE(content.length, at + 14)
  zip.writeUInt32LE(content.length, at + 18)
  zip.writeUInt16LE(name.length, at + 22)
}

/** Older versions of node have none of their own. */
const crc32: (bytes: Buffer) => number = 'crc32' in zlib ? zlib.crc32 : tableCrc32

let table: Uint32Array | undefined

function tableCrc32(bytes: Buffer): number {
  const remainders = (table ??= Uint32Array.from({ length: 256 }, (_, byte) => remainderOf(byte)))
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (remainders[(crc ^ byte) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}

function remainderOf(byte: number): number {
  let crc = byte
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc >>> 0
}
