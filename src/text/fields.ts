/**
 * Typed access to one object of a document. A value of the wrong type is a problem with its place, collected in the
 * document (so one run reports them all), and reads as absent. Only own keys count, so `__proto__` and `constructor` are data.
 */
import type { JsonObject } from '../model/json.ts'
import { shown, type Code, type Where } from '../problem.ts'
import type { TextDocument } from './document.ts'
import type { KeyPath } from './key-path.ts'

/** UTF-16 code units. */
export const STRING_LIMIT = 64 * 1024

type Members = Readonly<Record<string, unknown>>

/**
 * `packages.text('version')`, `packages.object('engines')?.entriesOfText()`. Every accessor gives undefined for an absent
 * key; null is a wrong type. Make the first one with {@link rootFields}.
 */
export class Fields {
  readonly document: TextDocument
  // Not #private: to make an object with such costs twice as much, and a lock file has thousands.
  private readonly members: Members
  private readonly parent: Fields | undefined
  private readonly key: string | number

  constructor(document: TextDocument, members: Members, parent?: Fields, key: string | number = '') {
    this.document = document
    this.members = members
    this.parent = parent
    this.key = key
  }

  get path(): KeyPath {
    return this.parent === undefined ? [] : [...this.parent.path, this.key]
  }

  /** The place of this object, or of one of its keys. Lazy: keep it freely, it costs when read. */
  where(key?: string | number): Where {
    return key === undefined ? this.document.whereOf(this) : this.document.where([...this.path, key])
  }

  has(key: string | number): boolean {
    return Object.hasOwn(this.members, key)
  }

  keys(): readonly string[] {
    return Object.keys(this.members)
  }

  /** Whether every key is one of these. */
  hasOnly(keys: ReadonlySet<string>): boolean {
    // These come from JSON.parse, so they inherit nothing enumerable.
    for (const key in this.members) if (!keys.has(key)) return false
    return true
  }

  /** Unchecked; undefined when absent. */
  raw(key: string | number): unknown {
    const value = this.members[key]
    // All that an object inherits is functions and __proto__, and no document holds a function.
    if (typeof value !== 'function' && key !== '__proto__') return value
    return Object.hasOwn(this.members, key) ? value : undefined
  }

  text(key: string | number): string | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    return this.checkText(value, key)
  }

  /** Like text, and absence is a problem too. */
  requiredText(key: string): string | undefined {
    const value = this.raw(key)
    if (value !== undefined) return this.checkText(value, key)
    this.addProblem(this.document.codes.type, `${shown(key)} is missing`)
    return undefined
  }

  boolean(key: string): boolean | undefined {
    const value = this.raw(key)
    if (value === undefined || typeof value === 'boolean') return value
    if (this.document.scalars === 'text' && (value === 'true' || value === 'false')) return value === 'true'
    this.wrongType('true or false', value, key)
    return undefined
  }

  integer(key: string): number | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    if (this.document.scalars === 'text' && typeof value === 'string' && /^\d{1,15}$/.test(value)) return Number(value)
    this.wrongType('a whole number', value, key)
    return undefined
  }

  object(key: string | number): Fields | undefined {
    const value = this.raw(key)
    return value === undefined ? undefined : this.checkObject(value, key)
  }

  /** An object whose inside is somebody else's business: JSON by construction, and free of NUL and halves of characters. */
  json(key: string): JsonObject | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    if (!isJsonObject(value)) {
      this.wrongType('an object', value, key)
      return undefined
    }
    if (this.document.hasSuspectText) this.checkTexts(value, key)
    return value
  }

  /** A list of strings. A problem with one element drops that element. */
  texts(key: string): readonly string[] | undefined {
    const list = this.list(key)
    if (list === undefined) return undefined
    if (!this.document.hasSuspectText && areShortTexts(list)) return list
    const inside = new Fields(this.document, {}, this, key)
    return list.map((item, index) => inside.checkText(item, index)).filter((item) => item !== undefined)
  }

  /** A list of objects. */
  objects(key: string): readonly Fields[] | undefined {
    const list = this.list(key)
    if (list === undefined) return undefined
    const inside = new Fields(this.document, {}, this, key)
    return list.map((item, index) => inside.checkObject(item, index)).filter((item) => item !== undefined)
  }

  /** Every key with its object, in the file's order: `for (const [path, entry] of packages.entriesOfObjects())`. */
  *entriesOfObjects(): Generator<[string, Fields]> {
    for (const key of Object.keys(this.members)) {
      const value = this.checkObject(this.members[key], key)
      if (value !== undefined && this.checkKey(key)) yield [key, value]
    }
  }

  /** Calls with every key and its object. */
  forEachObject(use: (key: string, fields: Fields) => void): void {
    const members = this.members
    for (const key in members) {
      const value = this.checkObject(members[key], key)
      if (value !== undefined && this.checkKey(key)) use(key, value)
    }
  }

  /** Calls with every key and its list, whose elements are its fields: `tuple.text(0)`. */
  forEachList(use: (key: string, fields: Fields) => void): void {
    const members = this.members
    for (const key in members) {
      const value = members[key]
      if (!isIndexed(value)) this.wrongType('a list', value, key)
      else if (this.checkKey(key)) use(key, new Fields(this.document, value, this, key))
    }
  }

  /** Calls with every key and its string. */
  forEachText(use: (key: string, text: string) => void): void {
    const members = this.members
    for (const key in members) {
      const value = this.checkText(members[key], key)
      if (value !== undefined && this.checkKey(key)) use(key, value)
    }
  }

  /** Every key with its string. */
  entriesOfText(): readonly (readonly [string, string])[] {
    const entries: [string, string][] = []
    this.forEachText((key, text) => void entries.push([key, text]))
    return entries
  }

  /** Collects a problem at this object or at one of its keys. */
  addProblem(code: Code, message: string, { key, hint }: { key?: string; hint?: string } = {}): void {
    this.document.addProblem({ code, message, where: this.where(key), hint })
  }

  private list(key: string): readonly unknown[] | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    if (Array.isArray(value)) return value
    this.wrongType('a list', value, key)
    return undefined
  }

  /** Every key and string inside; the document's depth is limited. */
  private checkTexts(value: unknown, key: string | number): void {
    if (typeof value === 'string') this.checkCharacters(value, key)
    if (typeof value !== 'object' || value === null) return
    const inside = new Fields(this.document, {}, this, key)
    for (const [name, item] of Object.entries(value)) {
      inside.checkCharacters(name, name)
      inside.checkTexts(item, name)
    }
  }

  private checkObject(value: unknown, key: string | number): Fields | undefined {
    if (isMembers(value)) return new Fields(this.document, value, this, key)
    this.wrongType('an object', value, key)
    return undefined
  }

  private checkText(value: unknown, key: string | number): string | undefined {
    if (typeof value !== 'string') {
      this.wrongType('a string', value, key)
      return undefined
    }
    if (value.length <= STRING_LIMIT && !this.document.hasSuspectText) return value
    return this.checkCharacters(value, key) ? value : undefined
  }

  private checkKey(key: string): boolean {
    return (key.length <= STRING_LIMIT && !this.document.hasSuspectText) || this.checkCharacters(key, key)
  }

  private checkCharacters(text: string, key: string | number): boolean {
    const where = this.document.where([...this.path, key])
    if (text.length > STRING_LIMIT) {
      const message = `a string has ${text.length} characters; the limit is ${STRING_LIMIT}`
      this.document.addProblem({ code: this.document.codes.limit, message, where })
      return false
    }
    if (!text.includes('\0') && !loneSurrogate.test(text)) return true
    const message = 'a string holds a NUL character or half of a surrogate pair'
    this.document.addProblem({
      code: this.document.codes.text,
      message,
      where,
      hint: this.document.codes.restore,
    })
    return false
  }

  private wrongType(wanted: string, found: unknown, key: string | number): void {
    const where = this.document.where([...this.path, key])
    const message = `${wanted} should stand here, and there is ${describeType(found)}`
    const isUnquoted = this.document.scalars === 'typed' && wanted === 'a string' && typeof found !== 'object'
    const hint = isUnquoted ? 'put it into quotes' : undefined
    this.document.addProblem({
      code: this.document.codes.type,
      message,
      where,
      ...(hint === undefined ? {} : { hint }),
    })
  }
}

/** The document's top-level object; a problem (collected) when it is something else. */
export function rootFields(document: TextDocument): Fields | undefined {
  if (isMembers(document.value)) return new Fields(document, document.value)
  const message = `an object should stand here, and there is ${describeType(document.value)}`
  document.addProblem({ code: document.codes.type, message, where: document.where([]) })
  return undefined
}

// With the u flag a pair is one character, so only halves match.
const loneSurrogate = /[\ud800-\udfff]/u

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function areShortTexts(list: readonly unknown[]): list is readonly string[] {
  return list.every((item) => typeof item === 'string' && item.length <= STRING_LIMIT)
}

/** A list, whose members are its elements. */
function isIndexed(value: unknown): value is Members {
  return Array.isArray(value)
}

/** True of every object in a document, because documents come from JSON.parse. */
function isJsonObject(value: unknown): value is JsonObject {
  return isMembers(value)
}

function describeType(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return `the string ${shown(value)}`
    case 'number':
      return `the number ${value}`
    case 'boolean':
      return String(value)
    default:
      return 'an object'
  }
}
