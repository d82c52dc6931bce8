/**
 * The spec's text. An object has one member per line, unless none of its values is (or holds) an object: then it is on one line.
 * So each source and each place is one line, and a changed dependency is a diff of a line or two. Keys are sorted by code unit.
 */
import type { Json, JsonObject } from '../model/json.ts'
import type { BuildSpec } from './build-spec.ts'

/** UTF-8 text with `\n` and a final newline. Equal specs give equal bytes, whatever the order of their keys. */
export function printSpec(spec: BuildSpec): string {
  return `${printBlock(spec, '\n')}\n`
}

/** `newline` is a line feed with the indentation of the line that the value stands in. */
function printBlock(value: Json, newline: string): string {
  if (typeof value !== 'object' || value === null || !holdsObjects(value)) return printLine(value)
  const inner = `${newline}  `
  let out = ''
  if (isList(value)) {
    for (const item of value) out += `${out === '' ? '[' : ','}${inner}${printBlock(item, inner)}`
    return `${out}${newline}]`
  }
  for (const key of sortedKeys(value)) {
    const member = value[key]
    if (member !== undefined) out += `${out === '' ? '{' : ','}${inner}${quote(key)}: ${printBlock(member, inner)}`
  }
  return `${out}${newline}}`
}

function printLine(value: Json): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(printLine).join(', ')}]`
  let out = ''
  for (const key of sortedKeys(value)) {
    const member = value[key]
    if (member !== undefined) out += `${out === '' ? '{ ' : ', '}${quote(key)}: ${printLine(member)}`
  }
  return out === '' ? '{}' : `${out} }`
}

/** Among its members or elements is an object, or a list that holds one. */
function holdsObjects(value: JsonObject | readonly Json[]): boolean {
  if (isList(value)) return value.some(isOrHoldsObject)
  for (const key of Object.keys(value)) {
    const member = value[key]
    if (member !== undefined && isOrHoldsObject(member)) return true
  }
  return false
}

function isOrHoldsObject(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false
  return isList(value) ? value.some(isOrHoldsObject) : true
}

function sortedKeys(value: JsonObject): readonly string[] {
  const keys = Object.keys(value)
  return keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') < key) ? keys : keys.sort()
}

/** JSON.stringify costs more per call than most texts are long; it is asked only where something needs an escape. */
function quote(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** Array.isArray does not narrow readonly lists. */
function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
