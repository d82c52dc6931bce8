/**
 * The spec's text. An object has one member per line, unless none of its values is (or holds) an object: then it is on one line.
 * So each source and each place is one line, and a changed dependency is a diff of a line or two. Keys are sorted by code unit.
 */
import type { Json, JsonObject } from '../model/json.ts'
import type { BuildSpec } from './build-spec.ts'

/** UTF-8 text with `\n` and a final newline. Equal specs give equal bytes, whatever the order of their keys. */
export function printSpec(spec: BuildSpec): string {
  return `${print(spec, '\n')}\n`
}

/** `newline` is a line feed with the indentation of the line that the value stands in. */
function print(value: Json, newline: string): string {
  if (typeof value !== 'object' || value === null) return printScalar(value)
  if (isList(value)) return printPlainList(value) ?? printItems(value, newline)
  return printObject(value, newline)
}

/** What needs no line of its own; undefined: it is, or holds, an object. */
function printPlain(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null) return printScalar(value)
  return isList(value) ? printPlainList(value) : undefined
}

function printScalar(value: string | number | boolean | null): string {
  return typeof value === 'string' ? quote(value) : JSON.stringify(value)
}

function printObject(value: JsonObject, newline: string): string {
  const keys = sortedKeys(value)
  return printLine(value, keys) ?? printBlock(value, keys, newline)
}

/** undefined: one of the members is, or holds, an object. */
function printLine(value: JsonObject, keys: readonly string[]): string | undefined {
  let out = ''
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] ?? ''
    const member = value[key]
    if (member === undefined) continue
    const text = printPlain(member)
    if (text === undefined) return undefined
    out += (out === '' ? '{ ' : ', ') + knownHeadOf(key) + text
  }
  return out === '' ? '{}' : `${out} }`
}

function printBlock(value: JsonObject, keys: readonly string[], newline: string): string {
  const gap = `${newline}  `
  let out = ''
  keys.forEach((key) => {
    const member = value[key]
    if (member !== undefined) out += (out === '' ? '{' : ',') + gap + headOf(key) + print(member, gap)
  })
  return `${out}${newline}}`
}

const knownHeads = new Map<string, string>()
/** Longer ones are names of files, each of which comes once. */
const LONGEST_KNOWN = 20

function knownHeadOf(key: string): string {
  if (key.length > LONGEST_KNOWN) return headOf(key)
  const known = knownHeads.get(key)
  if (known !== undefined) return known
  const head = headOf(key)
  knownHeads.set(key, head)
  return head
}

function headOf(key: string): string {
  return `${quote(key)}: `
}

function printPlainList(value: readonly Json[]): string | undefined {
  let out = ''
  for (let at = 0; at < value.length; at += 1) {
    const text = printPlain(value[at] ?? null)
    if (text === undefined) return undefined
    out += at === 0 ? text : `, ${text}`
  }
  return `[${out}]`
}

/** Of a list that holds objects. */
function printItems(value: readonly Json[], newline: string): string {
  const gap = `${newline}  `
  return `[${value.map((item) => gap + print(item, gap)).join(',')}${newline}]`
}

/** Nearly all are sorted already, because they were made so. */
function sortedKeys(value: JsonObject): readonly string[] {
  const keys = Object.keys(value)
  for (let at = 1; at < keys.length; at += 1) if ((keys[at - 1] ?? '') > (keys[at] ?? '')) return keys.sort()
  return keys
}

/** JSON.stringify costs more per call than most texts are long; it is asked only where something needs an escape. */
function quote(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** Array.isArray does not narrow readonly lists. */
function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
