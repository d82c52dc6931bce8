/**
 * Why a text is not JSON, in a sentence that helps: nearly every broken lock file was emptied, cut off, merged or edited by hand.
 */
import { shown } from '../problem.ts'
import type { Scan, ScanError } from './json-scan.ts'
import type { Lines } from './lines.ts'

export interface SyntaxCause {
  readonly kind: 'syntax' | 'conflict'
  readonly message: string
  readonly line?: number
  /** Absent: the file can only be restored. */
  readonly hint?: string
}

/** `scan` is the result of scanning `text`, with its error. */
export function likelyJsonCause(text: string, scan: Scan, lines: Lines): SyntaxCause {
  if (/^\s*$/.test(text)) return { kind: 'syntax', message: 'the file is empty' }
  const conflict = /^(?:<{7}|>{7}|\|{7})(?: .*)?\r?$/m.exec(text)
  if (conflict !== null) return conflictCause(lines.at(conflict.index))
  if (/^\s*</.test(text)) {
    return { kind: 'syntax', message: 'the file holds HTML or XML, not JSON', line: 1 }
  }
  if (scan.error === undefined) return { kind: 'syntax', message: 'the file is not JSON' }
  return { kind: 'syntax', line: lines.at(scan.error.offset), ...describe(text, scan.error) }
}

function conflictCause(line: number): SyntaxCause {
  return {
    kind: 'conflict',
    message: 'the file holds merge-conflict markers',
    line,
    hint: 'resolve the conflict, then let the package manager bring the file in order',
  }
}

type Description = Pick<SyntaxCause, 'message' | 'hint'>

function describe(text: string, { offset, expected, after }: ScanError): Description {
  const found = text.slice(offset, offset + 2)
  const first = found.slice(0, 1)
  if (first === '') return { message: 'the file ends in the middle: it was cut off' }
  if (expected === 'end') return { message: `something follows the end of the document: ${snippet(text, offset)}` }
  if (expected === 'string-end')
    return { message: 'a string is not closed, or holds a raw line break or control character' }
  if (expected === 'escape')
    return { message: `a string holds an escape that JSON does not know: ${snippet(text, offset, 2)}` }
  if (found === '//' || found === '/*' || first === '#')
    return { message: 'the file holds a comment; JSON has none', hint: 'remove it' }
  if (first === "'") return { message: 'a string stands in single quotes', hint: 'use double quotes' }
  if (after === ',' && (first === '}' || first === ']')) {
    return { message: `there is a comma in front of ${shown(first)}`, hint: 'remove the comma' }
  }
  return { message: `${wanted[expected]} is missing in front of ${snippet(text, offset)}` }
}

const wanted: Readonly<Record<'value' | 'key' | 'colon' | 'comma', string>> = {
  value: 'a value',
  key: 'a key in double quotes',
  colon: 'a colon',
  comma: 'a comma or a closing bracket',
}

function snippet(text: string, offset: number, length = 20): string {
  const line = text.slice(offset, offset + length).split(/[\r\n]/, 1)[0] ?? ''
  return shown(line)
}
