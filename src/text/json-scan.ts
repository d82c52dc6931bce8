/**
 * A strict JSON scanner (RFC 8259) that knows positions, for the bad path: JSON.parse says neither where a key stands nor,
 * on every Node, where an error is. It accepts exactly what JSON.parse accepts. Iterative, so depth cannot overflow it.
 */
import type { KeyPath } from './key-path.ts'

/** A key or array element: where it begins, and what is inside. */
export interface KeyNode {
  readonly offset: number
  /** Made with the first child: most values have none. */
  children?: Map<string | number, KeyNode>
}

export interface ScanError {
  readonly offset: number
  /** What would have been right there. */
  readonly expected: 'value' | 'key' | 'colon' | 'comma' | 'end' | 'string-end' | 'escape'
  /** The structural character before it, if any: `,` in front of `}` is a trailing comma. */
  readonly after: string
}

export interface DuplicateKey {
  readonly path: KeyPath
  readonly offset: number
  readonly first: number
}

export interface Scan {
  readonly root: KeyNode
  readonly duplicates: readonly DuplicateKey[]
  readonly error?: ScanError
}

/** Scans up to the first error; the keys before it are in the result. */
export function scanJson(text: string): Scan {
  return new Scanner(text).scan()
}

/** JSON with comments, and with a comma in front of a closing bracket. */
export interface JsoncScan extends Scan {
  /** What JSON does not have: comments and such commas, from start to end, in the text's order. */
  readonly extras: readonly (readonly [start: number, end: number])[]
}

/** The same for the JSON that bun and editors write. */
export function scanJsonc(text: string): JsoncScan {
  const extras: [number, number][] = []
  return { ...new Scanner(text, extras).scan(), extras }
}

interface Frame {
  readonly node: KeyNode
  readonly kind: 'object' | 'array'
  /** The key or index being read. */
  key: string | number
  isFresh: boolean
}

class ScanFault extends Error {
  readonly error: ScanError
  constructor(error: ScanError) {
    super(error.expected)
    this.error = error
  }
}

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const space = /[ \t\n\r]*/y
const comment = /\/\/[^\n]*|\/\*[^]*?\*\//y
const stringRun = /[^"\\\u0000-\u001f]*/y
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

class Scanner {
  readonly #text: string
  readonly #stack: Frame[] = []
  readonly #duplicates: DuplicateKey[] = []
  #at = 0
  #after = ''
  /** Where comments and commas are that JSON does not have; undefined: it is JSON. */
  readonly #extras: [number, number][] | undefined

  constructor(text: string, extras?: [number, number][]) {
    this.#text = text
    this.#extras = extras
  }

  scan(): Scan {
    const root: KeyNode = { offset: 0 }
    try {
      this.#value(root)
      while (this.#stack.length > 0) this.#step()
      this.#space()
      if (this.#at < this.#text.length) this.#fault('end')
    } catch (error) {
      if (!(error instanceof ScanFault)) throw error
      return { root, duplicates: this.#duplicates, error: error.error }
    }
    return { root, duplicates: this.#duplicates }
  }

  /** One member of the innermost object or array, or its end. */
  #step(): void {
    const frame = this.#stack.at(-1)
    if (frame === undefined) return
    this.#space()
    if (this.#take(frame.kind === 'object' ? '}' : ']')) {
      this.#stack.pop()
      return
    }
    const comma = this.#at
    if (!frame.isFresh && !this.#take(',')) this.#fault('comma')
    if (!frame.isFresh && this.#endsAfterComma(comma)) return
    const isFirst = frame.isFresh
    frame.isFresh = false
    this.#member(frame, isFirst)
  }

  /** A comma that is the last thing in an object or array: the closing bracket is taken by the next step. */
  #endsAfterComma(comma: number): boolean {
    if (this.#extras === undefined) return false
    const before = this.#extras.length
    this.#space()
    const next = this.#text[this.#at]
    if (next !== '}' && next !== ']') return false
    // In the text's order: in front of the comments behind it.
    this.#extras.splice(before, 0, [comma, comma + 1])
    return true
  }

  /** A key with its value, or an array element. */
  #member(frame: Frame, isFirst: boolean): void {
    this.#space()
    const offset = this.#at
    if (frame.kind === 'array') {
      frame.key = isFirst ? 0 : Number(frame.key) + 1
    } else {
      if (this.#text[this.#at] !== '"') this.#fault('key')
      frame.key = this.#string()
      this.#space()
      if (!this.#take(':')) this.#fault('colon')
    }
    const siblings = (frame.node.children ??= new Map())
    const first = siblings.get(frame.key)
    if (first !== undefined) {
      this.#duplicates.push({ path: this.#stack.map((f) => f.key), offset, first: first.offset })
    }
    const node: KeyNode = { offset }
    siblings.set(frame.key, node)
    this.#value(node)
  }

  /** A scalar as a whole; of an object or array only the opening, the loop in scan() reads what is inside. */
  #value(node: KeyNode): void {
    this.#space()
    if (this.#take('{')) this.#stack.push({ node, kind: 'object', key: '', isFresh: true })
    else if (this.#take('[')) this.#stack.push({ node, kind: 'array', key: 0, isFresh: true })
    else if (this.#text[this.#at] === '"') this.#string()
    else if (!this.#skip(scalar)) this.#fault('value')
  }

  #string(): string {
    const start = this.#at
    this.#at += 1
    for (;;) {
      this.#skip(stringRun)
      const next = this.#text[this.#at]
      if (next === '"') break
      if (next !== '\\') this.#fault('string-end')
      if (!this.#skip(escape)) this.#fault('escape')
    }
    this.#at += 1
    this.#after = '"'
    const raw: unknown = JSON.parse(this.#text.slice(start, this.#at))
    return typeof raw === 'string' ? raw : ''
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    this.#after = character
    return true
  }

  #space(): void {
    this.#skip(space)
    while (this.#extras !== undefined && this.#text[this.#at] === '/') {
      const start = this.#at
      if (!this.#skip(comment)) return
      this.#extras.push([start, this.#at])
      this.#skip(space)
    }
  }

  /** Moves over what the sticky pattern matches; false when that is nothing. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    const length = pattern.exec(this.#text)?.[0].length ?? 0
    this.#at += length
    if (length > 0 && pattern === scalar) this.#after = ''
    return length > 0
  }

  #fault(expected: ScanError['expected']): never {
    throw new ScanFault({ offset: this.#at, expected, after: this.#after })
  }
}
