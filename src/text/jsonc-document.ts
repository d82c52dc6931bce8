/**
 * JSON with comments and with commas in front of closing brackets (bun.lock), as unknown values with places. What JSON does not
 * have becomes spaces, so that JSON.parse does the work and every offset stays what it is. Otherwise as strict as JSON.
 */
import { fail } from '../problem.ts'
import { codesOf } from './document.ts'
import type { TextDocument, TextFile } from './document.ts'
import { likelyJsonCause } from './json-cause.ts'
import { checkedDocument } from './json-document.ts'
import { scanJsonc } from './json-scan.ts'
import { Lines } from './lines.ts'

/** Throws a problem for bad syntax, conflict markers, excessive depth, and every duplicate key. */
export function parseJsonc(text: string, file: TextFile): TextDocument {
  return checkedDocument(text, file, { value: parseUsual(text) ?? parseAny(text, file), scan: scanJsonc })
}

/**
 * As package managers write it: no comments, and such a comma is the last character of its line. A string holds no line break, so
 * none of them is in a string. undefined: it is not that. (A line's end is looked for, because a line has many commas.)
 */
function parseUsual(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text.replace(/,(\r?\n)(?<=["\]}\w],\r?\n)(?=\s*[}\]])/g, ' $1'))
    return value ?? undefined
  } catch {
    return undefined
  }
}

function parseAny(text: string, { file, purpose }: TextFile): unknown {
  const scan = scanJsonc(text)
  if (scan.error === undefined) return JSON.parse(blank(text, scan.extras))
  const codes = codesOf[purpose]
  const lines = new Lines(text)
  if (text.startsWith('/*', scan.error.offset)) {
    const where = { file, line: lines.at(scan.error.offset) }
    return fail({ code: codes.syntax, message: 'a comment is not closed', where, hint: codes.restore })
  }
  const { kind, message, line, hint } = likelyJsonCause(text, scan, lines)
  return fail({ code: codes[kind], message, where: { file, line }, hint: hint ?? codes.restore })
}

/** The same text with spaces instead, but for line breaks. */
function blank(text: string, extras: readonly (readonly [number, number])[]): string {
  let out = ''
  let done = 0
  for (const [start, end] of extras) {
    out += text.slice(done, start) + text.slice(start, end).replace(/[^\n]/g, ' ')
    done = end
  }
  return out + text.slice(done)
}
