/**
 * The YAML that package managers write: two spaces a level, each key in a line of its own, texts plain or in quotes, in brackets
 * only texts. One expression splits the whole text into what its lines hold, because a step of JavaScript costs more than matching a
 * line while nothing is compiled yet. Whatever might mean anything else is left to the strict reader.
 */
import { COMMA, SINGLE, SPACE } from './yaml-cursor.ts'
import type { Scalars, YamlValue } from './yaml-cursor.ts'
import { readBlockScalar, typePlain, YamlFault } from './yaml-scalars.ts'

/** undefined: the text has to be read strictly, and may be right or wrong. */
export function readPlainYaml(text: string, scalars: Scalars): YamlValue | undefined {
  if (text.includes('\t') || text.includes('__proto__')) return undefined
  try {
    return new PlainReader(scalars).read(text.slice(HEADER.exec(text)?.[0].length ?? 0))
  } catch (error) {
    if (error instanceof NotPlain || error instanceof YamlFault) return undefined
    throw error
  }
}

class NotPlain extends Error {}

type Mapping = { [key: string]: YamlValue }

/** Comments that the file begins with. */
const HEADER = /^\n*(?:#[^\n]*\n+)+/

/** What may stand within a text without quotes, so that no comment, no key and no end of the line is in it. */
const WORDS = String.raw`[^\s:#]*(?:(?::(?=\S)|#| (?=[^\s#]))[^\s:#]*)*`
const FLOW_WORDS = String.raw`[^\s:#,{}[\]]*(?:(?::(?=[^\s,{}[\]])|#| (?=[^\s#,{}[\]]))[^\s:#,{}[\]]*)*`
const KEY_WORDS = String.raw`[A-Za-z0-9_/.][^\s:'"]*(?:(?::(?=\S)| (?=[^\s:'"#]))[^\s:'"]*)*`
/** What a text may begin with. */
const FIRST = String.raw`(?=[\w^~<=/.])`
/**
 * A line: its indentation; a dash, or a key in single, in double or without quotes; a text without quotes, in single or in double ones;
 * a key alone in brackets with its text, in single or without quotes; something else.
 */
const LINE = new RegExp(
  String.raw`\n+((?:  )*)(?:- |(?:'([^'\n]+)'|"([^"\\\n]+)"|(${KEY_WORDS})):(?: |(?=\n)))` +
    String.raw`(?:(${FIRST}${WORDS})|'([^'\n]*)'|"([^"\\\n]*)"` +
    String.raw`|\{([A-Za-z]+): (?:'([^'\n]*)'|(${FIRST}${FLOW_WORDS}))\}|([{['|][^\n]*\S))?(?=\n|$)`,
)
/** How much of the split text stands for a line: what is before it, which is nothing, and the groups. */
const PARTS = 12

type Parts = readonly (string | undefined)[]

// Fields and methods are not #private: they are asked for by the ten thousand.
class PlainReader {
  private readonly isTyped: boolean
  /** Keys without quotes that were looked at: most stand in a lock file often. */
  private readonly accepted = new Set<string>()
  /** Keys that something stands below of. */
  private readonly opened = new Set<string>()
  /** Texts of several lines. In their place stand their numbers. */
  private readonly blocks: string[] = []
  /** What is open, by depth; a mapping beside the largest of its keys. */
  private readonly mappings: (Mapping | undefined)[] = [{}]
  private readonly largest: string[] = ['']
  private readonly lists: (YamlValue[] | undefined)[] = []

  constructor(scalars: Scalars) {
    this.isTyped = scalars === 'typed'
  }

  read(text: string): YamlValue {
    const parts: Parts = `\n${this.withoutBlocks(text)}`.split(LINE)
    let deepest = 0
    // The key of the line above, if nothing stands behind it.
    let open: string | undefined
    for (let at = 0; at + PARTS < parts.length; at += PARTS) {
      const depth = (parts[at + 1] ?? '').length / 2
      if (parts[at] !== '' || (open === undefined ? depth > deepest : depth !== deepest + 1)) throw new NotPlain()
      const plain = parts[at + 4]
      const key = plain ?? parts[at + 2] ?? parts[at + 3]
      if (open !== undefined) this.openBelow(open, depth, key === undefined)
      if (plain !== undefined && !this.accepted.has(plain)) this.accept(plain)
      deepest = depth
      const value = this.valueIn(parts, at + 5)
      open = value === undefined ? key : undefined
      if (key === undefined) this.addItem(depth, value)
      else this.addMember(depth, key, value)
    }
    const root = this.mappings[0]
    if (open !== undefined || root === undefined || parts.length === 1 || /\S/.test(parts.at(-1) ?? ''))
      throw new NotPlain()
    return root
  }

  private withoutBlocks(text: string): string {
    let out = ''
    let from = 0
    for (let at = text.indexOf(': |'); at !== -1; at = text.indexOf(': |', from)) {
      const line = text.lastIndexOf('\n', at) + 1
      const { value, end } = readBlockScalar(text, at + 2, text.slice(line).search(/[^ ]/), text.length)
      out += `${text.slice(from, at)}: |${this.blocks.length}\n`
      this.blocks.push(value)
      from = end
    }
    return out + text.slice(from)
  }

  private openBelow(key: string, depth: number, isList: boolean): void {
    const list: YamlValue[] | undefined = isList ? [] : undefined
    const mapping: Mapping | undefined = isList ? undefined : this.mappingBelow(key)
    this.lists[depth] = list
    this.mappings[depth] = mapping
    this.largest[depth] = ''
    const around = this.mappings[depth - 1]
    const value = list ?? mapping
    if (around === undefined || value === undefined || depth > DEEPEST) throw new NotPlain()
    around[key] = value
  }

  /** What stands below the same key again and again are names: V8 need not learn a shape for each set of them. */
  private mappingBelow(key: string): Mapping {
    if (this.opened.has(key)) return Object.create(null)
    this.opened.add(key)
    return {}
  }

  private addItem(depth: number, value: YamlValue | undefined): void {
    const list = this.lists[depth]
    if (list === undefined || value === undefined) throw new NotPlain()
    list.push(value)
  }

  /** Without a value: looks only whether the key stands there already. */
  private addMember(depth: number, key: string, value: YamlValue | undefined): void {
    const mapping = this.mappings[depth]
    if (mapping === undefined) throw new NotPlain()
    // They are sorted, nearly all: then none stands twice.
    if (key > (this.largest[depth] ?? '')) this.largest[depth] = key
    else if (Object.hasOwn(mapping, key)) throw new NotPlain()
    if (value !== undefined) mapping[key] = value
  }

  private accept(key: string): void {
    if (this.isTyped && typePlain(key) !== key) throw new NotPlain()
    this.accepted.add(key)
  }

  private valueIn(parts: Parts, at: number): YamlValue | undefined {
    const plain = parts[at]
    if (plain !== undefined) return this.isTyped ? typePlain(plain) : plain
    const key = parts[at + 3]
    if (key !== undefined) {
      if (!this.accepted.has(key)) this.accept(key)
      return { [key]: parts[at + 4] ?? this.plain(parts[at + 5] ?? '') }
    }
    const other = parts[at + 6]
    return other === undefined ? (parts[at + 1] ?? parts[at + 2]) : this.other(other)
  }

  private other(text: string): YamlValue {
    if (text === '{}') return {}
    if (text.startsWith('|')) return this.blocks[Number(text.slice(1))] ?? ''
    const inside = text.slice(1, -1)
    if (text.startsWith("'")) {
      if (!text.endsWith("'") || inside.replaceAll("''", '').includes("'")) throw new NotPlain()
      return inside.replaceAll("''", "'")
    }
    const isMapping = text.startsWith('{')
    if (!text.endsWith(isMapping ? '}' : ']') || /[{}[\]]/.test(inside)) throw new NotPlain()
    return isMapping ? this.flowMapping(inside) : this.flowList(inside)
  }

  private flowMapping(inside: string): YamlValue {
    const out: Mapping = {}
    for (let at = 0; at < inside.length;) {
      const isQuoted = inside.charCodeAt(at) === SINGLE
      const colon = isQuoted ? inside.indexOf("'", at + 1) + 1 : inside.indexOf(': ', at)
      if (colon < 1 || !inside.startsWith(': ', colon)) throw new NotPlain()
      const key = isQuoted ? inside.slice(at + 1, colon - 1) : inside.slice(at, colon)
      if (key.includes(',') || Object.hasOwn(out, key)) throw new NotPlain()
      if (!isQuoted && !FLOW_KEY.test(key)) throw new NotPlain()
      if (!isQuoted) this.accept(key)
      const end = this.flowEnd(inside, colon + 2)
      out[key] = this.flowValue(inside.slice(colon + 2, end))
      at = end + 2
    }
    return out
  }

  private flowList(inside: string): YamlValue {
    const out: YamlValue[] = []
    for (let at = 0; at < inside.length;) {
      const end = this.flowEnd(inside, at)
      out.push(this.flowValue(inside.slice(at, end)))
      at = end + 2
    }
    return out
  }

  /** Of a value: where the comma is that has another one behind it, or where the text ends. */
  private flowEnd(inside: string, start: number): number {
    const isQuoted = inside.charCodeAt(start) === SINGLE
    const close = isQuoted ? inside.indexOf("'", start + 1) : start
    const end = isQuoted ? close + 1 : inside.indexOf(',', start)
    if (end === -1 || end === inside.length) return inside.length
    const isBetween = inside.charCodeAt(end) === COMMA && inside.charCodeAt(end + 1) === SPACE
    if (close === -1 || !isBetween || end + 2 === inside.length) throw new NotPlain()
    return end
  }

  private flowValue(value: string): YamlValue {
    if (value.charCodeAt(0) === SINGLE) return value.slice(1, -1)
    return this.plain(value)
  }
  private plain(plain: string): YamlValue {
    if (!FLOW_TEXT.test(plain)) throw new NotPlain()
    return this.isTyped ? typePlain(plain) : plain
  }
}

/** Of tables inside each other: more than are ever written, fewer than a document may have. */
const DEEPEST = 50

const FLOW_KEY = new RegExp(`^${KEY_WORDS}$`)
const FLOW_TEXT = new RegExp(`^${FIRST}${FLOW_WORDS}$`)
