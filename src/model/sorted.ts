/** Order by code unit, the only one that is the same on every machine and in every locale. */

/** A copy in the order of its keys. Texts are sorted without a comparing function, which would cost more than all the rest. */
export function sortedByKey<T extends object>(map: ReadonlyMap<string, T>): Map<string, T> {
  const sorted = new Map<string, T>()
  for (const key of [...map.keys()].sort()) {
    const value = map.get(key)
    if (value !== undefined) sorted.set(key, value)
  }
  return sorted
}
