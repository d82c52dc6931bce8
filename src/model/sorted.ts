/** Order by code unit, the only one that is the same on every machine and in every locale. */

/**
 * An object with many keys. It has no prototype, so it is a dictionary from the first key on (growing an ordinary object key by
 * key costs ten times as much), and `__proto__` is a key like any other.
 */
export function recordOf<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  const record: Record<string, T> = Object.create(null)
  // No pair is taken apart as [key, value]: that walks it by an iterator, which costs more than the rest. A map makes none.
  if (entries instanceof Map) entries.forEach((value: T, key: string) => void (record[key] = value))
  else for (const entry of entries) record[entry[0]] = entry[1]
  return record
}

/** The same of a map's values, each made into another; undefined is left out. */
export function recordFrom<T, V>(
  map: ReadonlyMap<string, T>,
  make: (value: T, key: string) => V | undefined,
): Readonly<Record<string, V>> {
  const record: Record<string, V> = Object.create(null)
  map.forEach((value, key) => {
    const made = make(value, key)
    if (made !== undefined) record[key] = made
  })
  return record
}

/** Of a map, in the order of its keys. */
export function sortedRecordOf<T extends object>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> {
  const record: Record<string, T> = Object.create(null)
  sortedKeys(map).forEach((key) => {
    const value = map.get(key)
    if (value !== undefined) record[key] = value
  })
  return record
}

/** In the order of its keys: a copy, unless it is so already. Texts are sorted without a comparing function, which would cost more than all the rest. */
export function sortedByKey<T extends object>(map: Map<string, T>): Map<string, T>
export function sortedByKey<T extends object>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T>
export function sortedByKey<T extends object>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const keys = [...map.keys()]
  if (isSorted(keys)) return map
  const sorted = new Map<string, T>()
  keys.sort().forEach((key) => {
    const value = map.get(key)
    if (value !== undefined) sorted.set(key, value)
  })
  return sorted
}

function sortedKeys(map: ReadonlyMap<string, unknown>): readonly string[] {
  const keys = [...map.keys()]
  return isSorted(keys) ? keys : keys.sort()
}

function isSorted(keys: readonly string[]): boolean {
  let previous = ''
  return keys.every((key) => {
    const isNext = previous <= key
    previous = key
    return isNext
  })
}
