/**
 * `[tool.poetry]` of pyproject.toml (https://python-poetry.org/docs/pyproject/), joined with what `[project]` and the standards say:
 * dependencies, groups, extras, scripts, package-mode.
 */
import type { PythonProject } from '../../../src/model/python.ts'
import { shown } from '../../../src/problem.ts'
import { Fields } from '../../../src/text/fields.ts'
import { kindOf, type Ask } from '../readers/ask.ts'
import { checkScript, type Manifest } from '../readers/pyproject.ts'
import { isName, normalizeName } from '../standards/name.ts'
import { pythonSpecifiers } from './constraint.ts'
import { readConstraint, readConstraints } from './dependency.ts'

export interface PoetryProject {
  readonly project: PythonProject
  /** Versions of Python, as PEP 440 specifiers. */
  readonly requires?: string | undefined
  readonly asks: readonly Ask[]
}

/** Faults are collected in the manifest's document. */
export function readPoetryProject(manifest: Manifest): PoetryProject {
  const poetry = manifest.fields.object('tool')?.object('poetry') ?? new Fields(manifest.fields.document, {})
  const groups = readGroups(poetry, manifest)
  const { project } = manifest
  const name = project.name ?? readName(poetry)
  const version = project.version ?? poetry.text('version')
  const scripts = { ...readScripts(poetry), ...project.scripts }
  const dependencies = poetry.object('dependencies')
  const isPlain = typeof dependencies?.raw('python') === 'string'
  return {
    project: {
      ...project,
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
      ...(poetry.boolean('package-mode') === false ? { virtual: true } : {}),
      groups: [...groups.keys()].sort(),
      extras: [...new Set([...project.extras, ...(poetry.object('extras')?.keys() ?? []).map(normalizeName)])].sort(),
      defaultGroups: [...groups].flatMap(([group, { isOptional }]) => (isOptional ? [] : [group])).sort(),
      ...(Object.keys(scripts).length === 0 ? {} : { scripts }),
    },
    requires: manifest.requires ?? (isPlain ? readPython(dependencies, 'python') : undefined),
    asks: [...readMain(poetry, manifest), ...[...groups.values()].flatMap(({ asks }) => asks)],
  }
}

/** A constraint of Python itself as PEP 440 specifiers; a problem and undefined when it is none. */
export function readPython(fields: Fields, key: string): string | undefined {
  const text = readConstraint(fields, key)
  return text === undefined ? undefined : pythonSpecifiers(text)
}

function readName(poetry: Fields): string | undefined {
  const name = poetry.text('name')
  if (name === undefined || isName(name)) return name
  poetry.addProblem('name-invalid', `${shown(name)} is not a name of a Python package`, { key: 'name' })
  return undefined
}

/** Where `[project]` has the dependencies, those of `[tool.poetry]` only say where they come from. */
function readMain(poetry: Fields, { fields, asks, dynamic }: Manifest): readonly Ask[] {
  const project = fields.object('project')
  const standard = asks.filter(({ group }) => group === undefined || group.startsWith('extra:'))
  if (project?.has('dependencies') && !dynamic.includes('dependencies')) return standard
  const table = poetry.object('dependencies')
  if (table === undefined) return standard
  const extras = readExtras(poetry)
  const main = table.keys().flatMap((name) => (normalizeName(name) === 'python' ? [] : readConstraints(table, name)))
  return [
    ...main.flatMap(({ isOptional, ...ask }) => {
      if (!isOptional) return [ask]
      // What is optional and in no extra is never installed.
      return [...extras]
        .filter(([, names]) => names.has(ask.name))
        .map(([extra]) => ({ ...ask, group: `extra:${extra}`, kind: kindOf(`extra:${extra}`) }))
    }),
    ...standard.filter(({ group }) => group !== undefined),
  ]
}

/** Extra → names of the dependencies that it switches on. */
function readExtras(poetry: Fields): ReadonlyMap<string, ReadonlySet<string>> {
  const table = poetry.object('extras')
  return new Map(
    table?.keys().map((extra) => {
      const names = (table.texts(extra) ?? []).map((text) => normalizeName(/^[\w.-]*/.exec(text)?.[0] ?? ''))
      return [normalizeName(extra), new Set(names)]
    }),
  )
}

interface Group {
  readonly asks: readonly Ask[]
  readonly isOptional: boolean
}

/** By normalised name: `[tool.poetry.group.<name>]`, `[dependency-groups]`, and `dev-dependencies`, which is the group dev. */
function readGroups(poetry: Fields, manifest: Manifest): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>()
  for (const name of manifest.project.groups) {
    groups.set(name, { asks: manifest.asks.filter(({ group }) => group === name), isOptional: false })
  }
  const old = poetry.object('dev-dependencies')
  if (old !== undefined) groups.set('dev', { asks: readGroup(old, 'dev'), isOptional: false })
  const tables = poetry.object('group')
  const included = new Map<string, readonly string[]>()
  for (const [written, table] of tables?.entriesOfObjects() ?? []) {
    const name = normalizeName(written)
    const dependencies = table.object('dependencies')
    const known = groups.get(name)
    // A standard group may have its sources, and whether it is optional, said here.
    const own = known !== undefined && manifest.project.groups.includes(name) ? [] : readGroup(dependencies, name)
    groups.set(name, {
      asks: [...(known?.asks ?? []), ...own],
      isOptional: table.boolean('optional') ?? known?.isOptional ?? false,
    })
    included.set(name, (table.texts('include-groups') ?? []).map(normalizeName))
  }
  return withIncluded(groups, included)
}

function readGroup(table: Fields | undefined, group: string): readonly Ask[] {
  if (table === undefined) return []
  const asks = table.keys().flatMap((name) => (normalizeName(name) === 'python' ? [] : readConstraints(table, name)))
  return asks.map((ask) => ({ ...ask, group, kind: kindOf(group) }))
}

/** Each group with what the groups that it includes, at any distance, ask for. */
function withIncluded(
  groups: ReadonlyMap<string, Group>,
  included: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, Group> {
  const whole = new Map<string, Group>()
  for (const [name, group] of groups) {
    const reached = new Set([name])
    for (const one of reached) for (const other of included.get(one) ?? []) reached.add(other)
    const others = [...reached].slice(1).flatMap((other) => groups.get(other)?.asks ?? [])
    whole.set(name, { ...group, asks: [...group.asks, ...others.map((ask) => ({ ...ask, group: name }))] })
  }
  return whole
}

/** `name = "module:object"`, or a table with `reference` or `callable`; files that Poetry copies (`type = "file"`) are none. */
function readScripts(poetry: Fields): Readonly<Record<string, string>> {
  const table = poetry.object('scripts')
  const scripts: Record<string, string> = {}
  for (const name of table?.keys() ?? []) {
    if (table === undefined) continue
    const inside = typeof table.raw(name) === 'string' ? undefined : table.object(name)
    if (inside?.text('type') === 'file') continue
    const target = inside === undefined ? table.text(name) : (inside.text('reference') ?? inside.text('callable'))
    const checked = target === undefined ? undefined : checkScript(table, name, target)
    if (checked !== undefined) scripts[name] = checked
  }
  return scripts
}
