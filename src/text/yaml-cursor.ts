/** Where a YAML reader stands in its text, what is around it, and the notes it takes: small steps that every production needs. */
import { shown } from '../problem.ts'
import { DEPTH_LIMIT } from './document.ts'
import type { DuplicateKey, KeyNode } from './json-scan.ts'
import { typePlain, YamlFault } from './yaml-scalars.ts'

/** `text`: plain scalars are texts, as for Yarn. `typed`: true, false, null and numbers are what YAML says they are. */
export type Scalars = 'text' | 'typed'

export interface YamlRange {
  readonly start: number
  readonly end: number
}

export type YamlValue = string | number | boolean | null | YamlValue[] | { [key: string]: YamlValue }

export class YamlCursor {
  protected readonly text: string
  protected readonly end: number
  protected readonly isTyped: boolean
  /** Where every key stands; filled only when it is given. */
  protected readonly root: KeyNode | undefined
  readonly duplicates: DuplicateKey[] = []
  protected at: number
  readonly #path: (string | number)[] = []
  #depth = 0

  constructor(text: string, { start, end }: YamlRange, scalars: Scalars, root?: KeyNode) {
    this.text = text
    this.at = start
    this.end = end
    this.isTyped = scalars === 'typed'
    this.root = root
  }

  /** Over spaces; false at the end of the line or before a comment. */
  protected skipSpaces(): boolean {
    const start = this.at
    while (this.text.charCodeAt(this.at) === SPACE) this.at += 1
    if (this.at >= this.end) return false
    const next = this.text.charCodeAt(this.at)
    if (next === TAB) this.fault('a tab stands between key and value', 'use a space')
    if (next === HASH && (this.at > start || this.isBreak(this.at - 1))) return false
    return next !== FEED
  }

  protected lineEnd(from = this.at): number {
    const feed = this.text.indexOf('\n', from)
    return feed === -1 || feed > this.end ? this.end : feed
  }

  /** A space, a line break or the end. */
  protected isBreak(at: number): boolean {
    if (at >= this.end) return true
    const code = this.text.charCodeAt(at)
    return code === SPACE || code === FEED || code === TAB
  }

  protected isIndicator(code: number): boolean {
    return this.text.charCodeAt(this.at) === code && this.isBreak(this.at + 1)
  }

  /** What a plain scalar may not begin with. */
  protected refuseIndicator(first: number): void {
    if (first > 0x60 || (first >= 0x41 && first <= 0x5a) || (first >= 0x30 && first <= 0x39)) {
      if (first < 0x7b || first > 0x7d) return
    }
    const character = this.text[this.at] ?? ''
    const what = refused[character]
    if (what !== undefined) this.fault(`${what} stands here`, REWRITE)
    if (/[@`%,\]}|>#]/.test(character)) this.fault(`a text begins with ${character}`, QUOTE)
    if ('-?:'.includes(character) && this.isBreak(this.at + 1)) this.fault(`${character} stands where a value should`)
  }

  /** One object or list deeper; {@link leave} comes back. */
  protected enter(): void {
    this.#depth += 1
    if (this.#depth <= DEPTH_LIMIT) return
    throw new YamlFault(this.at, `objects and lists are nested more than ${DEPTH_LIMIT} deep`, { kind: 'limit' })
  }

  protected leave(): void {
    this.#depth -= 1
  }

  protected set(out: { [key: string]: YamlValue }, key: string, value: YamlValue): void {
    if (key !== '__proto__') out[key] = value
    else Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true })
  }

  /** Notes a key's place and whether it stood there before. */
  protected open(out: object, key: string, offset: number, node: KeyNode | undefined): KeyNode | undefined {
    const isTwice = Object.hasOwn(out, key)
    if (node === undefined) {
      if (isTwice) this.duplicates.push({ path: [], offset, first: offset })
      return undefined
    }
    const siblings = (node.children ??= new Map())
    if (isTwice)
      this.duplicates.push({ path: [...this.#path, key], offset, first: siblings.get(key)?.offset ?? offset })
    this.#path.push(key)
    const child: KeyNode = { offset }
    siblings.set(key, child)
    return child
  }

  protected openItem(index: number, node: KeyNode | undefined): KeyNode | undefined {
    if (node === undefined) return undefined
    this.#path.push(index)
    const child: KeyNode = { offset: this.at }
    node.children ??= new Map()
    node.children.set(index, child)
    return child
  }

  protected close(): void {
    if (this.root !== undefined) this.#path.pop()
  }

  /** Whether YAML makes something else of a plain text, so that it would not be written the same again. */
  protected isTypedText(plain: string): boolean {
    const typed = this.isTyped ? typePlain(plain) : plain
    return typed !== plain && String(typed) !== plain
  }

  protected refuseKey(key: string): void {
    if (key === '<<') this.fault('a merge key (<<) stands here', REWRITE)
    if (key.includes('\t')) this.fault(TAB_INSIDE, QUOTE)
    if (this.isTypedText(key)) this.fault(`YAML reads the key ${shown(key)} as something else than a text`, QUOTE)
  }

  protected fault(message: string, hint?: string): never {
    throw new YamlFault(this.at, message, hint === undefined ? {} : { hint })
  }

  protected plain(text: string): YamlValue {
    return this.isTyped ? typePlain(text) : text
  }
}

/** What to do about whatever is short for something else. */
export const REWRITE = 'write out what it stands for'
export const QUOTE = 'put the text into quotes'
export const TAB_INSIDE = 'a tab stands in a text that is not in quotes'
const refused: Readonly<Record<string, string>> = { '&': 'an anchor (&)', '*': 'an alias (*)', '!': 'a tag (!)' }

/** Characters by their codes. */
export const FEED = 0x0a
export const TAB = 0x09
export const SPACE = 0x20
export const DOUBLE = 0x22
export const HASH = 0x23
export const SINGLE = 0x27
export const COMMA = 0x2c
export const DASH = 0x2d
export const COLON = 0x3a
export const GREATER = 0x3e
export const QUESTION = 0x3f
export const BRACKET = 0x5b
export const BRACKET_END = 0x5d
export const BRACE = 0x7b
export const PIPE = 0x7c
export const BRACE_END = 0x7d
