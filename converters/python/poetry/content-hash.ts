/**
 * Poetry's `content-hash`: sha256 of what json.dumps(…, sort_keys=True) prints of the parts of pyproject.toml that decide what is
 * locked (python-poetry/poetry, src/poetry/packages/locker.py). So a stale lock file is told without Python.
 */
import { createHash } from 'node:crypto'

/**
 * Every content-hash that some Poetry gives for this pyproject.toml: before 2.3 dependency groups (PEP 735) did not count, and
 * before 2.0 only `[tool.poetry]` did. `value` is the whole file.
 */
export function contentHashes(value: unknown): ReadonlySet<string> {
  const poetry = member(member(value, 'tool'), 'poetry')
  const groups = member(value, 'dependency-groups')
  const project = pick(member(value, 'project'), projectKeys)
  const contents = [groups, undefined].map((known) => modernContent(project, known, poetry))
  return new Set([...contents, pickLegacy(poetry)].map((content) => hash(content)))
}

type Content = Readonly<Record<string, unknown>>

const projectKeys = ['requires-python', 'dependencies', 'optional-dependencies']
const legacyKeys = ['dependencies', 'source', 'extras', 'dev-dependencies']

function modernContent(project: Content, groups: unknown, poetry: unknown): Content {
  const hasProject = Object.keys(project).length > 0
  const hasGroups = isTable(groups) && Object.keys(groups).length > 0
  if (!hasProject && !hasGroups) return pickLegacy(poetry)
  return {
    ...(hasProject ? { project } : {}),
    ...(hasGroups ? { 'dependency-groups': groups } : {}),
    tool: { poetry: pick(poetry, [...legacyKeys, 'group']) },
  }
}

/** Absent keys are null, but for `group`, which is younger. */
function pickLegacy(poetry: unknown): Content {
  const content: Record<string, unknown> = {}
  for (const key of legacyKeys) content[key] = member(poetry, key) ?? null
  return { ...content, ...pick(poetry, ['group']) }
}

function pick(table: unknown, keys: readonly string[]): Content {
  const picked: Record<string, unknown> = {}
  for (const key of keys) {
    const value = member(table, key)
    if (value !== undefined) picked[key] = value
  }
  return picked
}

function hash(content: Content): string {
  return createHash('sha256').update(dump(content)).digest('hex')
}

/** As Python prints JSON: a space behind `,` and `:`, keys sorted by code point, nothing but ASCII. */
function dump(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dump).join(', ')}]`
  if (!isTable(value)) return ascii(JSON.stringify(value) ?? 'null')
  const members = Object.keys(value)
    .sort(byCodePoint)
    .map((key) => `${ascii(JSON.stringify(key))}: ${dump(value[key])}`)
  return `{${members.join(', ')}}`
}

function ascii(text: string): string {
  return text.replace(/[\u007f-\uffff]/g, (char) =>
    char === '\u007f' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Other than by code unit only beyond the basic plane, and that is where Python's order counts. */
function byCodePoint(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  for (const [index, char] of left.entries()) {
    const difference = (char.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? -1)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function member(value: unknown, key: string): unknown {
  return isTable(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function isTable(value: unknown): value is Content {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
