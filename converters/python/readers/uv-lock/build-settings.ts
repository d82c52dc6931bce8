/**
 * What uv builds sources with beside what they ask for: `build-constraints` of the lock file's manifest, and `extra-build-dependencies`
 * of the settings, which no lock file repeats.
 * https://docs.astral.sh/uv/reference/settings/#build-constraint-dependencies and #extra-build-dependencies
 */
import type { BuildSettings } from '../../../../src/model/python.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { shown } from '../../../../src/problem.ts'
import { Fields } from '../../../../src/text/fields.ts'
import { normalizeName } from '../../standards/name.ts'
import { parseRequirement } from '../../standards/requirement.ts'
import { isTable } from '../../table.ts'
import { checkRequirement, readName, reportAt } from '../packages.ts'
import { findUvToml } from './file-kinds.ts'
import type { UvEntry } from './locked-packages.ts'

interface Reading {
  readonly files: ProjectFiles
  /** All of pyproject.toml. */
  readonly manifest: Fields
  readonly entries: readonly UvEntry[]
}

/** Faults of the lock file are collected in it. Throws those of the settings. */
export function readBuildSettings(lock: Fields, { files, manifest, entries }: Reading): BuildSettings | undefined {
  const settings = findUvToml(files) ?? manifest.object('tool')?.object('uv')
  const constraints = (lock.object('manifest')?.objects('build-constraints') ?? []).flatMap(
    (each) => readConstraint(each) ?? [],
  )
  const table = settings?.object('extra-build-dependencies')
  const packages = new Map(
    (table?.keys() ?? []).map((name) => {
      return [normalizeName(name), { more: table === undefined ? [] : readMore(table, name, entries) }]
    }),
  )
  settings?.document.failIfAny()
  return constraints.length + packages.size === 0 ? undefined : { constraints, packages }
}

/** `{ name = "setuptools", specifier = "<80", marker = "…" }` */
function readConstraint(entry: Fields): string | undefined {
  const name = readName(entry)
  const specifier = entry.text('specifier') ?? ''
  if (name === undefined) return undefined
  if (['url', 'git', 'path', 'directory'].some((key) => entry.has(key))) {
    return reportAt(entry)(
      'source-unsupported',
      `${shown(name)} of builds is constrained to a source, not to versions`,
      'constrain it to versions, and run uv lock',
    )
  }
  const marker = entry.text('marker')
  const text = `${name}${specifier}${marker === undefined ? '' : ` ; ${marker}`}`
  return checkRequirement(text, entry)
}

/** A list of requirements, some as `{ requirement = "torch", match-runtime = true }`. */
function readMore(table: Fields, key: string, entries: readonly UvEntry[]): readonly string[] {
  const list = table.raw(key)
  const items: readonly unknown[] = Array.isArray(list) ? list : [list]
  const texts = items.map((item): string | undefined => {
    const fields = isTable(item) ? new Fields(table.document, item, table, key) : undefined
    const text = typeof item === 'string' ? item : fields?.requiredText('requirement')
    if (text === undefined) return fields === undefined ? notRequirement(table, key) : undefined
    const readable = checkRequirement(text, table, key)
    const isMatched = fields?.boolean('match-runtime') === true
    return readable === undefined || !isMatched ? readable : asLocked(readable, { table, key, entries })
  })
  return texts.filter((text) => text !== undefined)
}

function notRequirement(table: Fields, key: string): undefined {
  table.addProblem(table.document.codes.type, 'a list of requirements should stand here', { key })
}

interface Matching {
  readonly table: Fields
  readonly key: string
  readonly entries: readonly UvEntry[]
}

/** In the version that the project has at run time. */
function asLocked(text: string, { table, key, entries }: Matching): string | undefined {
  const { name } = parseRequirement(text)
  const versions = new Set(entries.flatMap(({ pkg }) => (pkg.name === normalizeName(name) ? [pkg.version] : [])))
  const [version = ''] = versions
  if (versions.size === 1 && version !== '') return `${name}==${version}`
  return reportAt(table, key)(
    'lock-inconsistent',
    `${shown(name)} is not locked in one version, which match-runtime asks for`,
  )
}
