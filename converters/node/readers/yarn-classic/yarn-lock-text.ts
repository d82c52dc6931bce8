/**
 * The syntax of yarn.lock version 1, as strictly as yarn writes it: lines, two spaces per level, names and values bare or in JSON's
 * quotes, `#` comments. It resembles YAML and is none (yarn's lib/lockfile/parse.js).
 */
import { fail, failIfAny, shown } from '../../../../src/problem.ts'
import type { Code, Problem } from '../../../../src/problem.ts'
import { readOrdinaryEntry } from './ordinary-entry.ts'
import { isTextField, LockText, YarnEntry } from './yarn-entry.ts'
import type { NamedRange } from './yarn-entry.ts'

const RESTORE = 'restore the file from version control, or run yarn install, which writes it anew'
/** UTF-16 code units of one line: the longest that yarn writes hold the patterns of one package. */
const LINE_LIMIT = 1024 * 1024

export interface YarnLock {
  /** In the file's order. */
  readonly entries: readonly YarnEntry[]
  readonly byPattern: ReadonlyMap<string, YarnEntry>
}

/** Throws `lock-syntax`, `lock-conflict`, `lock-duplicate-key`, `lock-version`, `lock-type`, `lock-limit`, `name-invalid`, `text-invalid`. */
export function parseYarnLock(text: string, file: string): YarnLock {
  const source = new LockText(file, text)
  checkCharacters(source)
  return new Parser(source).parse()
}

/** What a file with one of these needs is a word of its own. */
function checkCharacters(source: LockText): void {
  const { file, text } = source
  const at = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/)
  if (at === -1) return
  const message = 'the file holds control characters'
  fail({ code: 'text-invalid', message, where: { file, line: source.lineAt(at) }, hint: RESTORE })
}

class Parser {
  readonly #text: string
  readonly #source: LockText
  readonly #entries: YarnEntry[] = []
  readonly #byPattern = new Map<string, YarnEntry>()
  readonly #problems: Problem[] = []
  /** Of the line that is read. */
  #start = 0
  #entry: YarnEntry | undefined
  /** Names of the entry's own fields, and of the open list's members. */
  readonly #fields = new Set<string>()
  readonly #members = new Set<string>()
  #list: NamedRange[] | undefined
  /** In the line: where the reader is, and where the line ends. */
  #at = 0
  #end = 0

  constructor(source: LockText) {
    this.#text = source.text
    this.#source = source
  }

  parse(): YarnLock {
    const text = this.#text
    for (let start = 0; start < text.length;) {
      this.#start = start
      const ordinary = readOrdinaryEntry(this.#source, start)
      if (ordinary !== undefined) {
        this.#addEntry(ordinary.entry)
        start = ordinary.end
        continue
      }
      const newline = text.indexOf('\n', start)
      const next = newline === -1 ? text.length : newline
      this.#at = start
      this.#end = next > start && text.charCodeAt(next - 1) === RETURN ? next - 1 : next
      this.#readLine()
      start = next + 1
    }
    failIfAny(this.#problems)
    return { entries: this.#entries, byPattern: this.#byPattern }
  }

  #readLine(): void {
    const text = this.#text
    const start = this.#at
    if (this.#end - start > LINE_LIMIT) this.#fail('lock-limit', `a line has more than ${LINE_LIMIT} characters`)
    while (this.#at < this.#end && text.charCodeAt(this.#at) === SPACE) this.#at += 1
    if (this.#at === this.#end) return
    const first = text.charCodeAt(this.#at)
    if (first === HASH) return this.#readComment()
    if (first === TAB) this.#fail('lock-syntax', 'a line is indented with a tab, where spaces should stand')
    switch (this.#at - start) {
      case 0:
        return this.#readPatterns(first)
      case 2:
        return this.#readField()
      case 4:
        return this.#readMember()
      default:
        this.#fail('lock-syntax', `a line is indented with ${this.#at - start} spaces, where 0, 2 or 4 should stand`)
    }
  }

  #readComment(): void {
    const comment = this.#text.slice(this.#at + 1, this.#end).trim()
    const version = /^yarn lockfile v(\d+)$/.exec(comment)?.[1]
    if (version === undefined || version === '1') return
    this.#fail('lock-version', `version ${version} of yarn.lock is not known (1 is)`, 'write the file with yarn 1')
  }

  #readPatterns(first: number): void {
    if (first === LESS || first === EQUALS || first === GREATER || first === BAR) this.#checkConflict()
    const patterns = [this.#readWord()]
    while (this.#text.charCodeAt(this.#at) === COMMA && this.#at < this.#end) {
      this.#at += 1
      this.#skipSpace()
      patterns.push(this.#readWord())
    }
    if (patterns[0] === '__metadata') {
      this.#fail('lock-version', 'the file was written by Yarn 2 or newer', 'give Yarn’s own yarn.lock, unchanged')
    }
    this.#expectColon()
    this.#addEntry(new YarnEntry(patterns, this.#source, this.#start))
  }

  #addEntry(entry: YarnEntry): void {
    this.#entry = entry
    this.#entries.push(entry)
    this.#fields.clear()
    this.#list = undefined
    entry.patterns.forEach((pattern) => this.#addPattern(pattern, entry))
  }

  #addPattern(pattern: string, entry: YarnEntry): void {
    const first = this.#byPattern.get(pattern)
    this.#byPattern.set(pattern, entry)
    if (first !== undefined) this.#addDuplicate(`[${shown(pattern)}]`, ` in line ${first.where.line}`)
  }

  #addDuplicate(key: string, other: string): void {
    this.#problems.push({
      code: 'lock-duplicate-key',
      message: `the key stands here and${other}: which value counts is anybody's guess`,
      where: { file: this.#source.file, key, line: this.#source.lineAt(this.#start) },
      hint: 'remove one of the two, or run yarn install',
    })
  }

  #readField(): void {
    const entry = this.#entry
    if (entry === undefined) return this.#fail('lock-syntax', 'a field stands before the first package')
    const name = this.#readWord()
    if (this.#fields.has(name)) this.#addDuplicate(`${entry.where.key ?? ''}.${name}`, ' further up')
    this.#fields.add(name)
    this.#list = undefined
    if (this.#text.charCodeAt(this.#at) === COLON && this.#at === this.#end - 1) return this.#openList(entry, name)
    const value = this.#readValue(name)
    // Whatever starts otherwise (`null`, nothing, `=1.2.3`), yarn refuses or writes anew.
    if (name === 'version' && !/^\d/.test(value)) this.#fail('name-invalid', `${shown(value)} is no version`)
    if (isTextField(name)) entry[name] = value
  }

  #openList(entry: YarnEntry, name: string): void {
    if (isTextField(name)) this.#fail('lock-type', `${shown(name)} should be a text, and is a list`)
    this.#list = []
    this.#members.clear()
    if (name === 'dependencies') entry.dependencies = this.#list
    if (name === 'optionalDependencies') entry.optionalDependencies = this.#list
  }

  #readMember(): void {
    const list = this.#list
    if (list === undefined) return this.#fail('lock-syntax', 'a line is indented, and no list is open')
    const name = this.#readWord()
    if (this.#members.has(name)) this.#addDuplicate(`${this.#entry?.where.key ?? ''}[${shown(name)}]`, ' further up')
    this.#members.add(name)
    list.push([name, this.#readValue(name)])
  }

  /** What follows a name: a space and a text, to the end of the line. */
  #readValue(name: string): string {
    const code = this.#text.charCodeAt(this.#at)
    if (code === COLON) this.#at += 1
    if (this.#at >= this.#end) this.#fail('lock-syntax', `${shown(name)} has no value`)
    this.#skipSpace()
    const start = this.#at
    const value = this.#readWord()
    if (this.#at < this.#end) this.#fail('lock-syntax', `something stands behind the value of ${shown(name)}`)
    // yarn reads these as a number and as truth values.
    if (this.#text.charCodeAt(start) !== QUOTE && /^(?:\d+|true|false)$/.test(value)) {
      this.#fail('lock-type', `${shown(name)} should be a text in quotes, and is ${value}`)
    }
    return value
  }

  /** A text in quotes, or what stands before the next space, colon or comma. */
  #readWord(): string {
    const text = this.#text
    if (text.charCodeAt(this.#at) === QUOTE) return this.#readQuoted()
    const start = this.#at
    bareWord.lastIndex = start
    bareWord.test(text)
    const end = Math.min(bareWord.lastIndex, this.#end)
    const code = end < this.#end ? text.charCodeAt(end) : SPACE
    if (code === QUOTE || code === TAB)
      this.#fail('lock-syntax', `a bare word holds a ${code === TAB ? 'tab' : 'quote'}`)
    if (end === start) this.#fail('lock-syntax', 'a word should stand here')
    this.#at = end
    return text.slice(start, end)
  }

  #readQuoted(): string {
    const text = this.#text
    const start = this.#at
    let close = text.indexOf('"', start + 1)
    let isPlain = true
    while (close !== -1 && close < this.#end && text.charCodeAt(close - 1) === BACKSLASH) {
      isPlain = false
      let slashes = 1
      while (text.charCodeAt(close - 1 - slashes) === BACKSLASH) slashes += 1
      if (slashes % 2 === 0) break
      close = text.indexOf('"', close + 1)
    }
    if (close === -1 || close >= this.#end) this.#fail('lock-syntax', 'a quote is not closed in its line')
    this.#at = close + 1
    const inside = text.slice(start + 1, close)
    return isPlain && !inside.includes('\\') ? inside : this.#unescape(text.slice(start, close + 1))
  }

  #unescape(quoted: string): string {
    let value: unknown
    try {
      value = JSON.parse(quoted)
    } catch {
      return this.#fail('lock-syntax', 'a text in quotes holds what JSON does not allow there')
    }
    const unescaped = String(value)
    if (/[\u0000-\u001f\u007f]|[\ud800-\udfff]/u.test(unescaped)) {
      this.#fail('text-invalid', 'a text holds a control character or half of a surrogate pair')
    }
    return unescaped
  }

  #expectColon(): void {
    if (this.#text.charCodeAt(this.#at) !== COLON || this.#at !== this.#end - 1) {
      this.#fail('lock-syntax', 'a colon should end the line of a package’s patterns')
    }
  }

  #skipSpace(): void {
    while (this.#at < this.#end && this.#text.charCodeAt(this.#at) === SPACE) this.#at += 1
  }

  #checkConflict(): void {
    const mark = /^(?:<{7}|={7}|>{7}|\|{7})/.exec(this.#text.slice(this.#at, Math.min(this.#end, this.#at + 7)))?.[0]
    if (mark === undefined) return
    const message = `a merge-conflict marker stands here (${mark})`
    this.#fail('lock-conflict', message, 'run yarn install, which resolves conflicts in yarn.lock, and commit the file')
  }

  #fail(code: Code, message: string, hint = RESTORE): never {
    const { file } = this.#source
    return fail({
      code,
      message,
      where: { file, key: this.#entry?.where.key, line: this.#source.lineAt(this.#start) },
      hint,
    })
  }
}

/** Up to where it cannot go on; a line may end before. */
const bareWord = /[^ :,"\t\n]*/y

const TAB = 0x09
const RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const HASH = 0x23
const COMMA = 0x2c
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
const GREATER = 0x3e
const BACKSLASH = 0x5c
const BAR = 0x7c
