/**
 * Typed values of a plan that was read back from spec.json: a file in a repository, so anything may stand there by now. Whatever is
 * not what it should be throws `spec-invalid` with its key.
 */
import type { Json, JsonObject } from '../model/json.ts'
import { fail, shown } from '../problem.ts'

const where = { file: 'lock2build/spec.json' }

/** The members of plan[key], each an object itself. */
export function recordsOf(plan: JsonObject, key: string): readonly (readonly [string, JsonObject])[] {
  const records = plan[key]
  if (!isRecord(records)) return failAt(key, 'is not an object')
  return Object.entries(records).map(([name, record]) =>
    isRecord(record) ? [name, record] : failAt(`${key}[${shown(name)}]`, 'is not an object'),
  )
}

/** `name`, here and below: whose record it is, for the message. */
export function getText(record: JsonObject, key: string, name: string): string {
  return textOf(record[key], `${name}.${key}`)
}

export function findText(record: JsonObject, key: string, name: string): string | undefined {
  return record[key] === undefined ? undefined : getText(record, key, name)
}

/** Empty where nothing is said. */
export function textsOf(record: JsonObject, key: string, name: string): readonly string[] {
  return listOf(record, key, name).map((item) => textOf(item, `${name}.${key}`))
}

/** Empty where nothing is said. */
export function listOf(record: JsonObject, key: string, name: string): readonly Json[] {
  const value = record[key] ?? []
  return Array.isArray(value) ? value : failAt(`${shown(name)}.${key}`, 'is not a list')
}

export function textOf(value: Json | undefined, name: string): string {
  return typeof value === 'string' ? value : failAt(shown(name), 'is not a text')
}

/** A project-relative path of what may also stand beside the project; see src/io/repository.ts. Throws `path-escapes`. */
export function checkedNearPath(path: string): string {
  checkedPath(path.replace(/^(?:\.\.(?:\/|$))+/, ''))
  return path
}

/** A project-relative path, below which files are read. Throws `path-escapes`. */
export function checkedPath(path: string): string {
  const isOutside = path.startsWith('/') || path.split('/').includes('..') || path.includes('\0')
  if (isOutside) fail({ code: 'path-escapes', message: `${shown(path)} leaves the project`, where })
  return path
}

export function isRecord(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function failAt(key: string, what: string): never {
  const hint = 'delete the file and run lock2build again'
  fail({ code: 'spec-invalid', message: `plan: ${key} ${what}`, where, hint })
}
