/**
 * The YAML that lock files and package managers' settings are written in, read strictly in one pass: block and flow collections,
 * scalars of every style, comments, `? ` keys. Anchors, aliases, tags, merge keys, directives, tabs, plain texts over several lines
 * and keys that are collections are refused by name. Depth is limited, so nothing overflows the stack.
 */
import { DEPTH_LIMIT } from './document.ts'
import type { DuplicateKey, KeyNode } from './json-scan.ts'
import type { KeyPath } from './key-path.ts'
import { readBlockScalar, readQuoted, typePlain, YamlFault } from './yaml-scalars.ts'

/** `text`: plain scalars are texts, as for Yarn. `typed`: true, false, null and numbers are what YAML says they are. */
export type Scalars = 'text' | 'typed'

export interface YamlRange {
  readonly start: number
  readonly end: number
}

export type YamlValue = string | number | boolean | null | YamlValue[] | { [key: string]: YamlValue }

/** Reads one document; a second object reads the same one again to learn where its keys stand. */
export class YamlReader {
  readonly #text: string
  readonly #end: number
  readonly #isTyped: boolean
  /** Where every key stands; filled only when it is given. */
  readonly #root: KeyNode | undefined
  readonly duplicates: DuplicateKey[] = []
  #path: (string | number)[] = []
  #at: number
  /** Column of the next content, counted from its line's beginning; -1 at the end of the document. */
  #indent = 0
  #depth = 0

  constructor(text: string, { start, end }: YamlRange, scalars: Scalars, root?: KeyNode) {
    this.#text = text
    this.#at = start
    this.#end = end
    this.#isTyped = scalars === 'typed'
    this.#root = root
  }

  /** Throws {@link YamlFault}. Keys that stand twice are in `duplicates`; the later one counts. */
  read(): YamlValue {
    this.#nextLine(true)
    if (this.#indent === -1) return null
    const value = this.#block(-1, this.#root)
    if (this.#indent !== -1) this.#fault('this line is indented differently from what it belongs to')
    return value
  }

  /** A value that begins a line, or follows a dash; ends at the next line's content. */
  #block(parent: number, node: KeyNode | undefined): YamlValue {
    this.#enter()
    let value: YamlValue
    if (this.#isIndicator(DASH)) value = this.#sequence(node)
    else if (this.#isIndicator(QUESTION) || this.#keyEnd() !== -1) value = this.#mapping(node)
    else value = this.#inline(parent, node)
    this.#depth -= 1
    return value
  }

  #mapping(node: KeyNode | undefined): YamlValue {
    const column = this.#indent
    const out: { [key: string]: YamlValue } = {}
    while (this.#indent === column) {
      if (node === undefined && this.#ordinaryLine(out, column)) continue
      const offset = this.#at
      const key = this.#isIndicator(QUESTION) ? this.#longKey(column) : this.#key()
      const child = this.#open(out, key, offset, node)
      this.#set(out, key, this.#member(column, child))
      this.#close()
    }
    if (this.#indent > column) this.#fault('this line is indented more than the key before it')
    return out
  }

  /**
   * The lines that nearly all are, by one expression instead of a step per character, which counts while nothing is compiled yet.
   * False: nothing was read.
   */
  #ordinaryLine(out: { [key: string]: YamlValue }, column: number): boolean {
    ordinaryLine.lastIndex = this.#at
    const match = ordinaryLine.exec(this.#text)
    if (match === null || ordinaryLine.lastIndex >= this.#end) return false
    const [, plainKey, quotedKey, plain, quoted, flow, next = ''] = match
    const key = plainKey ?? quotedKey ?? ''
    if (key === '__proto__' || key in out) return false
    const hasValue = plain !== undefined || quoted !== undefined || flow !== undefined
    if (hasValue === next.length > column) return false
    const value = flow === undefined ? (quoted ?? this.#plain(plain ?? '')) : this.#ordinaryFlow(flow)
    if (value === undefined) return false
    this.#at = ordinaryLine.lastIndex
    this.#indent = next.length
    out[key] = hasValue ? value : this.#block(column, undefined)
    return true
  }

  /** `{}`, or brackets around one member; undefined for everything else. */
  #ordinaryFlow(text: string): YamlValue | undefined {
    if (text === '{}') return {}
    const match = ordinaryFlow.exec(text)
    if (match === null) return undefined
    const [, key, quoted, plain = '', item] = match
    if (item !== undefined) return [this.#plain(item)]
    if (key === undefined || key === '__proto__') return undefined
    return { [key]: quoted ?? this.#plain(plain) }
  }

  #plain(text: string): YamlValue {
    return this.#isTyped ? typePlain(text) : text
  }

  /** What stands behind `key:`; nothing there is null. */
  #member(column: number, node: KeyNode | undefined): YamlValue {
    if (this.#skipSpaces()) return this.#inline(column, node)
    this.#nextLine()
    if (this.#indent > column) return this.#block(column, node)
    if (this.#indent === column && this.#isIndicator(DASH)) return this.#deeper(() => this.#sequence(node))
    return null
  }

  #sequence(node: KeyNode | undefined): YamlValue {
    const column = this.#indent
    const out: YamlValue[] = []
    while (this.#indent === column && this.#isIndicator(DASH)) {
      const child = this.#openItem(out.length, node)
      const start = this.#at
      this.#at += 1
      if (this.#skipSpaces()) {
        this.#indent = column + this.#at - start
        out.push(this.#block(column, child))
      } else {
        this.#nextLine()
        out.push(this.#indent > column ? this.#block(column, child) : null)
      }
      this.#close()
    }
    if (this.#indent > column) this.#fault('this line is indented more than the list it follows')
    return out
  }

  /** A scalar or flow collection, and the rest of its line. */
  #inline(parent: number, node: KeyNode | undefined): YamlValue {
    const first = this.#text.charCodeAt(this.#at)
    if (first === PIPE || first === GREATER) {
      const { value, end } = readBlockScalar(this.#text, this.#at, Math.max(parent, 0), this.#end)
      this.#at = end
      this.#nextLine(true)
      return value
    }
    const value = first === BRACE || first === BRACKET ? this.#flow(node) : this.#scalar()
    if (this.#skipSpaces()) this.#fault('something follows a value that is complete', 'put the text into quotes')
    this.#nextLine()
    if (this.#indent > parent && this.#indent !== -1) {
      this.#fault(
        'this line is indented as if it went on with the text before it',
        'correct the indentation, or use quotes',
      )
    }
    return value
  }

  /** Quoted, or plain up to the end of the line. */
  #scalar(): YamlValue {
    const first = this.#text.charCodeAt(this.#at)
    if (first === SINGLE || first === DOUBLE) return this.#quoted()
    this.#refuseIndicator(first)
    const end = this.#lineEnd()
    let plain = this.#text.slice(this.#at, end)
    const comment = plain.indexOf(' #')
    if (comment !== -1) plain = plain.slice(0, comment)
    if (plain.endsWith(' ')) plain = plain.trimEnd()
    if (plain.includes(': ') || plain.endsWith(':'))
      this.#fault('a second colon stands in a line', 'put the text into quotes')
    this.#at += plain.length
    return this.#plain(plain)
  }

  #quoted(): string {
    const { value, end } = readQuoted(this.#text, this.#at, this.#end)
    this.#at = end
    return value
  }

  /** A key on one line, and its colon. */
  #key(): string {
    const colon = this.#keyEnd()
    if (colon === -1) this.#fault('a key with a colon should stand here')
    const first = this.#text.charCodeAt(this.#at)
    let key: string
    if (first === SINGLE || first === DOUBLE) key = this.#quoted()
    else {
      this.#refuseIndicator(first)
      key = this.#text.slice(this.#at, colon)
      if (key.endsWith(' ')) key = key.trimEnd()
      if (key.includes(' #')) this.#fault('a comment stands where a key should')
      if (key === '<<') this.#fault('a merge key (<<) stands here', REWRITE)
    }
    this.#at = colon + 1
    return key
  }

  /** `? key`, then `: value` in a line of its own. */
  #longKey(column: number): string {
    this.#at += 1
    if (!this.#skipSpaces()) this.#fault('a key should follow the question mark in its line')
    const first = this.#text.charCodeAt(this.#at)
    if (first === BRACE || first === BRACKET || this.#isIndicator(DASH))
      this.#fault('a key is a list or an object', REWRITE)
    const key = this.#scalar()
    if (this.#skipSpaces()) this.#fault('something follows a key that is complete')
    this.#nextLine()
    if (this.#indent !== column || !this.#isIndicator(COLON)) this.#fault('a colon should follow the long key')
    this.#at += 1
    return String(key)
  }

  /** Offset of the colon behind a key that begins here; -1: this is no key. */
  #keyEnd(): number {
    const first = this.#text.charCodeAt(this.#at)
    if (first === BRACE || first === BRACKET) return -1
    const end = this.#lineEnd()
    let at = this.#at
    if (first === SINGLE || first === DOUBLE) {
      at = readQuoted(this.#text, this.#at, this.#end).end
      if (at > end) return -1
      while (this.#text.charCodeAt(at) === SPACE) at += 1
      return this.#text.charCodeAt(at) === COLON && this.#isBreak(at + 1) ? at : -1
    }
    const line = this.#text.slice(at, end)
    // Most lines end in their only colon, or have one with a space behind it.
    const colon = line.endsWith(':') && !line.includes(': ') ? line.length - 1 : line.search(/:(?:[ \t]|$)/)
    return colon === -1 || (line.includes(' #') && line.indexOf(' #') < colon) ? -1 : at + colon
  }

  #flow(node: KeyNode | undefined): YamlValue {
    const isMapping = this.#text.charCodeAt(this.#at) === BRACE
    this.#at += 1
    return this.#deeper(() => (isMapping ? this.#flowMapping(node) : this.#flowSequence(node)))
  }

  #flowMapping(node: KeyNode | undefined): YamlValue {
    const out: { [key: string]: YamlValue } = {}
    for (;;) {
      if (this.#flowChar() === BRACE_END) break
      const offset = this.#at
      const key = this.#flowKey()
      const child = this.#open(out, key, offset, node)
      const next = this.#flowChar()
      this.#set(out, key, next === COMMA || next === BRACE_END ? null : this.#flowValue(child))
      this.#close()
      if (!this.#takeComma(BRACE_END)) break
    }
    this.#at += 1
    return out
  }

  #flowSequence(node: KeyNode | undefined): YamlValue {
    const out: YamlValue[] = []
    for (;;) {
      if (this.#flowChar() === BRACKET_END) break
      const child = this.#openItem(out.length, node)
      out.push(this.#flowValue(child))
      this.#close()
      if (!this.#takeComma(BRACKET_END)) break
    }
    this.#at += 1
    return out
  }

  #flowKey(): string {
    const first = this.#text.charCodeAt(this.#at)
    const isQuoted = first === SINGLE || first === DOUBLE
    if (first === BRACE || first === BRACKET) this.#fault('a key is a list or an object', REWRITE)
    const key = isQuoted ? this.#quoted() : this.#flowPlain()
    if (key === '<<' && !isQuoted) this.#fault('a merge key (<<) stands here', REWRITE)
    if (this.#flowChar() !== COLON) this.#fault('a colon should follow a key')
    this.#at += 1
    if (!isQuoted && !this.#isBreak(this.#at)) this.#fault('a space should follow a colon')
    return key
  }

  #flowValue(node: KeyNode | undefined): YamlValue {
    const first = this.#text.charCodeAt(this.#at)
    if (first === BRACE || first === BRACKET) return this.#flow(node)
    if (first === SINGLE || first === DOUBLE) return this.#quoted()
    return this.#plain(this.#flowPlain())
  }

  /** Up to a comma, bracket, `: `, comment or line break. */
  #flowPlain(): string {
    this.#refuseIndicator(this.#text.charCodeAt(this.#at))
    flowPlain.lastIndex = this.#at
    const plain = (flowPlain.exec(this.#text)?.[0] ?? '').trimEnd()
    if (plain === '') this.#fault('a value is missing')
    this.#at += plain.length
    return plain
  }

  /** The next character that counts inside brackets; faults at the end. */
  #flowChar(): number {
    for (;;) {
      if (this.#skipSpaces()) return this.#text.charCodeAt(this.#at)
      this.#at = this.#lineEnd() + 1
      if (this.#at >= this.#end) {
        this.#at = this.#end
        this.#fault('a bracket is not closed')
      }
    }
  }

  /** False at the closing bracket. */
  #takeComma(closing: number): boolean {
    const next = this.#flowChar()
    if (next === closing) return false
    if (next !== COMMA) this.#fault('a comma or a closing bracket is missing')
    this.#at += 1
    return true
  }

  /** To the content of the next line that has some, and its column. */
  #nextLine(isAtLineStart = false): void {
    let at = isAtLineStart ? this.#at : this.#lineEnd() + 1
    for (;;) {
      const start = at
      while (this.#text.charCodeAt(at) === SPACE) at += 1
      if (at >= this.#end) {
        this.#at = this.#end
        this.#indent = -1
        return
      }
      const first = this.#text.charCodeAt(at)
      if (first !== FEED && first !== HASH) {
        this.#at = at
        this.#indent = at - start
        if (first === TAB) this.#fault('a tab stands at the beginning of a line', 'indent with spaces')
        return
      }
      at = first === FEED ? at + 1 : this.#lineEnd(at) + 1
    }
  }

  /** Over spaces; false at the end of the line or before a comment. */
  #skipSpaces(): boolean {
    const start = this.#at
    while (this.#text.charCodeAt(this.#at) === SPACE) this.#at += 1
    if (this.#at >= this.#end) return false
    const next = this.#text.charCodeAt(this.#at)
    if (next === TAB) this.#fault('a tab stands between key and value', 'use a space')
    if (next === HASH && (this.#at > start || this.#isBreak(this.#at - 1))) return false
    return next !== FEED
  }

  #lineEnd(from = this.#at): number {
    const feed = this.#text.indexOf('\n', from)
    return feed === -1 || feed > this.#end ? this.#end : feed
  }

  /** A space, a line break or the end. */
  #isBreak(at: number): boolean {
    if (at >= this.#end) return true
    const code = this.#text.charCodeAt(at)
    return code === SPACE || code === FEED || code === TAB
  }

  #isIndicator(code: number): boolean {
    return this.#text.charCodeAt(this.#at) === code && this.#isBreak(this.#at + 1)
  }

  /** What a plain scalar may not begin with. */
  #refuseIndicator(first: number): void {
    if (first > 0x60 || (first >= 0x41 && first <= 0x5a) || (first >= 0x30 && first <= 0x39)) {
      if (first < 0x7b || first > 0x7d) return
    }
    const character = this.#text[this.#at] ?? ''
    const what = refused[character]
    if (what !== undefined) this.#fault(`${what} stands here`, REWRITE)
    if (/[@`%,\]}|>#]/.test(character)) this.#fault(`a text begins with ${character}`, 'put the text into quotes')
    if ('-?:'.includes(character) && this.#isBreak(this.#at + 1))
      this.#fault(`${character} stands where a value should`)
  }

  #enter(): void {
    this.#depth += 1
    if (this.#depth <= DEPTH_LIMIT) return
    throw new YamlFault(this.#at, `objects and lists are nested more than ${DEPTH_LIMIT} deep`, { kind: 'limit' })
  }

  #deeper(read: () => YamlValue): YamlValue {
    this.#enter()
    const value = read()
    this.#depth -= 1
    return value
  }

  #set(out: { [key: string]: YamlValue }, key: string, value: YamlValue): void {
    if (key !== '__proto__') out[key] = value
    else Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true })
  }

  /** Notes a key's place and whether it stood there before. */
  #open(out: object, key: string, offset: number, node: KeyNode | undefined): KeyNode | undefined {
    const isTwice = Object.hasOwn(out, key)
    if (node === undefined) {
      if (isTwice) this.duplicates.push({ path: [], offset, first: offset })
      return undefined
    }
    const siblings = (node.children ??= new Map())
    if (isTwice) this.duplicates.push({ path: this.#pathTo(key), offset, first: siblings.get(key)?.offset ?? offset })
    this.#path.push(key)
    const child: KeyNode = { offset }
    siblings.set(key, child)
    return child
  }

  #openItem(index: number, node: KeyNode | undefined): KeyNode | undefined {
    if (node === undefined) return undefined
    this.#path.push(index)
    const child: KeyNode = { offset: this.#at }
    node.children ??= new Map()
    node.children.set(index, child)
    return child
  }

  #close(): void {
    if (this.#root !== undefined) this.#path.pop()
  }

  #pathTo(key: string): KeyPath {
    return [...this.#path, key]
  }

  #fault(message: string, hint?: string): never {
    throw new YamlFault(this.#at, message, hint === undefined ? {} : { hint })
  }
}

const REWRITE = 'write out what it stands for'
const refused: Readonly<Record<string, string>> = { '&': 'an anchor (&)', '*': 'an alias (*)', '!': 'a tag (!)' }

/** A key, plain or in single quotes; a text, a quoted one, something in brackets, or nothing; then up to the next line's content. */
const ordinaryLine =
  /(?:([A-Za-z0-9_/.][^\s:#'"]*)|'([^'\n]+)'):(?: (?:([A-Za-z0-9_^~<=/.](?:[^\n:#]*[^\n:#\s])?(?::[^\n:#\s]+)?)|'([^'\n]*)'|([{[][^\n]*)))?\n+( *)(?=[^\s#-])/y
const ordinaryFlow =
  /^(?:\{([A-Za-z]+): (?:'([^']*)'|([A-Za-z0-9^~<=](?:[^,:#{}[\]]*[^,:#{}[\]\s])?))\}|\[([A-Za-z0-9](?:[^,:#{}[\]]*[^,:#{}[\]\s])?)\])$/

const flowPlain = /(?:[^,[\]{}\n:# ]+|:(?![ \n,[\]{}]|$)|(?<! )#| +(?![ #\n]))+/y

const FEED = 0x0a
const TAB = 0x09
const SPACE = 0x20
const DOUBLE = 0x22
const HASH = 0x23
const SINGLE = 0x27
const COMMA = 0x2c
const DASH = 0x2d
const COLON = 0x3a
const GREATER = 0x3e
const QUESTION = 0x3f
const BRACKET = 0x5b
const BRACKET_END = 0x5d
const BRACE = 0x7b
const PIPE = 0x7c
const BRACE_END = 0x7d
