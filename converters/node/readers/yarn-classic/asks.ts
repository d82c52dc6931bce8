/** What a manifest or an entry of the lock file asks for, and who stands in several of its lists. */

export interface Asks {
  readonly dependencies: readonly NamedRange[]
  readonly optionalDependencies: readonly NamedRange[]
  readonly devDependencies?: readonly NamedRange[]
}

export type NamedRange = readonly [name: string, range: string]

/** Nobody can stand in several lists. */
export function isTidy({ optionalDependencies, devDependencies }: Asks): boolean {
  return optionalDependencies.length === 0 && (devDependencies === undefined || devDependencies.length === 0)
}

/** Who stands in several lists counts in one: as optional, then as required, then as for development. `*` gives way to a range. */
export function tidyAsks(asks: Asks): Required<Asks> {
  const { dependencies, optionalDependencies, devDependencies = [] } = asks
  if (isTidy(asks)) return { dependencies, optionalDependencies, devDependencies }
  const ranges = new Map<string, string>()
  for (const [name, range] of [...optionalDependencies, ...dependencies, ...devDependencies]) {
    if (!ranges.has(name) && range !== '' && range !== '*') ranges.set(name, range)
  }
  const seen = new Set<string>()
  const tidy = (list: readonly NamedRange[]): readonly NamedRange[] =>
    list.flatMap(([name, range]) => {
      if (seen.has(name)) return []
      seen.add(name)
      return [[name, ranges.get(name) ?? range] as const]
    })
  const optional = tidy(optionalDependencies)
  const required = tidy(dependencies)
  return { optionalDependencies: optional, dependencies: required, devDependencies: tidy(devDependencies) }
}
