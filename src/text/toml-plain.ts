/**
 * The TOML that package managers write: names for keys, strings in double quotes, each statement on a line of its own. A few
 * replacements in the whole text make JSON of it, and JSON.parse is many times faster than any reader of TOML that is written in
 * JavaScript. Whatever might not mean the same in both is left to the strict reader.
 */
import { takeRows, type Row } from './toml-rows.ts'

/** undefined: the text has to be read strictly, and may be right or wrong. */
export function readPlainToml(text: string): Table | undefined {
  const { rest, lists } = takeRows(text)
  if (foreign.some((each) => rest.includes(each))) return undefined
  const json = withoutComments(rest)
    .replace(PAIR, '$1"$2":')
    .replaceAll('" = ', '":')
    .replaceAll('\n"', '\n,"')
    .replaceAll('",\n]', '"\n]')
    .replaceAll('},\n]', '}\n]')
  const [top = '', ...sections] = json.split('\n[')
  try {
    const tree = new Tree(top, lists)
    for (const section of sections) tree.add(section)
    // JSON knows no statements, and a key that stands twice is there once.
    const isSame =
      tree.keys === count(json, '":') && tree.statements === count(json, '\n,"') && tree.taken === lists.length
    return isSame ? tree.root : undefined
  } catch (error) {
    if (error instanceof NotPlain || error instanceof SyntaxError) return undefined
    throw error
  }
}

export type Table = Record<string, unknown>

class NotPlain extends Error {}

/** JSON's own way to write members, and what stands for a statement here; what one of the two lets pass and the other does not. */
const foreign = ['":', '\n,', '"""', '\\u', '\\/', '\r', '\u007f', '__proto__']

/** At the beginning, and behind a string. If the quote is one that begins a string, that string has no end then, and is no JSON. */
function withoutComments(text: string): string {
  const bare = text.startsWith('\n#') ? text.replace(/^(?:\n#[^\u0000-\u001f]*)+/, '') : text
  return bare.includes('" #') ? bare.replace(/" #[^\u0000-\u001f]*\n/g, '"\n') : bare
}

/** In a string too; but that ends the string in front of a word, which is no JSON, so the text is read strictly. */
const PAIR = /([\n{,] ?)([\w-]+) = (?=["[{tfn\d])/g
/** Without the first bracket, where the text was split. */
const HEADER = /^(?:\[([\w-]+(?:\.[\w-]+)*)\]|([\w-]+(?:\.[\w-]+)*))\]$/

/** Of tables and lists inside each other, and of the names of a header: together less than a document may have. */
const DEEPEST = 50

/** The tables of all headers, as far as they have been read. */
class Tree {
  readonly root: Table
  /** How many keys stand in front of a value. */
  keys = 0
  /** How many of them begin a line. */
  statements = 0
  /** How many lists have been put back. */
  taken = 0
  readonly #lists: readonly (readonly Row[])[]
  /** What headers have made and may add to; inline tables are closed. */
  readonly #open = new Set<unknown>()

  constructor(top: string, lists: readonly (readonly Row[])[]) {
    this.#lists = lists
    this.root = this.#read(top)
  }

  /** A header with the statements below it. */
  add(section: string): void {
    const end = section.indexOf('\n')
    const [, list, single] = HEADER.exec(end === -1 ? section : section.slice(0, end)) ?? []
    const path = (list ?? single)?.split('.') ?? []
    const name = path.pop()
    if (name === undefined || path.length > DEEPEST) throw new NotPlain()
    const table = this.#read(end === -1 ? '' : section.slice(end))
    const owner = path.reduce((outer, part) => this.#enter(outer, part), this.root)
    if (list === undefined) this.#put(owner, name, table)
    else this.#listOf(owner, name).push(table)
  }

  /** `,"a":1 ,"b":2` */
  #read(members: string): Table {
    const text = members.trimStart()
    if (text !== '' && !text.startsWith(',')) throw new NotPlain()
    const table: unknown = JSON.parse(`{${text.slice(1)}}`)
    if (!isTable(table)) throw new NotPlain()
    for (const key in table) {
      const item = table[key]
      this.keys += 1
      this.statements += 1
      if (item === null) table[key] = this.#lists[this.taken++]
      else if (typeof item === 'object') this.keys += countKeys(containerOf(item), 1)
    }
    this.#open.add(table)
    return table
  }

  /** Of a list its last table. */
  #enter(owner: Table, name: string): Table {
    const known = Object.hasOwn(owner, name) ? owner[name] : this.#put(owner, name, {})
    const table: unknown = Array.isArray(known) ? known.at(-1) : known
    if (!this.#open.has(known) || !isTable(table)) throw new NotPlain()
    return table
  }

  #listOf(owner: Table, name: string): unknown[] {
    const known = Object.hasOwn(owner, name) ? owner[name] : this.#put(owner, name, [])
    if (!this.#open.has(known) || !Array.isArray(known)) throw new NotPlain()
    return known
  }

  #put<T extends object>(owner: Table, name: string, value: T): T {
    if (Object.hasOwn(owner, name)) throw new NotPlain()
    owner[name] = value
    this.#open.add(value)
    return value
  }
}

/** Of all objects inside. null is not TOML's. */
function countKeys(value: Container, depth: number): number {
  if (depth > DEEPEST) throw new NotPlain()
  let keys = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') keys += countKeys(containerOf(item), depth + 1)
    return keys
  }
  // Object.values would copy every table of the file; these come from JSON.parse, so they inherit nothing enumerable.
  for (const key in value) {
    keys += 1
    const item = value[key]
    if (typeof item === 'object') keys += countKeys(containerOf(item), depth + 1)
  }
  return keys
}

type Container = Readonly<Record<string, unknown>>

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

function containerOf(value: unknown): Container {
  if (!isContainer(value)) throw new NotPlain()
  return value
}

function isTable(value: unknown): value is Table {
  return isContainer(value) && !Array.isArray(value)
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}
