/**
 * Bytes of an input file → text. Strict: what is not plain UTF-8 is refused with the likely reason, never repaired,
 * because a repaired lock file is a different lock file. npm and editors on Windows write byte order marks and UTF-16.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { fail, type Where } from '../problem.ts'

/** Bytes. Larger files are refused before they are read as text. */
export const TEXT_LIMIT = 64 * 1024 * 1024

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Strictly decoded UTF-8. Throws `lock-encoding` (with the line) and `lock-limit`. */
export function decodeText(bytes: Uint8Array, file: string): string {
  checkSize(bytes.length, file)
  const fault = findFault(bytes)
  if (fault === undefined) return isAscii(bytes) ? asciiText(bytes) : decoder.decode(bytes)
  return fail({
    code: 'lock-encoding',
    message: fault.message,
    where: fault.line === undefined ? { file } : { file, line: fault.line },
    hint: fault.hint,
  })
}

/** Nearly every file: to copy it takes a fifth of what decoding does. */
function asciiText({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

/** For callers that know the size before they read. Throws `lock-limit`. */
export function checkSize(bytes: number, file: string): void {
  if (bytes <= TEXT_LIMIT) return
  const where: Where = { file }
  const mebibytes = Math.ceil(bytes / (1024 * 1024))
  fail({
    code: 'lock-limit',
    message: `the file has ${mebibytes} MiB; the limit is ${TEXT_LIMIT / (1024 * 1024)} MiB`,
    where,
    hint: 'check that this is the right file; no known project has a lock file of this size',
  })
}

interface Fault {
  readonly message: string
  readonly line?: number
  readonly hint: string
}

const SAVE_AS_UTF8 = 'save the file as UTF-8 without a byte order mark, or let the package manager write it again'

function findFault(bytes: Uint8Array): Fault | undefined {
  if (startsWith(bytes, [0xef, 0xbb, 0xbf])) {
    return { message: 'the file begins with a UTF-8 byte order mark', line: 1, hint: SAVE_AS_UTF8 }
  }
  if (isUtf16(bytes)) {
    return { message: 'the file is UTF-16', hint: SAVE_AS_UTF8 }
  }
  const nul = bytes.indexOf(0)
  if (nul !== -1) {
    return {
      message: 'the file holds a NUL byte: it is damaged, or not a text file',
      line: lineAtByte(bytes, nul),
      hint: 'restore the file from version control, or let the package manager write it again',
    }
  }
  if (isUtf8(bytes)) return undefined
  const line = findInvalidLine(bytes)
  return {
    message: 'the file holds bytes that are not UTF-8',
    ...(line === undefined ? {} : { line }),
    hint: SAVE_AS_UTF8,
  }
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte)
}

/** With a byte order mark, or without one: JSON and YAML begin with an ASCII character, so every second byte is 0. */
function isUtf16(bytes: Uint8Array): boolean {
  if (startsWith(bytes, [0xff, 0xfe]) || startsWith(bytes, [0xfe, 0xff])) return true
  if (bytes.length < 4) return false
  const zeros = [0, 1, 2, 3].map((index) => bytes[index] === 0)
  return (!zeros[0] && zeros[1] && !zeros[2] && zeros[3]) || (zeros[0] && !zeros[1] && zeros[2] && !zeros[3]) || false
}

function lineAtByte(bytes: Uint8Array, offset: number): number {
  let line = 1
  for (let at = bytes.indexOf(10); at !== -1 && at < offset; at = bytes.indexOf(10, at + 1)) line += 1
  return line
}

/** A multi-byte character never holds a line feed, so each line is valid by itself or not. */
function findInvalidLine(bytes: Uint8Array): number | undefined {
  let line = 1
  for (let start = 0; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(10, start)
    const end = feed === -1 ? bytes.length : feed
    if (!isUtf8(bytes.subarray(start, end))) return line
    start = end + 1
  }
  return undefined
}
