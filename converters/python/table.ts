/** What a TOML or JSON file gives, where nobody needs to be told of its places. */

export type Table = Readonly<Record<string, unknown>>

/** Neither a list nor a plain value. */
export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An own key of a table; undefined where there is none. */
export function member(value: unknown, key: string): unknown {
  return isTable(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** What `find` makes of each table of a list; undefined if one of them is no table, or it finds nothing in it. */
export function findEach<T>(list: unknown, find: (table: Table) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(list)) return undefined
  const found: T[] = []
  for (const item of list) {
    const one = isTable(item) ? find(item) : undefined
    if (one === undefined) return undefined
    found.push(one)
  }
  return found
}
