/**
 * uv.lock, version 1 with every revision (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile; astral-sh/uv,
 * crates/uv-resolver/src/lock). Keys that are not known are left alone, as uv itself does with younger revisions.
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import type { Lock, Root } from '../../../../src/model/lock.ts'
import type { PythonProject } from '../../../../src/model/python.ts'
import type { NonEmpty } from '../../../../src/model/source.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { fail, shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { normalizeName } from '../../standards/name.ts'
import { failIfProjectsMiss } from '../local-projects.ts'
import { getManifest, openLock } from '../lock-file.ts'
import { readEnvironments, readSpecifiers } from '../packages.ts'
import { readBuildSettings } from './build-settings.ts'
import { readConflicts } from './conflicts.ts'
import { addEdges, groupEdges } from './edges.ts'
import { readFileKinds } from './file-kinds.ts'
import { readPackages, type UvEntry } from './locked-packages.ts'
import { findUvProject } from './uv-project.ts'
import { checkManifest } from './check-manifest.ts'

export const uvLock: LockReader = { read }

function read(context: ReadContext): ReadResult {
  const { file, files } = context
  const fields = openLock(context)
  const { document } = fields
  checkVersion(fields)
  // What the resolution was split by; every edge has its own marker.
  for (const key of ['resolution-markers', 'required-markers']) readEnvironments(fields, key)
  const entries = readPackages(fields, readFileKinds(getManifest(context).fields, files))
  // What refers to a package that could not be read would only be told again.
  document.failIfAny()
  addEdges(entries)
  const locked = entries.map(({ pkg }) => pkg)
  failIfProjectsMiss(locked, files)
  const projects = readProjects(entries, files)
  for (const { entry, directory } of entries) {
    if (directory !== undefined) checkManifest(entry, directory, files)
  }
  const conflicts = readConflicts(fields, entries)
  const roots = readRoots(fields, entries, projects)
  const builds = readBuildSettings(fields, { files, manifest: getManifest(context).fields, entries })
  const environments = readEnvironments(fields, 'supported-markers')
  const requires = readSpecifiers(fields, 'requires-python')
  document.failIfAny()
  const lock: Lock = {
    ecosystem: 'python',
    format: { name: 'uv-lock', version: '1', file },
    roots,
    packages: new Map(locked.map((pkg) => [pkg.id, pkg])),
    python: {
      requires,
      environments,
      projects,
      ...(builds === undefined ? {} : { builds }),
      ...(conflicts.length === 0 ? {} : { conflicts }),
    },
  }
  return { lock, warnings: [] }
}

/** Throws `lock-version`. */
function checkVersion(fields: Fields): void {
  const version = fields.raw('version')
  if (version === 1) return
  if (version === undefined) {
    fail({ code: 'lock-syntax', message: 'there is no version', where: fields.where(), hint: 'run uv lock' })
  }
  const message = `version ${shown(String(version))} of the format is not known; known is 1`
  fail({ code: 'lock-version', message, where: fields.where('version'), hint: 'use a uv that writes version 1' })
}

/** Of every directory of the project; what has no manifest is what the lock file says of it. */
function readProjects(entries: readonly UvEntry[], files: ProjectFiles): ReadonlyMap<string, PythonProject> {
  const projects = new Map<string, PythonProject>()
  const top = findUvProject('', files)
  if (top !== undefined) projects.set('', { ...top, ...(top.name === undefined ? { virtual: true } : {}) })
  for (const { pkg, directory, isVirtual } of entries) {
    if (directory === undefined) continue
    const known = directory === '' ? top : findUvProject(directory, files)
    const project = known ?? { name: pkg.name, groups: [], extras: [], defaultGroups: [] }
    projects.set(directory, {
      ...project,
      ...(project.version === undefined && pkg.version !== '' ? { version: pkg.version } : {}),
      virtual: isVirtual,
    })
  }
  return projects
}

/** The project, then the other members of its workspace in the lock file's order. */
function readRoots(
  fields: Fields,
  entries: readonly UvEntry[],
  projects: ReadonlyMap<string, PythonProject>,
): NonEmpty<Root> {
  const members = new Set(fields.object('manifest')?.texts('members')?.map(normalizeName))
  const local = entries.filter(({ directory }) => directory !== undefined)
  const top = local.find(({ directory }) => directory === '')
  const others = local.filter(({ directory, pkg }) => directory !== '' && members.has(pkg.name))
  const roots = others.map((entry) => rootOf(entry, projects))
  if (top !== undefined) return [rootOf(top, projects), ...roots]
  return [{ path: '', dependencies: groupEdges(fields, entries) }, ...roots]
}

function rootOf({ pkg, directory = '', groups }: UvEntry, projects: ReadonlyMap<string, PythonProject>): Root {
  const project = projects.get(directory)
  return {
    path: directory,
    name: project?.name ?? pkg.name,
    version: project?.version,
    dependencies: [...pkg.dependencies, ...groups],
  }
}
