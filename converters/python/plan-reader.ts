/**
 * The plan of a spec that was read back: what the embedded builder asks of it. Written by planPython, but spec.json is a file in a
 * repository, so anything may stand there by now.
 */
import type { Json, JsonObject } from '../../src/model/json.ts'
import { shown } from '../../src/problem.ts'
import {
  checkedNearPath,
  checkedPath,
  failAt,
  findText,
  getText,
  isRecord,
  listOf,
  recordsOf,
  textOf,
  textsOf,
} from '../../src/text/plan-fields.ts'

export interface ReadPlan {
  readonly targets: readonly string[]
  readonly projects: ReadonlyMap<string, ReadProject>
  readonly packages: ReadonlyMap<string, ReadPackage>
  readonly conflicts: readonly (readonly string[])[]
}

export type ReadTargets = 'all' | readonly string[]

export interface ReadPackage {
  readonly name: string
  readonly version: string | undefined
  readonly files: ReadonlyMap<string, ReadTargets>
  readonly directory: string | undefined
  readonly subdir: string | undefined
  readonly missing: ReadTargets
  readonly for: ReadonlyMap<string, ReadTargets>
  readonly build: ReadBuild | undefined
  /** direct_url.json, as it stands. */
  readonly direct: JsonObject | undefined
}

export interface ReadProject {
  readonly name: string
  readonly version: string | undefined
  readonly isMember: boolean
  readonly isVirtual: boolean
  readonly build: ReadBuild | undefined
  readonly groups: readonly string[]
  readonly extras: readonly string[]
  readonly defaultGroups: readonly string[]
}

export interface ReadBuild {
  readonly backend: string
  readonly backendPath: readonly string[]
  readonly needs: string | undefined
}

/** Throws `spec-invalid`, `path-escapes`. */
export function readPlan(plan: JsonObject): ReadPlan {
  return {
    targets: textsOf(plan, 'targets', 'plan'),
    projects: new Map(recordsOf(plan, 'projects').map(([dir, each]) => [checkedNearPath(dir), readProject(dir, each)])),
    packages: new Map(recordsOf(plan, 'packages').map(([id, each]) => [id, readPackage(id, each)])),
    conflicts: listOf(plan, 'conflicts', 'plan').map((list) =>
      Array.isArray(list) ? list.map((item: Json) => textOf(item, 'conflicts')) : failAt('conflicts', 'is not a list'),
    ),
  }
}

function readPackage(id: string, record: JsonObject): ReadPackage {
  const directory = findText(record, 'directory', id)
  const subdir = findText(record, 'subdir', id)
  const direct = record['direct']
  return {
    name: getText(record, 'name', id),
    version: findText(record, 'version', id),
    files: targetsBy(record, 'files', id),
    directory: directory === undefined ? undefined : checkedNearPath(directory),
    subdir: subdir === undefined ? undefined : checkedPath(subdir),
    missing: record['missing'] === undefined ? [] : readTargets(record['missing'], id),
    for: targetsBy(record, 'for', id),
    build: readBuild(record['build'], id),
    direct: direct === undefined || isRecord(direct) ? direct : failAt(shown(id), 'has no object as direct'),
  }
}

function readProject(dir: string, record: JsonObject): ReadProject {
  return {
    name: getText(record, 'name', dir),
    version: findText(record, 'version', dir),
    isMember: record['member'] === true,
    isVirtual: record['virtual'] === true,
    build: readBuild(record['build'], dir),
    groups: textsOf(record, 'groups', dir),
    extras: textsOf(record, 'extras', dir),
    defaultGroups: textsOf(record, 'defaultGroups', dir),
  }
}

function readBuild(build: Json | undefined, name: string): ReadBuild | undefined {
  if (build === undefined) return undefined
  if (!isRecord(build)) return failAt(`${shown(name)}.build`, 'is not an object')
  return {
    backend: getText(build, 'backend', name),
    backendPath: textsOf(build, 'backendPath', name).map(checkedPath),
    needs: findText(build, 'needs', name),
  }
}

function targetsBy(record: JsonObject, key: string, name: string): ReadonlyMap<string, ReadTargets> {
  const value = record[key] ?? {}
  if (!isRecord(value)) return failAt(`${shown(name)}.${key}`, 'is not an object')
  return new Map(Object.entries(value).map(([each, targets]) => [each, readTargets(targets, name)]))
}

function readTargets(value: Json | undefined, name: string): ReadTargets {
  if (value === 'all') return 'all'
  if (!Array.isArray(value)) return failAt(shown(name), 'has targets that are no list')
  return value.map((item: Json) => textOf(item, name))
}
