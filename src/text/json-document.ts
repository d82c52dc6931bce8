/**
 * A JSON file as unknown values with places. JSON.parse does the work. Duplicate keys are found by counting: a text that
 * writes more keys than its value has repeats one. Only then, and when somebody asks for a line, the file is scanned again.
 * `__proto__` is a key like any other.
 */
import { fail } from '../problem.ts'
import { codesOf, DEPTH_LIMIT, TextDocument } from './document.ts'
import type { PurposeCodes, TextFile } from './document.ts'
import { likelyJsonCause } from './json-cause.ts'
import { scanJson } from './json-scan.ts'
import type { Scan } from './json-scan.ts'
import { Lines } from './lines.ts'

/** Throws a problem for bad syntax, conflict markers, excessive depth, and every duplicate key. */
export function parseJson(text: string, file: TextFile): TextDocument {
  const value = parseValue(text, file.file, codesOf[file.purpose])
  return checkedDocument(text, file, { value, scan: scanJson })
}

/** A document of what JSON.parse made of the text, or of a text of the same keys. Throws as {@link parseJson}, but for bad syntax. */
export function checkedDocument(
  text: string,
  { file, purpose, reach }: TextFile,
  { value, scan }: { readonly value: unknown; readonly scan: (text: string) => Scan },
): TextDocument {
  const codes = codesOf[purpose]
  const document = new TextDocument({
    file,
    purpose,
    reach,
    text,
    value,
    scan,
    hasSuspectText: text.includes('\\u') && /\\u(?:0000|[dD][89a-fA-F])/.test(text),
  })
  const keys = isContainer(document.value) ? countKeys(document.value, 1) : 0
  if (keys === Infinity) {
    fail({ code: codes.limit, message: `objects and lists are nested more than ${DEPTH_LIMIT} deep`, where: { file } })
  }
  if (codes.duplicate !== undefined && keys !== countPairs(text)) document.failForDuplicates()
  return document
}

function parseValue(text: string, file: string, codes: PurposeCodes): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { kind, message, line, hint } = likelyJsonCause(text, scanJson(text), new Lines(text))
    return fail({ code: codes[kind], message, where: { file, line }, hint: hint ?? codes.restore, cause })
  }
}

/**
 * How many `key:` the text of a JSON document holds: colons behind a quote. Never too few, which is what finding duplicates needs;
 * a string like `":"` makes it one too many, and then the scanner decides.
 */
function countPairs(text: string): number {
  // As everybody writes JSON; splitting is done by the engine in one go.
  if (!/"[ \t\r\n]+:/.test(text)) return text.split('":').length - 1
  let pairs = 0
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    let before = colon - 1
    while (isSpace(text.charCodeAt(before))) before -= 1
    if (text.charCodeAt(before) === QUOTE) pairs += 1
  }
  return pairs
}

const QUOTE = 0x22

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** Keys of all objects inside; Infinity when they are nested deeper than the limit. JSON.parse itself knows no depth. */
function countKeys(value: Container, depth: number): number {
  if (depth > DEPTH_LIMIT) return Infinity
  let count = 0
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) if (isContainer(value[at])) count += countKeys(value[at], depth + 1)
    return count
  }
  // Object.values would copy every object of the file; these come from JSON.parse, so they inherit nothing enumerable.
  for (const key in value) {
    count += 1
    const item = value[key]
    if (isContainer(item)) count += countKeys(item, depth + 1)
  }
  return count
}

type Container = Readonly<Record<string, unknown>>

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}
