/**
 * The YAML that lock files and package managers' settings are written in, read strictly in one pass: block and flow collections,
 * scalars of every style, comments, `? ` keys. Anchors, aliases, tags, merge keys, directives, tabs, plain texts over several lines
 * and keys that are collections are refused by name. Depth is limited, so nothing overflows the stack.
 */
import type { KeyNode } from './json-scan.ts'
import {
  QUOTE,
  REWRITE,
  YamlCursor,
  FEED,
  TAB,
  SPACE,
  TAB_INSIDE,
  DOUBLE,
  HASH,
  SINGLE,
  COMMA,
  DASH,
  COLON,
  GREATER,
  QUESTION,
  BRACKET,
  BRACKET_END,
  BRACE,
  PIPE,
  BRACE_END,
} from './yaml-cursor.ts'
import type { YamlValue } from './yaml-cursor.ts'
import { readBlockScalar, readQuoted } from './yaml-scalars.ts'

/** Reads one document; a second object reads the same one again to learn where its keys stand. */
export class YamlReader extends YamlCursor {
  /** Column of the next content, counted from its line's beginning; -1 at the end of the document. */
  #indent = 0

  /** Throws {@link YamlFault}. Keys that stand twice are in `duplicates`; the later one counts. */
  read(): YamlValue {
    this.#nextLine(true)
    if (this.#indent === -1) return null
    const value = this.#block(-1, this.root)
    if (this.#indent !== -1) this.fault('this line is indented differently from what it belongs to')
    return value
  }

  /** A value that begins a line, or follows a dash; ends at the next line's content. */
  #block(parent: number, node: KeyNode | undefined): YamlValue {
    this.enter()
    let value: YamlValue
    if (this.isIndicator(DASH)) value = this.#sequence(node)
    else if (this.isIndicator(QUESTION) || this.#keyEnd() !== -1) value = this.#mapping(node)
    else value = this.#inline(parent, node)
    this.leave()
    return value
  }

  #mapping(node: KeyNode | undefined): YamlValue {
    const column = this.#indent
    const out: { [key: string]: YamlValue } = {}
    while (this.#indent === column) {
      if (node === undefined && this.#ordinaryLine(out, column)) continue
      const offset = this.at
      const key = this.isIndicator(QUESTION) ? this.#longKey(column) : this.#key()
      const child = this.open(out, key, offset, node)
      this.set(out, key, this.#member(column, child))
      this.close()
    }
    if (this.#indent > column) this.fault('this line is indented more than the key before it')
    return out
  }

  /**
   * The lines that nearly all are, by one expression instead of a step per character, which counts while nothing is compiled yet.
   * False: nothing was read.
   */
  #ordinaryLine(out: { [key: string]: YamlValue }, column: number): boolean {
    ordinaryLine.lastIndex = this.at
    const match = ordinaryLine.exec(this.text)
    if (match === null || ordinaryLine.lastIndex >= this.end) return false
    // By index: destructuring iterates, which costs more than all else here.
    const plainKey = match[1]
    const key = plainKey ?? match[2] ?? match[3] ?? ''
    if (key === '__proto__' || key in out || (plainKey !== undefined && this.isTypedText(plainKey))) return false
    const plain = match[4]
    const quoted = match[5] ?? match[6]
    const flow = match[7]
    const next = match[8] ?? ''
    const hasValue = plain !== undefined || quoted !== undefined || flow !== undefined
    if (hasValue === next.length > column) return false
    const value = flow === undefined ? (quoted ?? this.plain(plain ?? '')) : this.#ordinaryFlow(flow)
    if (value === undefined) return false
    this.at = ordinaryLine.lastIndex
    this.#indent = next.length
    out[key] = hasValue ? value : this.#block(column, undefined)
    return true
  }

  /** `{}`, or brackets around one member; undefined for everything else. */
  #ordinaryFlow(text: string): YamlValue | undefined {
    if (text === '{}') return {}
    const match = ordinaryFlow.exec(text)
    if (match === null) return undefined
    const key = match[1]
    if (key !== undefined) return { [key]: match[2] ?? this.plain(match[3] ?? '') }
    return [this.plain(match[4] ?? '')]
  }

  /** What stands behind `key:`; nothing there is null. */
  #member(column: number, node: KeyNode | undefined): YamlValue {
    if (this.skipSpaces()) return this.#inline(column, node)
    this.#nextLine()
    if (this.#indent > column) return this.#block(column, node)
    if (this.#indent === column && this.isIndicator(DASH)) return this.#sameColumnList(node)
    return null
  }

  /** A list may stand as deep as its key. */
  #sameColumnList(node: KeyNode | undefined): YamlValue {
    this.enter()
    const value = this.#sequence(node)
    this.leave()
    return value
  }

  #sequence(node: KeyNode | undefined): YamlValue {
    const column = this.#indent
    const out: YamlValue[] = []
    while (this.#indent === column && this.isIndicator(DASH)) {
      const child = this.openItem(out.length, node)
      const start = this.at
      this.at += 1
      if (this.skipSpaces()) {
        this.#indent = column + this.at - start
        out.push(this.#block(column, child))
      } else {
        this.#nextLine()
        out.push(this.#indent > column ? this.#block(column, child) : null)
      }
      this.close()
    }
    if (this.#indent > column) this.fault('this line is indented more than the list it follows')
    return out
  }

  /** A scalar or flow collection, and the rest of its line. */
  #inline(parent: number, node: KeyNode | undefined): YamlValue {
    const first = this.text.charCodeAt(this.at)
    if (first === PIPE || first === GREATER) {
      const { value, end } = readBlockScalar(this.text, this.at, Math.max(parent, 0), this.end)
      this.at = end
      this.#nextLine(true)
      return value
    }
    const value = first === BRACE || first === BRACKET ? this.#flow(node) : this.#scalar()
    if (this.skipSpaces()) this.fault('something follows a value that is complete', QUOTE)
    this.#nextLine()
    if (this.#indent > parent && this.#indent !== -1) {
      this.fault(
        'this line is indented as if it went on with the text before it',
        'correct the indentation, or use quotes',
      )
    }
    return value
  }

  /** Quoted, or plain up to the end of the line. */
  #scalar(): YamlValue {
    const first = this.text.charCodeAt(this.at)
    if (first === SINGLE || first === DOUBLE) return this.#quoted()
    this.refuseIndicator(first)
    const end = this.lineEnd()
    let plain = this.text.slice(this.at, end)
    const comment = plain.indexOf(' #')
    if (comment !== -1) plain = plain.slice(0, comment)
    if (plain.endsWith(' ')) plain = plain.trimEnd()
    if (plain.includes('\t')) this.fault(TAB_INSIDE, QUOTE)
    if (plain.includes(': ') || plain.endsWith(':')) this.fault('a second colon stands in a line', QUOTE)
    this.at += plain.length
    return this.plain(plain)
  }

  #quoted(): string {
    const { value, end } = readQuoted(this.text, this.at, this.end)
    this.at = end
    return value
  }

  /** A key on one line, and its colon. */
  #key(): string {
    const colon = this.#keyEnd()
    if (colon === -1) this.fault('a key with a colon should stand here')
    const first = this.text.charCodeAt(this.at)
    let key: string
    if (first === SINGLE || first === DOUBLE) key = this.#quoted()
    else {
      this.refuseIndicator(first)
      key = this.text.slice(this.at, colon)
      if (key.endsWith(' ')) key = key.trimEnd()
      if (key.includes(' #')) this.fault('a comment stands where a key should')
      this.refuseKey(key)
    }
    this.at = colon + 1
    return key
  }

  /** `? key`, then `: value` in a line of its own. */
  #longKey(column: number): string {
    this.at += 1
    if (!this.skipSpaces()) this.fault('a key should follow the question mark in its line')
    const first = this.text.charCodeAt(this.at)
    if (first === BRACE || first === BRACKET || this.isIndicator(DASH))
      this.fault('a key is a list or an object', REWRITE)
    const key = this.#scalar()
    if (this.skipSpaces()) this.fault('something follows a key that is complete')
    this.#nextLine()
    if (this.#indent !== column || !this.isIndicator(COLON)) this.fault('a colon should follow the long key')
    this.at += 1
    return String(key)
  }

  /** Offset of the colon behind a key that begins here; -1: this is no key. */
  #keyEnd(): number {
    const first = this.text.charCodeAt(this.at)
    if (first === BRACE || first === BRACKET) return -1
    const end = this.lineEnd()
    let at = this.at
    if (first === SINGLE || first === DOUBLE) {
      at = readQuoted(this.text, this.at, this.end).end
      if (at > end) return -1
      while (this.text.charCodeAt(at) === SPACE) at += 1
      return this.text.charCodeAt(at) === COLON && this.isBreak(at + 1) ? at : -1
    }
    const line = this.text.slice(at, end)
    // Most lines end in their only colon, or have one with a space behind it.
    const colon = line.endsWith(':') && !line.includes(': ') ? line.length - 1 : line.search(/:(?:[ \t]|$)/)
    return colon === -1 || (line.includes(' #') && line.indexOf(' #') < colon) ? -1 : at + colon
  }

  #flow(node: KeyNode | undefined): YamlValue {
    const isMapping = this.text.charCodeAt(this.at) === BRACE
    this.at += 1
    this.enter()
    const value = isMapping ? this.#flowMapping(node) : this.#flowSequence(node)
    this.leave()
    return value
  }

  #flowMapping(node: KeyNode | undefined): YamlValue {
    const out: { [key: string]: YamlValue } = {}
    for (;;) {
      if (this.#flowChar() === BRACE_END) break
      const offset = this.at
      const key = this.#flowKey()
      const child = this.open(out, key, offset, node)
      const next = this.#flowChar()
      this.set(out, key, next === COMMA || next === BRACE_END ? null : this.#flowValue(child))
      this.close()
      if (!this.#takeComma(BRACE_END)) break
    }
    this.at += 1
    return out
  }

  #flowSequence(node: KeyNode | undefined): YamlValue {
    const out: YamlValue[] = []
    for (;;) {
      if (this.#flowChar() === BRACKET_END) break
      const child = this.openItem(out.length, node)
      out.push(this.#flowValue(child))
      this.close()
      if (!this.#takeComma(BRACKET_END)) break
    }
    this.at += 1
    return out
  }

  #flowKey(): string {
    const first = this.text.charCodeAt(this.at)
    const isQuoted = first === SINGLE || first === DOUBLE
    if (first === BRACE || first === BRACKET) this.fault('a key is a list or an object', REWRITE)
    const key = isQuoted ? this.#quoted() : this.#flowPlain()
    if (!isQuoted) this.refuseKey(key)
    if (this.#flowChar() !== COLON) this.fault('a colon should follow a key')
    this.at += 1
    if (!isQuoted && !this.isBreak(this.at)) this.fault('a space should follow a colon')
    return key
  }

  #flowValue(node: KeyNode | undefined): YamlValue {
    const first = this.text.charCodeAt(this.at)
    if (first === BRACE || first === BRACKET) return this.#flow(node)
    if (first === SINGLE || first === DOUBLE) return this.#quoted()
    return this.plain(this.#flowPlain())
  }

  /** Up to a comma, bracket, `: `, comment or line break. */
  #flowPlain(): string {
    this.refuseIndicator(this.text.charCodeAt(this.at))
    flowPlain.lastIndex = this.at
    const plain = (flowPlain.exec(this.text)?.[0] ?? '').trimEnd()
    if (plain.includes('\t')) this.fault(TAB_INSIDE, QUOTE)
    if (plain === '') this.fault('a value is missing')
    this.at += plain.length
    return plain
  }

  /** The next character that counts inside brackets; faults at the end. */
  #flowChar(): number {
    for (;;) {
      if (this.skipSpaces()) return this.text.charCodeAt(this.at)
      this.at = this.lineEnd() + 1
      if (this.at >= this.end) {
        this.at = this.end - 1
        this.fault('a bracket is not closed')
      }
    }
  }

  /** False at the closing bracket. */
  #takeComma(closing: number): boolean {
    const next = this.#flowChar()
    if (next === closing) return false
    if (next !== COMMA) this.fault('a comma or a closing bracket is missing')
    this.at += 1
    return true
  }

  /** To the content of the next line that has some, and its column. */
  #nextLine(isAtLineStart = false): void {
    let at = isAtLineStart ? this.at : this.lineEnd() + 1
    for (;;) {
      const start = at
      while (this.text.charCodeAt(at) === SPACE) at += 1
      if (at >= this.end) {
        this.at = this.end
        this.#indent = -1
        return
      }
      const first = this.text.charCodeAt(at)
      if (first !== FEED && first !== HASH) {
        this.at = at
        this.#indent = at - start
        if (first === TAB) this.fault('a tab stands at the beginning of a line', 'indent with spaces')
        return
      }
      at = first === FEED ? at + 1 : this.lineEnd(at) + 1
    }
  }
}

/** A key, plain or in quotes; a text, a quoted one, something in brackets, or nothing; then up to the next line's content. */
const ordinaryLine =
  /(?:([A-Za-z0-9_/.][^\s:#'"]*)|'([^'\n]+)'|"([^"\\\n]+)"):(?: (?:([A-Za-z0-9_^~<=/.](?:[^\n\t:#]*[^\n:#\s])?(?::[^\n:#\s]+)?)|'([^'\n]*)'|"([^"\\\n]*)"|([{[][^\n]*)))?\n+( *)(?=[^\s#-])/y
const ordinaryFlow =
  /^(?:\{([A-Za-z]+): (?:'([^']*)'|([A-Za-z0-9^~<=](?:[^,:#{}[\]\t]*[^,:#{}[\]\s])?))\}|\[([A-Za-z0-9](?:[^,:#{}[\]\t]*[^,:#{}[\]\s])?)\])$/

const flowPlain = /(?:[^,[\]{}\n:# ]+|:(?![ \n,[\]{}]|$)|(?<! )#| +(?![ #\n]))+/y
