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
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${newline}  `
  if (isList(value)) {
    if (!value.some(holdsObject)) return printLine(value)
    return `[${value.map((item) => inner + printBlock(item, inner)).join(',')}${newline}]`
  }
  const members = sortedMembers(value)
  if (!members.some(([, member]) => holdsObject(member))) return printLine(value)
  return `{${members.map(([key, member]) => `${inner}${JSON.stringify(key)}: ${printBlock(member, inner)}`).join(',')}${newline}}`
}

function printLine(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(printLine).join(', ')}]`
  const members = sortedMembers(value)
  if (members.length === 0) return '{}'
  return `{ ${members.map(([key, member]) => `${JSON.stringify(key)}: ${printLine(member)}`).join(', ')} }`
}

function holdsObject(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false
  return isList(value) ? value.some(holdsObject) : true
}

/** A member that is undefined is absent. */
function sortedMembers(value: JsonObject): readonly (readonly [string, Json])[] {
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Array.isArray does not narrow readonly arrays. */
function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
