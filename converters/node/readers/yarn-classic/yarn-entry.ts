/** An entry of yarn.lock version 1, and where it stands. */
import { shown } from '../../../../src/problem.ts'
import type { Where } from '../../../../src/problem.ts'
import { Lines } from '../../../../src/text/lines.ts'

/** What one or more patterns (`ms@^2.1.1`) are locked to. Texts as they stand there; absent ones are undefined. */
export class YarnEntry {
  /** At least one. */
  readonly patterns: readonly string[]
  version: string | undefined
  resolved: string | undefined
  integrity: string | undefined
  /** Where it is not the version: a commit, a digest. */
  uid: string | undefined
  /** Where it is not the one in the patterns. */
  name: string | undefined
  registry: string | undefined
  dependencies: readonly NamedRange[] = none
  optionalDependencies: readonly NamedRange[] = none
  readonly text: LockText
  /** Of the patterns. */
  readonly offset: number

  constructor(patterns: readonly string[], text: LockText, offset: number) {
    this.patterns = patterns
    this.text = text
    this.offset = offset
  }

  /** Key and line cost when they are read. */
  get where(): Where {
    return new LazyWhere(this, undefined)
  }

  whereOf(field: string): Where {
    return new LazyWhere(this, field)
  }
}

const none: readonly never[] = []

/** A file. Its lines are counted when somebody asks for one. */
export class LockText {
  readonly file: string
  readonly text: string
  #lines: Lines | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.text = text
  }

  lineAt(offset: number): number {
    return (this.#lines ??= new Lines(this.text)).at(offset)
  }
}

class LazyWhere implements Where {
  private readonly entry: YarnEntry
  private readonly field: string | undefined

  constructor(entry: YarnEntry, field: string | undefined) {
    this.entry = entry
    this.field = field
  }

  get file(): string {
    return this.entry.text.file
  }

  get key(): string {
    const pattern = this.entry.patterns[0] ?? ''
    return this.field === undefined ? `[${shown(pattern)}]` : `[${shown(pattern)}].${this.field}`
  }

  get line(): number {
    const { field } = this
    const { text, offset } = this.entry
    const line = text.lineAt(offset)
    if (field === undefined) return line
    const inside = text.text.split('\n').slice(line)
    const end = inside.findIndex((other) => /^[^ #\r]/.test(other))
    const found = inside.slice(0, end === -1 ? inside.length : end).findIndex((other) => other.startsWith(`  ${field}`))
    return found === -1 ? line : line + 1 + found
  }
}

export type NamedRange = readonly [name: string, range: string]

const textFields = ['version', 'resolved', 'integrity', 'uid', 'name', 'registry'] as const

/** Of an entry, those whose values are texts. */
type TextField = (typeof textFields)[number]

export function isTextField(name: string): name is TextField {
  return textFields.some((field) => field === name)
}
