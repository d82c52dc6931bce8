/**
 * Poetry's `content-hash`: sha256 of what json.dumps(…, sort_keys=True) prints of the parts of pyproject.toml that decide what is
 * locked (python-poetry/poetry, src/poetry/packages/locker.py). So a stale lock file is told without Python.
 */
import { hashPythonJson } from '../python-json.ts'
import { isTable, member } from '../table.ts'

/**
 * Every content-hash that some Poetry gives for this pyproject.toml: before 2.3 dependency groups (PEP 735) did not count, and
 * before 2.0 only `[tool.poetry]` did. `value` is the whole file.
 */
export function contentHashes(value: unknown): ReadonlySet<string> {
  const poetry = member(member(value, 'tool'), 'poetry')
  const groups = member(value, 'dependency-groups')
  const project = pick(member(value, 'project'), projectKeys)
  const contents = [groups, undefined].map((known) => modernContent(project, known, poetry))
  return new Set([...contents, pickLegacy(poetry)].map((content) => hashPythonJson(content)))
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
