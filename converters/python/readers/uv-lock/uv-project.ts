/** What a pyproject.toml says to uv: `[project]`, and of `[tool.uv]` whether it is a package and which groups are installed. */
import type { PythonProject } from '../../../../src/model/python.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { normalizeName } from '../../standards/name.ts'
import { findManifest } from '../pyproject.ts'

/** undefined without a pyproject.toml. Throws what is wrong with it. */
export function findUvProject(directory: string, files: ProjectFiles): PythonProject | undefined {
  const manifest = findManifest(files, directory)
  if (manifest === undefined) return undefined
  const { project, fields } = manifest
  const uv = fields.object('tool')?.object('uv')
  const groups = [...new Set([...project.groups, ...(uv?.has('dev-dependencies') ? ['dev'] : [])])].sort()
  const chosen = findDefaults(uv, groups)
  fields.document.failIfAny()
  return { ...project, groups, defaultGroups: chosen.filter((group) => groups.includes(group)) }
}

/** `default-groups`: a list, or "all"; `dev` unless it is there. */
function findDefaults(uv: Fields | undefined, groups: readonly string[]): readonly string[] {
  if (uv?.raw('default-groups') === 'all') return groups
  return uv?.texts('default-groups')?.map(normalizeName).sort() ?? ['dev']
}
