/** The version ranges that a Python project asks for by itself, in whatever manifest it has, each with its place in the text. */
import type { ResolveRequest } from '../../../src/model/resolver.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'
import { fail, shown } from '../../../src/problem.ts'
import { rootFields, type Fields } from '../../../src/text/fields.ts'
import { parseToml } from '../../../src/text/toml-document.ts'
import { allows as poetryAllows } from '../poetry/constraint.ts'
import { findManifest } from '../readers/pyproject.ts'
import { readFiles, type FileLine } from '../readers/requirements/included-files.ts'
import { normalizeName } from '../standards/name.ts'
import { findSpecifiers, satisfies } from '../standards/specifier.ts'
import { parseRequirement } from '../standards/requirement.ts'
import type { ProjectKind } from './project-kind.ts'
import type { Allows } from './raised-range.ts'

export interface AskedRange {
  /** PEP 503. */
  readonly name: string
  readonly file: string
  /** Of the project or the member of its workspace that asks; '' is the project. */
  readonly directory: string
  readonly range: string
  /** Where the range begins in the file's text. */
  readonly offset: number
  /** How it would say that any version will do. */
  readonly any: '' | '*'
  readonly allows: Allows
}

/**
 * Of the project and of the directories of its members, in the order of the manifests. What is asked for by URL, path, or from a
 * repository is none, nor are constraints. Throws what is wrong with a manifest, and `usage` for a kind whose ranges are code.
 */
export function readAskedRanges(
  kind: ProjectKind | undefined,
  { files }: Pick<ResolveRequest, 'files'>,
  directories: readonly string[],
): readonly AskedRange[] {
  switch (kind?.kind) {
    case 'pyproject':
      return directories.flatMap((directory) => readPyproject(files, directory))
    case 'pipfile':
      return readPipfile(files)
    case 'compiled':
      return readRequirements(files, 'requirements.in')
    case 'files': {
      const written = kind.files.filter((file) => !file.startsWith('setup.'))
      if (written.length === 0) return failCode(kind.files[0])
      return written.flatMap((file) =>
        file.endsWith('.txt') ? readRequirements(files, file) : readPyproject(files, ''),
      )
    }
    case 'script':
      return failCode(kind.file)
    case undefined:
      return failCode('the project')
  }
}

function failCode(what: string): never {
  return fail({
    code: 'usage',
    message: `--latest does not rewrite the ranges of ${shown(what)}`,
    hint: 'raise them there yourself, then type `lock2build update`',
  })
}

const standardAllows: Allows = (range, version) =>
  satisfies(version, findSpecifiers(range) ?? [], { prereleases: true })

interface Manifest {
  readonly file: string
  readonly directory: string
  readonly text: string
}

/** `[project]`, `[dependency-groups]`, and the tables of uv, Poetry and PDM. */
function readPyproject(files: ProjectFiles, directory: string): readonly AskedRange[] {
  const found = findManifest(files, directory)
  if (found === undefined) return []
  const { file, fields } = found
  const manifest: Manifest = { file, directory, text: files.find(file) ?? '' }
  const tool = fields.object('tool')
  const uv = tool?.object('uv')
  const isElsewhere = elsewhere([
    uv?.object('sources'),
    findManifest(files, '')?.fields.object('tool')?.object('uv')?.object('sources'),
  ])
  const project = fields.object('project')
  const lists = [
    ...listsOf(project, 'dependencies'),
    ...listsOf(project?.object('optional-dependencies')),
    ...listsOf(fields.object('dependency-groups')),
    ...listsOf(uv, 'dev-dependencies'),
    ...listsOf(tool?.object('pdm')?.object('dev-dependencies')),
  ]
  const standard = lists
    .flatMap(([table, key]) => readList(manifest, table, key))
    .filter(({ name }) => !isElsewhere(name))
  return [...standard, ...readPoetry(manifest, tool?.object('poetry'))]
}

/** Names that uv takes from a repository, a URL or a path, whatever range is asked for. */
function elsewhere(tables: readonly (Fields | undefined)[]): (name: string) => boolean {
  const places = ['git', 'url', 'path', 'workspace']
  const names = tables.flatMap((table) =>
    (table?.keys() ?? []).filter((name) => {
      const sources = Array.isArray(table?.raw(name)) ? table?.objects(name) : [table?.object(name)]
      return sources?.some((source) => places.some((place) => source?.has(place)))
    }),
  )
  const all = new Set(names.map(normalizeName))
  return (name) => all.has(name)
}

type List = readonly [table: Fields, key: string]

/** Every list of a table, or one of them. */
function listsOf(table: Fields | undefined, key?: string): readonly List[] {
  if (table === undefined) return []
  return (key === undefined ? table.keys() : [key]).filter((each) => table.has(each)).map((each) => [table, each])
}

/** PEP 508 texts; groups have tables (`include-group`), and PDM's `-e …`, among them. */
function readList(manifest: Manifest, table: Fields, key: string): readonly AskedRange[] {
  const list = table.raw(key)
  if (!Array.isArray(list)) return []
  const items: readonly unknown[] = list
  return items.flatMap((item, index): readonly AskedRange[] => {
    if (typeof item !== 'string' || item.startsWith('-e')) return []
    const { name, specifierText: range } = parseRequirement(item, table.where(key))
    if (range === '') return []
    const offset = offsetOf(manifest, table, [key, index], item) + item.indexOf(range)
    return [{ ...asked(manifest, name), range, offset, any: '', allows: standardAllows }]
  })
}

function asked({ file, directory }: Manifest, name: string): Pick<AskedRange, 'name' | 'file' | 'directory'> {
  return { name: normalizeName(name), file, directory }
}

function readPoetry(manifest: Manifest, poetry: Fields | undefined): readonly AskedRange[] {
  const groups = [...(poetry?.object('group')?.entriesOfObjects() ?? [])]
  const tables = [
    poetry?.object('dependencies'),
    poetry?.object('dev-dependencies'),
    ...groups.map(([, group]) => group.object('dependencies')),
  ]
  return tables.flatMap((table) => readTable(manifest, table, poetryAllows)).filter(({ name }) => name !== 'python')
}

/** `name = "range"`, `name = { version = "range", … }`, or a list of such. */
function readTable(manifest: Manifest, table: Fields | undefined, allows: Allows): readonly AskedRange[] {
  if (table === undefined) return []
  return table.keys().flatMap((name) =>
    rangesAt(table, name).map(([path, range]): AskedRange => ({
      ...asked(manifest, name),
      range,
      offset: offsetOf(manifest, table, path, range),
      any: '*',
      allows,
    })),
  )
}

function rangesAt(table: Fields, name: string): readonly (readonly [path: Path, range: string])[] {
  const value = table.raw(name)
  const items: readonly unknown[] = Array.isArray(value) ? value : [value]
  return items.flatMap((item, index) => {
    const path: Path = Array.isArray(value) ? [name, index] : [name]
    if (typeof item === 'string') return [[path, item] as const]
    const version = typeof item === 'object' && item !== null && 'version' in item ? item.version : undefined
    return typeof version === 'string' ? [[[...path, 'version'] as const, version] as const] : []
  })
}

/** Of a key or an element, from its table. */
type Path = readonly [string, ...(string | number)[]]

/** What stands there as a string begins behind its quotes, and is spelled as it is read. Throws `manifest-mismatch`. */
function offsetOf({ file, text }: Manifest, table: Fields, path: Path, value: string): number {
  const offset = table.document.offset([...table.path, ...path]) ?? text.length
  const start = typeof path.at(-1) === 'number' ? offset : text.indexOf('=', offset) + 1
  const quote = /[ \t]*(?:"""|'''|"|')/y
  quote.lastIndex = start
  const content = start + (quote.exec(text)?.[0].length ?? 0)
  if (text.startsWith(value, content)) return content
  return fail({
    code: 'manifest-mismatch',
    message: `${shown(value)} is spelled in a way that cannot be rewritten`,
    where: { file, line: table.document.line([...table.path, ...path]) },
    hint: 'write it without escapes',
  })
}

/** `[packages]`, `[dev-packages]` and categories of the user's own. https://pipenv.pypa.io/en/latest/pipfile.html */
function readPipfile(files: ProjectFiles): readonly AskedRange[] {
  const file = 'Pipfile'
  const text = files.find(file) ?? ''
  const document = parseToml(text, { file, purpose: 'manifest' })
  const root = rootFields(document)
  const settings = new Set(['source', 'requires', 'scripts', 'pipenv', 'pipfile'])
  const tables = (root?.keys() ?? []).filter((key) => !settings.has(key)).map((key) => root?.object(key))
  const ranges = tables.flatMap((table) => readTable({ file, directory: '', text }, table, standardAllows))
  document.failIfAny()
  return ranges
}

/** With the files that it includes. What else is wrong there, the tool says. */
function readRequirements(files: ProjectFiles, file: string): readonly AskedRange[] {
  const { lines } = readFiles(file, files, () => {})
  return lines.flatMap((line) => readLine(line, files.find(line.file) ?? ''))
}

function readLine({ file, line, requirement: written }: FileLine, text: string): readonly AskedRange[] {
  if (written === '' || /^[^\s@;[<>=!~]*(?:\/|:\/\/)/.test(written)) return []
  const { name, specifierText: range } = parseRequirement(written, { file, line })
  if (range === '') return []
  const start = text.split('\n', line - 1).reduce((sum, each) => sum + each.length + 1, 0)
  const offset = text.indexOf(range, start)
  const isThere = offset !== -1 && offset < start + text.slice(start).search(/(?<!\\)\r?\n|$(?![^])/)
  if (!isThere) {
    const message = `the range of ${shown(name)} is spelled in a way that cannot be rewritten`
    return fail({ code: 'manifest-mismatch', message, where: { file, line }, hint: 'write it on one line' })
  }
  return [{ name: normalizeName(name), file, directory: '', range, offset, any: '', allows: standardAllows }]
}
