/**
 * Reads tar archives as npm's tar does: ustar, pax (`x`, `g`) and GNU long names (`L`, `K`), plain or gzipped.
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html. Damage is an error here, where npm warns and goes on.
 */
import { gunzipSync } from 'node:zlib'
import { errorText, fail } from '../failure.ts'

export interface TarEntry {
  readonly path: string
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly mode: number
  readonly content: Buffer
  /** Of symbolic links: where they lead. */
  readonly target?: string | undefined
}

/** What an archive may hold at most; far above every published package, low enough to stop a bomb. */
export interface TarLimits {
  readonly bytes: number
  readonly entries: number
}

const BLOCK = 512

/** All entries in archive order. `name` is what messages call the archive. */
export function readTar(archive: Buffer, name: string, limits: TarLimits): readonly TarEntry[] {
  const tar = archive[0] === 0x1f && archive[1] === 0x8b ? gunzip(archive, name, limits) : archive
  const entries: TarEntry[] = []
  let globals: PaxFields = {}
  let next: PaxFields = {}
  for (let at = 0; at + BLOCK <= tar.length;) {
    const block = tar.subarray(at, at + BLOCK)
    at += BLOCK
    if (block[0] === 0 && block.every((byte) => byte === 0)) continue
    if (!hasChecksum(block)) fail(`${name} is not a tar archive, or is damaged at byte ${at - BLOCK}.`)
    const type = text(block, 156, 1)
    const isNormal = normalTypes.has(type)
    const fields = isNormal ? { ...globals, ...next } : {}
    const header = readHeader(block, type, fields)
    const end = at + header.size
    if (end > tar.length) fail(`${name} ends in the middle of a file: the download is incomplete.`)
    const content = tar.subarray(at, end)
    at += Math.ceil(header.size / BLOCK) * BLOCK
    if (type === 'x' || type === 'X') next = { ...next, ...parsePax(content) }
    else if (type === 'g') globals = { ...globals, ...parsePax(content), path: undefined, target: undefined }
    else if (type === 'L' || type === 'N') next = { ...next, path: untilNul(content.toString('utf8')) }
    else if (type === 'K') next = { ...next, target: untilNul(content.toString('utf8')) }
    else if (isNormal) {
      const target = type === '2' ? (fields.target ?? text(block, 157, 100)) : undefined
      entries.push({ path: header.path, kind: header.kind, mode: header.mode, content, target })
      next = {}
    }
    if (entries.length > limits.entries) fail(`${name} holds more than ${limits.entries} entries.`)
  }
  return entries
}

/** The types npm takes as file system entries; the others are descriptions of what follows, or are skipped. */
const normalTypes: ReadonlySet<string> = new Set(['', '0', '1', '2', '3', '4', '5', '6', '7', 'D'])

interface PaxFields {
  readonly path?: string | undefined
  readonly size?: number | undefined
  readonly mode?: number | undefined
  readonly target?: string | undefined
}

interface Header {
  readonly path: string
  readonly kind: TarEntry['kind']
  readonly mode: number
  readonly size: number
}

function readHeader(block: Buffer, type: string, fields: PaxFields): Header {
  const path = fields.path ?? headerPath(block)
  const kind = entryKind(type, path)
  const size = kind === 'directory' && type !== 'D' ? 0 : (fields.size ?? number(block, 124, 12) ?? 0)
  return { path, kind, mode: fields.mode ?? number(block, 100, 8) ?? 0, size: Math.max(0, size) }
}

function headerPath(block: Buffer): string {
  const name = text(block, 0, 100)
  if (block.toString('latin1', 257, 265) !== 'ustar\u000000') return name
  const prefix = text(block, 345, block[475] === 0 ? 130 : 155)
  return prefix === '' ? name : `${prefix}/${name}`
}

function entryKind(type: string, path: string): TarEntry['kind'] {
  if (type === '0' && path.endsWith('/')) return 'directory'
  if (type === '' || type === '0' || type === '7') return 'file'
  if (type === '1' || type === '2') return 'link'
  return type === '5' || type === 'D' ? 'directory' : 'other'
}

function hasChecksum(block: Buffer): boolean {
  let sum = 8 * 0x20
  for (let i = 0; i < 148; i++) sum += block[i] ?? 0
  for (let i = 156; i < BLOCK; i++) sum += block[i] ?? 0
  return sum === number(block, 148, 8)
}

function text(block: Buffer, start: number, length: number): string {
  return untilNul(block.toString('utf8', start, start + length))
}

function untilNul(value: string): string {
  const end = value.indexOf('\0')
  return end === -1 ? value : value.slice(0, end)
}

/** An octal field, or base-256 when the top bit is set. */
function number(block: Buffer, start: number, length: number): number | undefined {
  if (((block[start] ?? 0) & 0x80) !== 0) {
    let value = 0
    for (let i = start + 1; i < start + length; i++) value = value * 256 + (block[i] ?? 0)
    return value
  }
  const value = Number.parseInt(text(block, start, length).trim(), 8)
  return Number.isNaN(value) ? undefined : value
}

function parsePax(content: Buffer): PaxFields {
  const fields: { path?: string; size?: number; mode?: number; target?: string } = {}
  for (let at = 0; at < content.length;) {
    const length = Number.parseInt(content.toString('latin1', at, at + 20), 10)
    if (!(length > 0)) break
    const record = content.toString('utf8', at, at + length)
    const equals = record.indexOf('=')
    const key = record.slice(record.indexOf(' ') + 1, equals)
    const value = record.slice(equals + 1).replace(/\n$/, '')
    if (key === 'path') fields.path = value
    if (key === 'linkpath') fields.target = value
    if (key === 'size' && Number(value) >= 0) fields.size = Number(value)
    if (key === 'mode' && Number(value) >= 0) fields.mode = Number(value)
    at += length
  }
  return fields
}

function gunzip(archive: Buffer, name: string, limits: TarLimits): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: limits.bytes, chunkSize: unpackedSize(archive) + 1 })
  } catch (error) {
    fail(`${name} cannot be decompressed: ${errorText(error)}.`)
  }
}

/** Bytes: what is unpacked at once, where an archive says that it is more, or lies. */
const MOST_AT_ONCE = 32 * 1024 ** 2

/**
 * What the archive says about its unpacked size, in its last four bytes (RFC 1952, ISIZE): with room for all, and a byte to see that
 * nothing follows, it is unpacked in one piece. If it lies, in several.
 */
function unpackedSize(archive: Buffer): number {
  const size = archive.length < 18 ? 0 : archive.readUInt32LE(archive.length - 4)
  return Math.min(Math.max(size, BLOCK), MOST_AT_ONCE)
}
