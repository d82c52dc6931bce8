/** `[dependency-groups]` (PEP 735, https://packaging.python.org/en/latest/specifications/dependency-groups/). */
import { shown } from '../../../src/problem.ts'
import { Fields } from '../../../src/text/fields.ts'
import { normalizeName } from '../standards/name.ts'
import { isTable } from '../table.ts'
import { findAsk, type Ask } from './ask.ts'

export interface DependencyGroups {
  /** Normalised. */
  readonly names: ReadonlySet<string>
  /** With what included groups ask for, under the name of the group that includes them. */
  readonly asks: readonly Ask[]
}

/** Of a whole pyproject.toml. Cycles and groups that are not there are problems of it. */
export function readGroups(root: Fields): DependencyGroups {
  const table = root.object('dependency-groups')
  if (table === undefined) return { names: new Set(), asks: [] }
  const keys = new Map<string, string>()
  for (const key of table.keys()) {
    const other = keys.get(normalizeName(key))
    if (other === undefined) keys.set(normalizeName(key), key)
    else table.addProblem(table.document.codes.type, `${shown(other)} and ${shown(key)} are one name`, { key })
  }
  const asks = [...keys].flatMap(([name, key]) => expand({ table, keys, group: name, done: new Set() }, key, []))
  return { names: new Set(keys.keys()), asks }
}

interface Expanding {
  readonly table: Fields
  /** Normalised name → key as written. */
  readonly keys: ReadonlyMap<string, string>
  /** The group whose asks are wanted. */
  readonly group: string
  /** Groups that are in it already. */
  readonly done: Set<string>
}

function expand(expanding: Expanding, key: string, within: readonly string[]): readonly Ask[] {
  const { table, group } = expanding
  if (within.includes(key)) {
    table.addProblem(
      table.document.codes.type,
      `the group includes itself, by way of ${within.map(shown).join(', ')}`,
      { key },
    )
    return []
  }
  if (expanding.done.has(key)) return []
  expanding.done.add(key)
  const list = table.raw(key)
  if (!Array.isArray(list)) {
    table.addProblem(table.document.codes.type, 'a list should stand here', { key })
    return []
  }
  const items: readonly unknown[] = list
  return items.flatMap((item, index) => {
    if (typeof item === 'string') return findAsk(item, table, key, group) ?? []
    const included = isTable(item) ? new Fields(table.document, item, table, key).text('include-group') : undefined
    const target = included === undefined ? undefined : expanding.keys.get(normalizeName(included))
    if (target !== undefined) return expand(expanding, target, [...within, key])
    const what =
      included === undefined
        ? `element ${index} is neither a requirement nor an include-group`
        : `there is no group ${shown(included)}`
    table.addProblem(table.document.codes.type, what, { key })
    return []
  })
}
