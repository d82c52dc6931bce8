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
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return isList(value) ? printList(value, newline) : printObject(value, newline)
}

function printObject(value: JsonObject, newline: string): string {
  const isBlock = holdsObject(value)
  const gap = isBlock ? `${newline}  ` : ' '
  const next = `,${gap}`
  // Names of one line's members are few and come a thousand times.
  const head = isBlock ? headOf : knownHeadOf
  let out = ''
  let before = `{${gap}`
  const keys = sortedKeys(value)
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] ?? ''
    const member = value[key]
    if (member === undefined) continue
    out += before + head(key) + print(member, gap)
    before = next
  }
  return out === '' ? '{}' : `${out}${isBlock ? newline : ' '}}`
}

const knownHeads = new Map<string, string>()

function knownHeadOf(key: string): string {
  const known = knownHeads.get(key)
  if (known !== undefined) return known
  const head = headOf(key)
  knownHeads.set(key, head)
  return head
}

function headOf(key: string): string {
  return `${quote(key)}: `
}

function printList(value: readonly Json[], newline: string): string {
  const first = value[0]
  if (typeof first === 'string' && value.length === 1) return `[${quote(first)}]`
  if (!value.some(isOrHoldsObject)) return `[${value.map((item) => print(item, newline)).join(', ')}]`
  const gap = `${newline}  `
  return `[${value.map((item) => gap + print(item, gap)).join(',')}${newline}]`
}

function holdsObject(value: JsonObject): boolean {
  for (const key in value) if (isOrHoldsObject(value[key])) return true
  return false
}

function isOrHoldsObject(value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (!isList(value)) return true
  if (value.length === 1) return isOrHoldsObject(value[0])
  return value.some(isOrHoldsObject)
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
