/**
 * The plan of a spec that was read back: what the embedded builder asks of it. Written by planNode, but spec.json is a file in a
 * repository, so anything may stand there by now.
 */
import type { JsonObject, Json } from '../../src/model/json.ts'
import {
  checkedNearPath,
  checkedPath,
  failAt,
  findText,
  getText,
  isRecord,
  recordsOf,
  textsOf,
} from '../../src/text/plan-fields.ts'

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
    places: new Map(recordsOf(plan, 'places').map(([path, place]) => [checkedPath(path), readPlace(path, place)])),
    local: new Map(recordsOf(plan, 'local').map(([dir, local]) => [checkedPath(dir), readLocal(dir, local)])),
    knowsScripts: plan['scripts'] === undefined,
    manager: readManager(plan['manager']),
  }
}

function readManager(manager: Json | undefined): ReadManager | undefined {
  if (manager === undefined) return undefined
  if (!isRecord(manager)) return failAt('manager', 'is not an object')
  return {
    name: getText(manager, 'name', 'manager'),
    source: findText(manager, 'source', 'manager'),
    binaries: readBinaries(manager['binaries']),
    installs: manager['installs'] === true,
    files: textsOf(manager, 'files', 'manager').map(checkedPath),
    directories: textsOf(manager, 'directories', 'manager').map(checkedPath),
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
  const link = findText(place, 'link', path)
  // The shim writes below places: a link out of the tree would take it along.
  if (link !== undefined) checkedPath(link)
  return {
    source: findText(place, 'source', path),
    flags: textsOf(place, 'flags', path),
    systems: place['systems'] === undefined ? undefined : textsOf(place, 'systems', path),
    hasScripts: place['scripts'] === true,
    patches: textsOf(place, 'patches', path).map(checkedPath),
    copy: copy === undefined ? undefined : checkedNearPath(copy),
  }
}

function readLocal(dir: string, local: JsonObject): ReadLocal {
  return { name: findText(local, 'name', dir), isMember: local['workspace'] === true }
}
