/**
 * pylock.toml (https://packaging.python.org/en/latest/specifications/pylock-toml/, PEP 751). Every package says by its marker for
 * which extras and groups it is locked: so all of them hang from the project, and none from another.
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import type { Edge, Lock } from '../../../../src/model/lock.ts'
import type { PythonProject } from '../../../../src/model/python.ts'
import { fail, shown } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { normalizeName } from '../../standards/name.ts'
import { kindOf } from '../ask.ts'
import { readLocalProjects } from '../local-projects.ts'
import { openLock } from '../lock-file.ts'
import { readEnvironments, readSpecifiers } from '../packages.ts'
import { findRootProject } from '../setup-project.ts'
import { readPackages, type PylockEntry } from './locked-packages.ts'

export const pylock: LockReader = { read }

function read(context: ReadContext): ReadResult {
  const { file, files } = context
  const fields = openLock(context)
  const { document } = fields
  checkVersion(fields)
  const entries = readPackages(fields)
  const groups = readNames(fields, 'dependency-groups')
  const defaults = readNames(fields, 'default-groups')
  const extras = readNames(fields, 'extras')
  const parts: Parts = { groups: [...new Set([...groups, ...defaults])].sort(), extras }
  const own = findRootProject(files)
  const project: PythonProject = {
    ...(own ?? { virtual: true }),
    groups: parts.groups,
    extras,
    defaultGroups: defaults,
  }
  const environments = readEnvironments(fields, 'environments')
  document.failIfAny()
  const locked = entries.map(({ pkg }) => pkg)
  const lock: Lock = {
    ecosystem: 'python',
    format: { name: 'pylock', version: '1.0', file },
    roots: [
      {
        path: '',
        name: project.name,
        version: project.version,
        dependencies: entries.flatMap((entry) => edgesTo(entry, parts)),
      },
    ],
    packages: new Map(locked.map((pkg) => [pkg.id, pkg])),
    python: {
      requires: readSpecifiers(fields, 'requires-python'),
      environments,
      projects: new Map([...readLocalProjects(locked, files), ['', project]]),
    },
  }
  document.failIfAny()
  return { lock, warnings: [] }
}

/** Minor versions only add keys. Throws `lock-version`. */
function checkVersion(fields: Fields): void {
  const version = fields.text('lock-version')
  if (version !== undefined && /^1(?:\.\d+)*$/.test(version)) return
  fields.document.failIfAny()
  if (version === undefined) {
    fail({ code: 'lock-syntax', message: 'there is no lock-version', where: fields.where(), hint: RELOCK })
  }
  const message = `version ${shown(version)} of the format is not known; known is 1.0`
  fail({ code: 'lock-version', message, where: fields.where('lock-version'), hint: RELOCK })
}

const RELOCK = 'let the tool that wrote the file write version 1.0'

function readNames(fields: Fields, key: string): readonly string[] {
  return [...new Set((fields.texts(key) ?? []).map(normalizeName))].sort()
}

interface Parts {
  readonly groups: readonly string[]
  readonly extras: readonly string[]
}

/** One edge of the project itself, and one for each group and extra that the marker could be about. */
function edgesTo({ pkg, marker }: PylockEntry, { groups, extras }: Parts): readonly Edge[] {
  const edge = (group?: string): Edge => ({
    as: pkg.name,
    to: pkg.id,
    kind: kindOf(group),
    ...(group === undefined ? {} : { group }),
    ...(marker === undefined ? {} : { marker }),
  })
  const isAbout = (variable: string) => marker !== undefined && new RegExp(`\\b${variable}\\b`).test(marker)
  return [
    edge(),
    ...(isAbout('dependency_groups') ? groups.map((group) => edge(group)) : []),
    ...(isAbout('extras') || isAbout('extra') ? extras.map((extra) => edge(`extra:${extra}`)) : []),
  ]
}
