/**
 * The plan of a spec that was read back: what the embedded builder asks of it. Written by planNode, but spec.json is a file in a
 * repository, so anything may stand there by now.
 */
import type { JsonObject, Json } from '../../src/model/json.ts'
import { fail, shown } from '../../src/problem.ts'

export interface ReadPlan {
  readonly places: ReadonlyMap<string, ReadPlace>
  readonly local: ReadonlyMap<string, ReadLocal>
  /** Whether every lifecycle script is known from the plan. */
  readonly knowsScripts: boolean
  readonly manager: ReadManager | undefined
}

/** A package manager that is not npm. */
export interface ReadManager {
  /** Key of the source that is the package manager itself. */
  readonly source: string | undefined
  readonly name: string
  /** By system: keys of the part's sources. */
  readonly binaries: ReadonlyMap<string, string>
  /** Whether it installs by itself. */
  readonly installs: boolean
  /** Project-relative. */
  readonly files: readonly string[]
  readonly directories: readonly string[]
}

export interface ReadPlace {
  readonly source: string | undefined
  readonly flags: readonly string[]
  /** undefined: on all. */
  readonly systems: readonly string[] | undefined
  readonly hasScripts: boolean
  readonly patches: readonly string[]
  /** A project-relative directory. */
  readonly copy: string | undefined
}

export interface ReadLocal {
  readonly name: string | undefined
  readonly isMember: boolean
}

/** Throws `spec-invalid`. */
export function readPlan(plan: JsonObject): ReadPlan {
  return {
    places: new Map(recordsOf(plan, 'places').map(([path, place]) => [path, readPlace(path, place)])),
    local: new Map(recordsOf(plan, 'local').map(([dir, local]) => [checkedPath(dir), readLocal(dir, local)])),
    knowsScripts: plan['scripts'] === undefined,
    manager: readManager(plan['manager']),
  }
}

function readManager(manager: Json | undefined): ReadManager | undefined {
  if (manager === undefined) return undefined
  if (!isRecord(manager)) return failAt('manager', 'is not an object')
  return {
    name: findText(manager, 'name', 'manager') ?? failAt('manager', 'has no name'),
    source: findText(manager, 'source', 'manager'),
    binaries: readBinaries(manager['binaries']),
    installs: manager['installs'] === true,
    files: (findTexts(manager, 'files', 'manager') ?? []).map(checkedPath),
    directories: (findTexts(manager, 'directories', 'manager') ?? []).map(checkedPath),
  }
}

function readBinaries(binaries: Json | undefined): ReadonlyMap<string, string> {
  if (binaries === undefined) return new Map()
  if (!isRecord(binaries)) return failAt('manager', 'has binaries that are not an object')
  const systems = Object.keys(binaries)
  return new Map(
    systems.flatMap((system) => {
      const key = findText(binaries, system, 'manager')
      return key === undefined ? [] : [[system, key] as const]
    }),
  )
}

function readPlace(path: string, place: JsonObject): ReadPlace {
  const copy = findText(place, 'copy', path)
  return {
    source: findText(place, 'source', path),
    flags: findTexts(place, 'flags', path) ?? [],
    systems: findTexts(place, 'systems', path),
    hasScripts: place['scripts'] === true,
    patches: (findTexts(place, 'patches', path) ?? []).map(checkedPath),
    copy: copy === undefined ? undefined : checkedPath(copy),
  }
}

function readLocal(dir: string, local: JsonObject): ReadLocal {
  return { name: findText(local, 'name', dir), isMember: local['workspace'] === true }
}

function recordsOf(plan: JsonObject, key: string): readonly (readonly [string, JsonObject])[] {
  const records = plan[key]
  if (!isRecord(records)) failAt(key, 'is not an object')
  return Object.entries(records).map(([name, record]) => {
    if (!isRecord(record)) failAt(`${key}[${shown(name)}]`, 'is not an object')
    return [name, record]
  })
}

function findText(record: JsonObject, key: string, name: string): string | undefined {
  const value = record[key]
  if (value === undefined || typeof value === 'string') return value
  return failAt(`${shown(name)}.${key}`, 'is not a text')
}

function findTexts(record: JsonObject, key: string, name: string): readonly string[] | undefined {
  const value = record[key]
  if (value === undefined) return undefined
  if (!Array.isArray(value)) return failAt(`${shown(name)}.${key}`, 'is not a list')
  return value.map((item: Json) =>
    typeof item === 'string' ? item : failAt(`${shown(name)}.${key}`, 'is not a list of texts'),
  )
}

/** Files are read below it. */
function checkedPath(path: string): string {
  const isOutside = path.startsWith('/') || path.split('/').includes('..') || path.includes('\0')
  if (isOutside) fail({ code: 'path-escapes', message: `${shown(path)} leaves the project`, where })
  return path
}

const where = { file: 'lock2build/spec.json' }

function failAt(key: string, what: string): never {
  const hint = 'delete the file and run lock2build again'
  fail({ code: 'spec-invalid', message: `plan: ${key} ${what}`, where, hint })
}

function isRecord(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
