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
  readonly #text: LockText
  /** Of the patterns. */
  readonly #offset: number

  constructor(patterns: readonly string[], text: LockText, offset: number) {
    this.patterns = patterns
    this.#text = text
    this.#offset = offset
  }

  /** Of the entry, or of one of its fields. Key and line cost when they are read. */
  where(field?: string): Where {
    return new LazyWhere(this.#text, { pattern: this.patterns[0] ?? '', offset: this.#offset, field })
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

interface At {
  readonly pattern: string
  readonly offset: number
  readonly field: string | undefined
}

class LazyWhere implements Where {
  readonly #text: LockText
  readonly #at: At

  constructor(text: LockText, at: At) {
    this.#text = text
    this.#at = at
  }

  get file(): string {
    return this.#text.file
  }

  get key(): string {
    const { pattern, field } = this.#at
    return field === undefined ? `[${shown(pattern)}]` : `[${shown(pattern)}].${field}`
  }

  get line(): number {
    const { offset, field } = this.#at
    const line = this.#text.lineAt(offset)
    if (field === undefined) return line
    const inside = this.#text.text.split('\n').slice(line)
    const end = inside.findIndex((text) => /^[^ #\r]/.test(text))
    const found = inside.slice(0, end === -1 ? inside.length : end).findIndex((text) => text.startsWith(`  ${field}`))
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
