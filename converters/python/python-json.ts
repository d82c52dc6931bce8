/** JSON as Python's json.dumps(…, sort_keys=True) prints it: Poetry and PDM hash that text of what they have locked. */
import { isTable } from './table.ts'

/** Hexadecimal sha256 of the text, with spaces behind `,` and `:` or without. */
export function hashPythonJson(value: unknown, spacing: 'spaced' | 'compact' = 'spaced'): string {
  const space = spacing === 'spaced' ? ' ' : ''
  // Slow to load, and not every lock file has such a digest.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(dump(value, space)).digest('hex')
}

/** As Python prints JSON: keys sorted by code point, nothing but ASCII. */
function dump(value: unknown, space: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => dump(item, space)).join(`,${space}`)}]`
  if (!isTable(value)) return ascii(JSON.stringify(value) ?? 'null')
  const members = Object.keys(value)
    .sort(byCodePoint)
    .map((key) => `${ascii(JSON.stringify(key))}:${space}${dump(value[key], space)}`)
  return `{${members.join(`,${space}`)}}`
}

function ascii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (char) =>
    char === '\u007f' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Other than by code unit only beyond the basic plane, and that is where Python's order counts. */
function byCodePoint(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  for (const [index, char] of left.entries()) {
    const difference = (char.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? -1)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
