/** Typed access to parsed JSON: what has another type than expected counts as absent, as npm treats package.json. */
import { readFileSync } from 'node:fs'
import { errorText, fail, systemCode } from './failure.ts'

export type JsonRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member as an object; an empty one when it is something else. */
export function recordAt(object: JsonRecord, key: string): JsonRecord {
  const value = object[key]
  return isRecord(value) ? value : {}
}

export function textAt(object: JsonRecord, key: string): string | undefined {
  const value = object[key]
  return typeof value === 'string' ? value : undefined
}

/** The member's text values by key; others are dropped. */
export function textsAt(object: JsonRecord, key: string): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(recordAt(object, key))) if (typeof value === 'string') texts[name] = value
  return texts
}

/** The member's texts when it is a list; undefined when it is none. */
export function listAt(object: JsonRecord, key: string): readonly string[] | undefined {
  const value = object[key]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : undefined
}

/** Parses JSON text as npm does (a byte order mark is ignored); fails naming the file. */
export function parseRecord(text: string, file: string): JsonRecord {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    fail(`${file} is not JSON: ${errorText(error)}`)
  }
  return isRecord(value) ? value : fail(`${file} does not hold a JSON object.`)
}

export function loadRecord(file: string): JsonRecord {
  return parseRecord(readFileSync(file, 'utf8'), file)
}

/** undefined: there is no such file. */
export function findRecord(file: string): JsonRecord | undefined {
  try {
    return loadRecord(file)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined
    throw error
  }
}

/** Own member of a record keyed by untrusted names, so that `__proto__` and `constructor` are ordinary keys. */
export function findOwn<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.prototype.hasOwnProperty.call(record, key) ? record[key] : undefined
}
