/**
 * A file as unknown values with places, whatever its syntax: JSON and the YAML of lock files are read through it. Values are plain
 * objects, lists, texts, numbers, booleans and null. Where a key stands is found only when somebody asks.
 */
import { failIfAny, type Code, type Problem, type Where } from '../problem.ts'
import type { KeyNode, Scan } from './json-scan.ts'
import { printKeyPath, type KeyPath } from './key-path.ts'
import { Lines } from './lines.ts'

/** Objects and arrays inside each other. Checked before anything walks the value. */
export const DEPTH_LIMIT = 200

/** What the file is: decides the codes of its problems. */
export type Purpose = 'lock' | 'manifest' | 'config' | 'spec' | 'collection'

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
  collection: sameCode('collection-invalid', 'correct the file, or restore it from version control'),
  config: sameCode('config-invalid', 'correct the file, or remove it'),
  spec: sameCode('spec-invalid', 'restore the file from version control, or delete it and run lock2build again'),
}

export interface TextFile {
  /** Project-relative path, for messages. */
  readonly file: string
  readonly purpose: Purpose
  /** How far its paths may climb; see ProjectFiles. */
  readonly reach?: number | undefined
}

interface DocumentParts extends TextFile {
  readonly text: string
  readonly value: unknown
  /** Finds every key; called once, when a place or a duplicate is asked for. */
  readonly scan: (text: string) => Scan
  /** False: no string of the file can hold NUL or half a character, which saves looking at each. */
  readonly hasSuspectText: boolean
  /** Of YAML only: whether plain scalars are typed, or all texts. */
  readonly scalars?: 'text' | 'typed'
}

/** A parsed file. Problems that are found while reading it are collected in it, so that a reader reports all of them. */
export class TextDocument {
  readonly file: string
  readonly value: unknown
  readonly codes: PurposeCodes
  readonly reach: number | undefined
  /** False: no string of the file can hold NUL or half a character, which saves looking at each. */
  readonly hasSuspectText: boolean
  /** Of YAML only: whether plain scalars are typed, or all texts. */
  readonly scalars: 'text' | 'typed' | undefined
  readonly #problems: Problem[] = []
  readonly #text: string
  readonly #scanText: (text: string) => Scan
  #scan: Scan | undefined
  #lines: Lines | undefined

  constructor({ file, purpose, reach, text, value, scan, hasSuspectText, scalars }: DocumentParts) {
    this.file = file
    this.reach = reach
    this.value = value
    this.codes = codesOf[purpose]
    this.hasSuspectText = hasSuspectText
    this.scalars = scalars
    this.#text = text
    this.#scanText = scan
  }

  get problems(): readonly Problem[] {
    return this.#problems
  }

  addProblem(problem: Problem): void {
    this.#problems.push(problem)
  }

  /** Throws a ProblemError with every problem collected, if there is any, and those that others have found. */
  failIfAny(others: readonly Problem[] = []): void {
    if (this.#problems.length === 0) return failIfAny(others)
    // What is asked for twice is wrong twice.
    const own = new Map<string, Problem>()
    for (const problem of this.#problems) {
      const { where, message } = problem
      own.set(`${where?.line} ${where?.key} ${message}`, { ...problem, hint: problem.hint ?? this.codes.restore })
    }
    failIfAny([...own.values(), ...others])
  }

  /** The place of a key. Key and line are computed when they are read: a place that nobody prints costs nothing. */
  where(path: KeyPath): Where {
    return new LazyWhere(this, { path })
  }

  /** The same of what knows its path. */
  whereOf(at: HasPath): Where {
    return new LazyWhere(this, at)
  }

  /** Line of the key, or of the nearest object around it that the file has. The first call scans the file. */
  line(path: KeyPath): number {
    return (this.#lines ??= new Lines(this.#text)).at(findNode(this.#root, path).offset)
  }

  /** Where a key begins in the text, or an element of a list; undefined where the file has no such thing. */
  offset(path: KeyPath): number | undefined {
    const parent = findNode(this.#root, path.slice(0, -1))
    const last = path.at(-1)
    return last === undefined ? 0 : parent.children?.get(last)?.offset
  }

  get #root(): KeyNode {
    return (this.#scan ??= this.#scanText(this.#text)).root
  }

  failForDuplicates(): void {
    const { duplicates } = (this.#scan ??= this.#scanText(this.#text))
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

interface HasPath {
  readonly path: KeyPath
}

/** A class, because an object that is written with getters costs a microsecond, and a lock file has thousands of places. */
class LazyWhere implements Where {
  // #private, though that costs twice as much: who prints a problem as JSON must not print what stands in a file of secrets.
  readonly #document: TextDocument
  readonly #at: HasPath
  readonly file: string

  constructor(document: TextDocument, at: HasPath) {
    this.#document = document
    this.#at = at
    this.file = document.file
  }

  get key(): string | undefined {
    const { path } = this.#at
    return path.length === 0 ? undefined : printKeyPath(path)
  }

  get line(): number {
    return this.#document.line(this.#at.path)
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
