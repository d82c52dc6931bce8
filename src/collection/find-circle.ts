/** Who needs itself by a detour. */

/** The names on the way, the first once more at the end; undefined when there is no circle. Names without an entry need nothing. */
export function findCircle(needs: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>()
  const visit = (name: string, way: readonly string[]): readonly string[] | undefined => {
    const start = way.indexOf(name)
    if (start !== -1) return [...way.slice(start), name]
    if (done.has(name)) return undefined
    for (const need of needs.get(name) ?? []) {
      const found = visit(need, [...way, name])
      if (found !== undefined) return found
    }
    done.add(name)
    return undefined
  }
  for (const name of needs.keys()) {
    const found = visit(name, [])
    if (found !== undefined) return found
  }
  return undefined
}
