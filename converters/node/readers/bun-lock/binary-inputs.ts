/** What Bun looks at beside bun.lockb when it writes it as text: manifests and its configuration. */
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import { parseJson } from '../../../../src/text/json-document.ts'
import { readWorkspaces } from '../entry.ts'
import { findMembers } from '../workspaces.ts'

/** Only what is there. A package.json that is not JSON has no members here; whoever reads it next says so. */
export function binaryInputs(files: ProjectFiles): readonly string[] {
  const members = findMembers(patternsOf(files), files).map((path) => `${path}/package.json`)
  return ['package.json', 'bunfig.toml', '.npmrc', ...members].filter((path) => files.find(path) !== undefined)
}

function patternsOf(files: ProjectFiles): readonly string[] {
  const file = 'package.json'
  const root = rootFields(parseJson(files.find(file) ?? '{}', { file, purpose: 'manifest' }))
  return root === undefined ? [] : readWorkspaces(root)
}
