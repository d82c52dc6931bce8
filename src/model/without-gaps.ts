/** The list as it is where nothing is missing, which is nearly always: mapping a list takes less than filling another one by one. */
export function withoutGaps<T>(list: readonly (T | undefined)[]): readonly T[] {
  return list.every(isThere) ? list : list.filter(isThere)
}

function isThere<T>(item: T | undefined): item is T {
  return item !== undefined
}
