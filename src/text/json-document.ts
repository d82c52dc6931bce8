/**
 * A JSON file as unknown values with places. JSON.parse does the work. Duplicate keys are found by counting: a text that
 * writes more keys than its value has repeats one. Only then, and when somebody asks for a line, the file is scanned again.
 * `__proto__` is a key like any other.
 */
import { fail, failIfAny, type Code, type Problem, type Where } from '../problem.ts'
import { likelyJsonCause } from './json-cause.ts'
import { scanJson, type KeyNode, type Scan } from './json-scan.ts'
import { printKeyPath, type KeyPath } from './key-path.ts'
import { Lines } from './lines.ts'

/** Objects and arrays inside each other. Checked before anything walks the value. */
export const DEPTH_LIMIT = 200

/** What the file is: decides the codes of its problems. */
export type Purpose = 'lock' | 'manifest' | 'config' | 'spec'

export interface PurposeCodes {
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

/** By purpose, the codes of problems and the hint of last resort. */
export const codesOf: Readonly<Record<Purpose, PurposeCodes>> = {
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
  const document = new JsonDocument({ file, purpose, text, value: parseValue(text, file, codes) })
  const keys = isContainer(document.value) ? countKeys(document.value, 1) : 0
  if (keys === Infinity) {
    fail({ code: codes.limit, message: `objects and lists are nested more than ${DEPTH_LIMIT} deep`, where: { file } })
  }
  if (codes.duplicate !== undefined && keys !== countPairs(text)) document.failForDuplicates()
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
    this.hasSuspectText = text.includes('\\u') && /\\u(?:0000|[dD][89a-fA-F])/.test(text)
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
    return new LazyWhere(this, path)
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

/** A class, because an object that is written with getters costs a microsecond, and a lock file has thousands of places. */
class LazyWhere implements Where {
  readonly #document: JsonDocument
  readonly #path: KeyPath
  readonly file: string

  constructor(document: JsonDocument, path: KeyPath) {
    this.#document = document
    this.#path = path
    this.file = document.file
  }

  get key(): string | undefined {
    return this.#path.length === 0 ? undefined : printKeyPath(this.#path)
  }

  get line(): number {
    return this.#document.line(this.#path)
  }
}

function findNode(root: KeyNode, path: KeyPath): KeyNode {
  let node = root
  for (const key of path) {
    const child = node.children?.get(key)
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
    for (const item of value) if (isContainer(item)) count += countKeys(item, depth + 1)
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
