/** Order by code unit, the only one that is the same on every machine and in every locale. */

/**
 * An object with many keys. It has no prototype, so it is a dictionary from the first key on (growing an ordinary object key by
 * key costs ten times as much), and `__proto__` is a key like any other.
 */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  const record: Record<string, T> = Object.create(null)
  // Not taken apart as [key, value]: that walks each pair by an iterator, which costs more than the rest.
  for (const entry of entries) record[entry[0]] = entry[1]
  return record
}

/** In the order of its keys: a copy, unless it is so already. Texts are sorted without a comparing function, which would cost more than all the rest. */
export function sortedByKey<T extends object>(map: Map<string, T>): Map<string, T>
export function sortedByKey<T extends object>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T>
export function sortedByKey<T extends object>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  if (isSorted(map.keys())) return map
  const sorted = new Map<string, T>()
  for (const key of [...map.keys()].sort()) {
    const value = map.get(key)
    if (value !== undefined) sorted.set(key, value)
  }
  return sorted
}

function isSorted(keys: Iterable<string>): boolean {
  let previous: string | undefined
  for (const key of keys) {
    if (previous !== undefined && key < previous) return false
    previous = key
  }
  return true
}
