/** packages.json with more packages, or fewer. It is printed anew, as npm does it with package.json: with the indentation that it had. */
import { LIST_ECOSYSTEM } from './read-collection.ts'

/** Key and value in packages.json. */
export interface Addition {
  readonly ecosystem: string
  readonly key: string
  readonly range: string
}

/** The name of the package that a key of packages.json, or an element of a list, is about. */
export type NameOf = (ecosystem: string, key: string) => string

/** `text`: of a file that can be read, or undefined. Who is there already gets another range. A list stays one while all is of npm. */
export function addToCollection(text: string | undefined, additions: readonly Addition[], nameOf: NameOf): string {
  const before: unknown = text === undefined ? {} : JSON.parse(text)
  const isList = Array.isArray(before) && additions.every(({ ecosystem }) => ecosystem === LIST_ECOSYSTEM)
  let value: unknown = Array.isArray(before) && !isList ? { [LIST_ECOSYSTEM]: before } : before
  for (const addition of additions) {
    const { ecosystem, key } = addition
    const isSame = (other: string) => nameOf(ecosystem, other) === nameOf(ecosystem, key)
    if (isList) value = addToPackages(value, addition, isSame)
    else {
      const table = asRecord(value)
      value = { ...table, [ecosystem]: addToPackages(table[ecosystem] ?? {}, addition, isSame) }
    }
  }
  return print(value, text)
}

/** Without the packages of these names. */
export function removeFromCollection(text: string, names: ReadonlySet<string>, nameOf: NameOf): string {
  const value: unknown = JSON.parse(text)
  const without = (ecosystem: string, packages: unknown): unknown =>
    Array.isArray(packages)
      ? filterList(packages, (key) => !names.has(nameOf(ecosystem, key)))
      : filterTable(packages, (key) => !names.has(nameOf(ecosystem, key)))
  if (Array.isArray(value)) return print(without(LIST_ECOSYSTEM, value), text)
  const parts = Object.entries(asRecord(value)).map(([ecosystem, packages]) => [
    ecosystem,
    ecosystem === 'supplements' ? packages : without(ecosystem, packages),
  ])
  return print(Object.fromEntries(parts), text)
}

function addToPackages(packages: unknown, { key, range }: Addition, isSame: (key: string) => boolean): unknown {
  const isOther = (other: string) => !isSame(other)
  if (Array.isArray(packages)) return [...filterList(packages, isOther), range === '*' ? key : { [key]: range }]
  const before = Object.entries(asRecord(packages)).find(([other]) => isSame(other))?.[1]
  const added = typeof before === 'object' && before !== null ? { ...before, version: range } : range
  const entries = [...Object.entries(filterTable(packages, isOther)), [key, added] as const]
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** An element may be a name with a range, or a table of several packages. */
function filterList(list: readonly unknown[], isKept: (key: string) => boolean): readonly unknown[] {
  return list.flatMap((item): readonly unknown[] => {
    if (typeof item === 'string') return isKept(item) ? [item] : []
    const kept = filterTable(item, isKept)
    return Object.keys(kept).length === 0 ? [] : [kept]
  })
}

function filterTable(table: unknown, isKept: (key: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(asRecord(table)).filter(([key]) => isKept(key)))
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function print(value: unknown, text: string | undefined): string {
  const indent = /^([ \t]+)\S/m.exec(text ?? '')?.[1] ?? '  '
  if (!Array.isArray(value)) return `${JSON.stringify(value, null, indent)}\n`
  const items = value.map((item: unknown) => `${indent}${printItem(item)}`)
  return items.length === 0 ? '[]\n' : `[\n${items.join(',\n')}\n]\n`
}

/** `{ "typescript": "5.x" }` on one line. */
function printItem(item: unknown): string {
  return JSON.stringify(item, null, 1).replaceAll(/\n\s*/g, ' ')
}
