/**
 * A JSON file as unknown values with places. JSON.parse does the work; one cheap pass before it finds excessive depth, and
 * duplicate keys are found by counting: text with more `key: value` pairs than the parsed value has keys repeats one.
 * Lines are looked for only when somebody asks for one. `__proto__` is a key like any other.
 */
import { fail, failIfAny, type Code, type Problem, type Where } from '../problem.ts'
import { likelyJsonCause } from './json-cause.ts'
import { scanJson, type KeyNode, type Scan } from './json-scan.ts'
import { printKeyPath, type KeyPath } from './key-path.ts'
import { Lines } from './lines.ts'

/** Objects and arrays inside each other. Checked before anything walks the value. */
export const DEPTH_LIMIT = 200

/** What the file is decides the codes of its problems. */
export type Purpose = 'lock' | 'manifest' | 'config' | 'spec'

interface PurposeCodes {
  readonly syntax: Code
  readonly conflict: Code
  /** undefined: the last one counts, as for the package managers, which read manifests with JSON.parse. */
  readonly duplicate: Code | undefined
  readonly limit: Code
  readonly type: Code
  readonly text: Code
  /** The hint for a file that nobody can mend by hand. */
  readonly restore: string
}

function sameCode(code: Code, restore: string): PurposeCodes {
  return { syntax: code, conflict: code, duplicate: code, limit: code, type: code, text: code, restore }
}

const codesOf: Readonly<Record<Purpose, PurposeCodes>> = {
  lock: {
    syntax: 'lock-syntax',
    conflict: 'lock-conflict',
    duplicate: 'lock-duplicate-key',
    limit: 'lock-limit',
    type: 'lock-type',
    text: 'text-invalid',
    restore: 'restore the file from version control, or let the package manager write it again',
  },
  manifest: {
    ...sameCode('manifest-syntax', 'restore the file from version control, or correct it'),
    duplicate: undefined,
  },
  config: sameCode('config-invalid', 'correct the file, or remove it'),
  spec: sameCode('spec-invalid', 'restore the file from version control, or delete it and run lock2build again'),
}

export interface JsonFile {
  /** Project-relative path, for messages. */
  readonly file: string
  readonly purpose: Purpose
}

/** Throws a problem for bad syntax, conflict markers, excessive depth, and every duplicate key. */
export function parseJson(text: string, { file, purpose }: JsonFile): JsonDocument {
  const codes = codesOf[purpose]
  const { depth, pairs } = measureJson(text)
  if (depth > DEPTH_LIMIT) {
    fail({ code: codes.limit, message: `objects are nested more than ${DEPTH_LIMIT} deep`, where: { file } })
  }
  const document = new JsonDocument({ file, purpose, text, value: parseValue(text, file, codes) })
  if (codes.duplicate !== undefined && pairs !== countKeys(document.value)) document.failForDuplicates()
  return document
}

interface DocumentParts extends JsonFile {
  readonly text: string
  readonly value: unknown
}

/** A parsed file. Problems that are found while reading it are collected in it, so that a reader reports all of them. */
export class JsonDocument {
  readonly file: string
  readonly value: unknown
  readonly codes: PurposeCodes
  /** False: no string of the file can hold NUL or half a character, which saves looking at each. */
  readonly hasSuspectText: boolean
  readonly #problems: Problem[] = []
  readonly #text: string
  #scan: Scan | undefined
  #lines: Lines | undefined

  constructor({ file, purpose, text, value }: DocumentParts) {
    this.file = file
    this.value = value
    this.codes = codesOf[purpose]
    this.hasSuspectText = /\\u(?:0000|[dD][89a-fA-F])/.test(text)
    this.#text = text
  }

  get problems(): readonly Problem[] {
    return this.#problems
  }

  addProblem(problem: Problem): void {
    this.#problems.push(problem)
  }

  /** Throws a ProblemError with every problem collected, if there is any. */
  failIfAny(): void {
    failIfAny(this.#problems)
  }

  /** The place of a key. Key and line are computed when they are read: a place that nobody prints costs nothing. */
  where(path: KeyPath): Where {
    return lazyWhere(this, path)
  }

  /** Line of the key, or of the nearest object around it that the file has. The first call scans the file. */
  line(path: KeyPath): number {
    return (this.#lines ??= new Lines(this.#text)).at(findNode((this.#scan ??= scanJson(this.#text)).root, path).offset)
  }

  failForDuplicates(): void {
    const { duplicates } = (this.#scan ??= scanJson(this.#text))
    const lines = (this.#lines ??= new Lines(this.#text))
    const code = this.codes.duplicate ?? this.codes.syntax
    failIfAny(
      duplicates.map(({ path, offset, first }) => ({
        code,
        message: `the key stands here and in line ${lines.at(first)}: which value counts is anybody's guess`,
        where: { file: this.file, key: printKeyPath(path), line: lines.at(offset) },
        hint: 'remove one of the two',
      })),
    )
  }
}

function lazyWhere(document: JsonDocument, path: KeyPath): Where {
  return {
    file: document.file,
    get key() {
      return printKeyPath(path)
    },
    get line() {
      return document.line(path)
    },
  }
}

function findNode(root: KeyNode, path: KeyPath): KeyNode {
  let node = root
  for (const key of path) {
    const child = node.children.get(key)
    if (child === undefined) break
    node = child
  }
  return node
}

function parseValue(text: string, file: string, codes: PurposeCodes): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const { kind, message, line, hint } = likelyJsonCause(text, scanJson(text), new Lines(text))
    return fail({ code: codes[kind], message, where: { file, line }, hint: hint ?? codes.restore, cause })
  }
}

/** Deepest nesting, and how many colons stand outside of strings. Runs on text that may not be JSON. */
function measureJson(text: string): { depth: number; pairs: number } {
  let depth = 0
  let deepest = 0
  let pairs = 0
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x22:
        at = endOfString(text, at)
        break
      case 0x3a:
        pairs += 1
        break
      case 0x5b:
      case 0x7b:
        depth += 1
        if (depth > deepest) deepest = depth
        break
      case 0x5d:
      case 0x7d:
        depth -= 1
        break
    }
  }
  return { depth: deepest, pairs }
}

/** Offset of the quote that closes the string opened at `start`; the end of the text when nothing closes it. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes += 1
    if (backslashes % 2 === 0) return quote
  }
  return text.length
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) count += countKeys(item)
    return count
  }
  for (const item of Object.values(value)) count += 1 + countKeys(item)
  return count
}
