/**
 * PDM's `content_hash`: sha256 of JSON of the parts of pyproject.toml that decide what is locked (pdm-project/pdm,
 * src/pdm/project/project_file.py).
 */
import { hashPythonJson } from '../python-json.ts'
import { isTable, member, type Table } from '../table.ts'
import { normalizeName } from '../standards/name.ts'

/**
 * Every content_hash that some PDM gives for this pyproject.toml; undefined for a workspace, where its members count too. `value` is
 * the whole file.
 */
export function pdmContentHashes(value: unknown): ReadonlySet<string> | undefined {
  const pdm = member(member(value, 'tool'), 'pdm')
  if (member(pdm, 'workspace') !== undefined) return undefined
  const project = member(value, 'project')
  const resolution = member(pdm, 'resolution') ?? {}
  const common = {
    sources: member(pdm, 'source') ?? [],
    dependencies: member(project, 'dependencies') ?? [],
    'optional-dependencies': member(project, 'optional-dependencies') ?? {},
    'requires-python': member(project, 'requires-python') ?? '',
  }
  const old = member(pdm, 'dev-dependencies') ?? {}
  const all = mergeGroups(member(value, 'dependency-groups'), old)
  // Before 2.20 overrides were all that counted of `resolution`, and groups of the standard were not known.
  const resolutions: readonly Table[] = [{ resolution }, { overrides: member(resolution, 'overrides') ?? {} }]
  const groups: readonly unknown[] = [all, old]
  return new Set(
    resolutions.flatMap((last) =>
      groups.map((group) => hashPythonJson({ ...common, 'dev-dependencies': group, ...last })),
    ),
  )
}

function mergeGroups(standard: unknown, own: unknown): Table {
  const merged: Record<string, unknown> = Object.create(null)
  for (const table of [standard, own]) {
    if (!isTable(table)) continue
    for (const [name, list] of Object.entries(table)) {
      const key = normalizeName(name)
      const before = merged[key]
      merged[key] = Array.isArray(before) && Array.isArray(list) ? [...before, ...list] : list
    }
  }
  return merged
}
