/**
 * Requirements (https://packaging.python.org/en/latest/specifications/dependency-specifiers/, PEP 508):
 * `name[extra,other]>=1.0,<2; marker`, `name (>=1.0)`, `name @ https://… ; marker`. Reads like PyPA's `packaging`.
 */
import { fail, shown, type Where } from '../../../src/problem.ts'
import { parseMarkerAt, type Marker } from './marker.ts'
import { findSpecifiers, SPECIFIER_PATTERN, type Specifier } from './specifier.ts'

export interface Requirement {
  /** As written; compare by normalizeName. */
  readonly name: string
  /** As written, in their order. */
  readonly extras: readonly string[]
  readonly specifiers: readonly Specifier[]
  /** The specifiers' text, as written but for white space around it; '' for any version. */
  readonly specifierText: string
  readonly url?: string | undefined
  readonly marker?: Marker | undefined
  /** The marker's text, as written but for white space around it. */
  readonly markerText?: string | undefined
}

const SPACE = /[ \t]+/y
const IDENTIFIER = /[a-zA-Z0-9][a-zA-Z0-9._-]*\b/y
const SPECIFIER = new RegExp(SPECIFIER_PATTERN, 'iy')
const URL_TEXT = /[^ \t]+/y

/** Throws `requirement-invalid` with the column. */
export function parseRequirement(text: string, where?: Where): Requirement {
  const reader = new Reader(text, where)
  reader.skip()
  const name = reader.take(IDENTIFIER) ?? reader.refuse('the name of a package')
  reader.skip()
  const extras = readExtras(reader)
  reader.skip()
  if (reader.takeWord('@')) return { name, extras, specifiers: [], specifierText: '', ...readUrl(reader) }
  const specifierText = readSpecifiers(reader)
  const specifiers = findSpecifiers(specifierText) ?? reader.refuse('version specifiers')
  reader.skip()
  return { name, extras, specifiers, specifierText, ...(reader.isAtEnd() ? {} : readMarker(reader)) }
}

function readExtras(reader: Reader): readonly string[] {
  const extras: string[] = []
  if (!reader.takeWord('[')) return extras
  reader.skip()
  for (let extra = reader.take(IDENTIFIER); extra !== undefined; extra = reader.take(IDENTIFIER)) {
    extras.push(extra)
    reader.skip()
    if (!reader.takeWord(',')) break
    reader.skip()
    if (!reader.sees(IDENTIFIER)) reader.refuse('an extra after the comma')
  }
  if (!reader.takeWord(']')) reader.refuse('"]" or a comma')
  return extras
}

function readUrl(reader: Reader): Pick<Requirement, 'url' | 'marker' | 'markerText'> {
  reader.skip()
  const url = reader.take(URL_TEXT) ?? reader.refuse('a URL after @')
  reader.skip()
  return reader.isAtEnd() ? { url } : { url, ...readMarker(reader) }
}

function readSpecifiers(reader: Reader): string {
  const isEnclosed = reader.takeWord('(')
  reader.skip()
  const start = reader.at
  let end = start
  while (reader.take(SPECIFIER) !== undefined) {
    end = reader.at
    if (reader.sees(/\.\*/y)) reader.refuse('no ".*": it may follow only == and !=, and only numbers')
    if (reader.sees(/\+[a-z0-9]/y)) reader.refuse('no local version: it may follow only == and !=')
    reader.skip()
    if (!reader.takeWord(',')) break
    end = reader.at
    reader.skip()
  }
  if (isEnclosed && !reader.takeWord(')')) reader.refuse('")" after the version specifiers')
  return reader.text.slice(start, end)
}

function readMarker(reader: Reader): Pick<Requirement, 'marker' | 'markerText'> {
  if (!reader.takeWord(';')) reader.refuse('";" before a marker, or the end')
  const { marker, end } = parseMarkerAt(reader.text, reader.at, reader.where)
  const markerText = reader.text.slice(reader.at, end).replace(/^[ \t]+|[ \t]+$/g, '')
  reader.at = end
  if (!reader.isAtEnd()) reader.refuse('the end')
  return { marker, markerText }
}

class Reader {
  readonly text: string
  readonly where: Where | undefined
  at = 0

  constructor(text: string, where: Where | undefined) {
    this.text = text
    this.where = where
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  takeWord(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false
    this.at += word.length
    return true
  }

  sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.at
    return pattern.test(this.text)
  }

  skip(): void {
    this.take(SPACE)
  }

  isAtEnd(): boolean {
    return this.at === this.text.length
  }

  refuse(expected: string): never {
    const message = `the requirement ${shown(this.text)} is not valid: column ${this.at + 1} should have ${expected}`
    return fail({ code: 'requirement-invalid', message, where: this.where })
  }
}
