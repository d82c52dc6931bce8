/**
 * Where keys stand in a TOML text (toml.io, 1.0 and 1.1), and which stand twice. For the bad path only: the parser says neither.
 * It judges nothing else, so it also gets through a text that is wrong: what it cannot understand it leaves out.
 */
import type { DuplicateKey, KeyNode, Scan } from './json-scan.ts'
import type { KeyPath } from './key-path.ts'

/** Scans a whole text. Tables of an array are under their index. */
export function scanToml(text: string): Scan {
  return new TomlScanner(text).scan()
}

/** The same of a text that is plain (toml-plain.ts): what a value holds is looked at when somebody asks for it. */
export function scanPlainToml(text: string): Scan {
  return new TomlScanner(text, true).scan()
}

/** A table, with the path it is printed under. */
interface Table {
  readonly node: KeyNode
  readonly path: KeyPath
}

/** A key as it is written: `a."b c"` has two parts. */
interface WrittenKey {
  readonly parts: readonly string[]
  readonly offset: number
}

/** Inline tables and arrays inside each other; what is deeper has no lines of its own. */
const DEPTH_LIMIT = 200

/** In front of a statement or a header of a plain text; other lines of it are the inside of a value. */
const NEXT_STATEMENT = /\n(?=\[|[\w-]+ = |"[^"\n]*" = )/g

/** The key of a statement of a plain text. */
class PlainNode implements KeyNode {
  readonly offset: number
  readonly #text: string
  readonly #value: number
  #children: NonNullable<KeyNode['children']> | undefined

  /** `value`: where its value begins. */
  constructor(text: string, offset: number, value: number) {
    this.#text = text
    this.offset = offset
    this.#value = value
  }

  get children(): NonNullable<KeyNode['children']> {
    return (this.#children ??= new TomlScanner(this.#text).childrenAt(this.#value))
  }
}

class TomlScanner {
  readonly #text: string
  readonly #isPlain: boolean
  readonly #root: KeyNode = { offset: 0 }
  readonly #duplicates: DuplicateKey[] = []
  /** Nodes whose children are the tables of `[[…]]`. */
  readonly #arrays = new Set<KeyNode>()
  /** Tables that have had a header, and values. */
  readonly #defined = new Set<KeyNode>()
  #at = 0

  constructor(text: string, isPlain = false) {
    this.#text = text
    this.#isPlain = isPlain
  }

  /** What the value holds that begins there. */
  childrenAt(offset: number): NonNullable<KeyNode['children']> {
    this.#at = offset
    const node: KeyNode = { offset }
    this.#value({ node, path: [] }, 0)
    return node.children ?? new Map<string | number, KeyNode>()
  }

  scan(): Scan {
    let table: Table = { node: this.#root, path: [] }
    while (this.#skipBlank()) {
      if (this.#text[this.#at] === '[') table = this.#header(table)
      else this.#keyValue(table, 0)
      this.#skipLine()
    }
    return { root: this.#root, duplicates: this.#duplicates }
  }

  #header(current: Table): Table {
    const offset = this.#at
    const isArray = this.#text.startsWith('[[', offset)
    this.#at += isArray ? 2 : 1
    const parts = this.#keyParts()
    const last = parts.at(-1)
    if (last === undefined) return current
    let table: Table = { node: this.#root, path: [] }
    for (const part of parts.slice(0, -1)) table = this.#enter(table, part, offset)
    const isNew = table.node.children?.has(last) !== true
    const child = this.#child(table, last, offset)
    if (!isArray) {
      if (!isNew && this.#defined.has(child.node)) this.#addDuplicate(child, offset)
      this.#defined.add(child.node)
      return child
    }
    if (isNew) this.#arrays.add(child.node)
    else if (!this.#arrays.has(child.node)) this.#addDuplicate(child, offset)
    return this.#child(child, child.node.children?.size ?? 0, offset)
  }

  /** Into the table of a name: of an array of tables, the last one. */
  #enter(table: Table, part: string, offset: number): Table {
    const child = this.#child(table, part, offset)
    if (!this.#arrays.has(child.node)) return child
    return this.#child(child, Math.max((child.node.children?.size ?? 0) - 1, 0), offset)
  }

  #child({ node, path }: Table, key: string | number, offset: number): Table {
    const children = (node.children ??= new Map<string | number, KeyNode>())
    const known = children.get(key)
    const child = known ?? { offset }
    if (known === undefined) children.set(key, child)
    return { node: child, path: [...path, key] }
  }

  #keyValue(table: Table, depth: number): void {
    const { parts, offset } = this.#key()
    const last = parts.at(-1)
    if (last === undefined || this.#text[this.#at] !== '=') return
    this.#at += 1
    if (this.#isPlain) {
      const children = (table.node.children ??= new Map<string | number, KeyNode>())
      children.set(last, new PlainNode(this.#text, offset, this.#at))
      this.#skipValue()
      return
    }
    let owner = table
    for (const part of parts.slice(0, -1)) owner = this.#child(owner, part, offset)
    const isNew = owner.node.children?.has(last) !== true
    const value = this.#child(owner, last, offset)
    if (!isNew) this.#addDuplicate(value, offset)
    this.#defined.add(value.node)
    this.#value(value, depth)
  }

  /** Of a plain text, in one go. */
  #skipValue(): void {
    NEXT_STATEMENT.lastIndex = this.#at
    this.#at = NEXT_STATEMENT.exec(this.#text)?.index ?? this.#text.length
  }

  #addDuplicate({ node, path }: Table, offset: number): void {
    this.#duplicates.push({ path, offset, first: node.offset })
  }

  #value(owner: Table, depth: number): void {
    this.#skipSpaces()
    const char = this.#text[this.#at]
    if (char === '"' || char === "'") this.#string()
    else if (depth < DEPTH_LIMIT && char === '[') this.#inside(']', (index) => this.#element(owner, index, depth))
    else if (depth < DEPTH_LIMIT && char === '{') this.#inside('}', () => this.#keyValue(owner, depth + 1))
    else this.#match(/[^\s,\]}#]*/y)
  }

  #element(owner: Table, index: number, depth: number): void {
    this.#value(this.#child(owner, index, this.#at), depth + 1)
  }

  /** The members of an array or an inline table, up to its closing bracket or to what cannot be a member. */
  #inside(close: string, member: (index: number) => void): void {
    this.#at += 1
    for (let index = 0; this.#skipBlank(); index += 1) {
      if (this.#text[this.#at] === close) {
        this.#at += 1
        return
      }
      member(index)
      this.#skipBlank()
      if (this.#text[this.#at] === ',') this.#at += 1
      else if (this.#text[this.#at] !== close) return
    }
  }

  #key(): WrittenKey {
    this.#skipSpaces()
    const offset = this.#at
    return { parts: this.#keyParts(), offset }
  }

  #keyParts(): readonly string[] {
    const parts: string[] = []
    for (;;) {
      this.#skipSpaces()
      const char = this.#text[this.#at]
      const part = char === '"' || char === "'" ? this.#string() : this.#match(/[\w-]*/y)
      if (part === '' && char !== '"' && char !== "'") return parts
      parts.push(part)
      this.#skipSpaces()
      if (this.#text[this.#at] !== '.') return parts
      this.#at += 1
    }
  }

  /** The string that begins here; of escapes only those that keys have in practice. */
  #string(): string {
    const matched =
      this.#match(/"""[^]*?(?<!\\)(?:\\\\)*"""(?:"{0,2}(?!"))|'''[^]*?'''(?:'{0,2}(?!'))/y) ||
      this.#match(/"(?:[^"\\\n]+|\\.)*"?|'[^'\n]*'?/y)
    if (matched.startsWith("'") || !matched.includes('\\')) return matched.slice(1, -1)
    return unescape(matched.slice(1, -1))
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0] ?? ''
    this.#at += found.length
    return found
  }

  #skipSpaces(): void {
    this.#match(/[ \t]*/y)
  }

  /** White space, line ends and comments; false at the end of the text. */
  #skipBlank(): boolean {
    while (this.#match(/\s+|#[^\n]*/y) !== '') continue
    return this.#at < this.#text.length
  }

  #skipLine(): void {
    this.#match(/[^\n]*/y)
  }
}

function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))/g, (whole, ...groups) => {
    const [short, long, byte, char]: unknown[] = groups
    const hex = short ?? long ?? byte
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : undefined
    if (code !== undefined) return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    return typeof char === 'string' ? (plainEscapes[char] ?? char) : whole
  })
}

const plainEscapes: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b' }
