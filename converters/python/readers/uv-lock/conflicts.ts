/** `conflicts` of uv.lock: extras and groups of which only one can be chosen. */
import type { ConflictingPart } from '../../../../src/model/python.ts'
import { Fields } from '../../../../src/text/fields.ts'
import { normalizeName } from '../../standards/name.ts'
import { readName } from '../packages.ts'
import type { UvEntry } from './locked-packages.ts'

/** Lists of parts that exclude each other. Faults are collected in the document. */
export function readConflicts(root: Fields, entries: readonly UvEntry[]): readonly (readonly ConflictingPart[])[] {
  const directories = new Map(
    entries.flatMap(({ pkg, directory }) => (directory === undefined ? [] : [[pkg.name, directory]])),
  )
  return listsIn(root).map((parts) =>
    parts.flatMap((part) => {
      const name = readName(part, 'package')
      const extra = part.text('extra')
      const group = part.text('group')
      const path = name === undefined ? undefined : directories.get(name)
      if (path === undefined) return []
      if (extra !== undefined) return [{ path, group: `extra:${normalizeName(extra)}` }]
      return group === undefined ? [{ path }] : [{ path, group: normalizeName(group) }]
    }),
  )
}

/** The file has a list of lists. */
function listsIn(root: Fields): readonly (readonly Fields[])[] {
  const value = root.raw('conflicts')
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    root.addProblem(root.document.codes.type, 'a list should stand here', { key: 'conflicts' })
    return []
  }
  const lists = new Fields(root.document, { ...value }, root, 'conflicts')
  return lists.keys().map((index) => lists.objects(index) ?? [])
}
