/** Where there are several versions of a name, yarn puts the one that most packages need to the top before all others (prepass). */
import type { FoundPackage, YarnPackage } from './resolve-patterns.ts'

interface Need<F extends FoundPackage> {
  readonly pattern: string
  readonly pkg: YarnPackage<F>
}

interface Wanted<N, F extends FoundPackage> {
  /** The first that leads to this version. */
  readonly need: N
  readonly by: Set<YarnPackage<F>>
}

type Versions<N, F extends FoundPackage> = Map<string, Wanted<N, F>>

export interface Walking<N, F extends FoundPackage> {
  readonly needsOf: (pkg: YarnPackage<F>) => readonly N[]
  /** Names of which there is more than one version: the others are not counted. */
  readonly several: ReadonlySet<string>
}

/** In the order of names. Not those that the project asks for itself, nor versions that only one package needs. */
export function mostWanted<F extends FoundPackage, N extends Need<F>>(
  roots: readonly N[],
  walking: Walking<N, F>,
): readonly N[] {
  const names = countNeeders(roots, walking)
  const taken = new Set(roots.map(({ pkg }) => pkg.found.name))
  const wanted: N[] = []
  for (const name of [...names.keys()].sort()) {
    const versions = names.get(name)
    if (versions === undefined || versions.size < 2 || taken.has(name)) continue
    let most: Wanted<N, F> | undefined
    for (const version of [...versions.keys()].sort()) {
      const each = versions.get(version)
      if (each !== undefined && (most === undefined || each.by.size > most.by.size)) most = each
    }
    if (most !== undefined && most.by.size > 1) wanted.push(most.need)
  }
  return wanted
}

/** Name → version → who needs it directly. A walk into depth that does not follow circles. */
function countNeeders<F extends FoundPackage, N extends Need<F>>(
  roots: readonly N[],
  { needsOf, several }: Walking<N, F>,
): ReadonlyMap<string, Versions<N, F>> {
  const names = new Map<string, Versions<N, F>>()
  const walked = new Set<N>()
  const above = new Set<YarnPackage<F>>()
  const stack: { readonly pkg: YarnPackage<F>; readonly needs: readonly N[]; next: number }[] = []
  const visit = (need: N, by: YarnPackage<F> | undefined): void => {
    const { pkg } = need
    if (above.has(pkg)) return
    if (several.has(pkg.found.name)) count(names, need, by)
    if (walked.has(need)) return
    walked.add(need)
    above.add(pkg)
    stack.push({ pkg, needs: needsOf(pkg), next: 0 })
  }
  for (const root of roots.toSorted((a, b) => (a.pattern < b.pattern ? -1 : 1))) {
    visit(root, undefined)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const need = top.needs[top.next]
      top.next += 1
      if (need !== undefined) visit(need, top.pkg)
      else {
        above.delete(top.pkg)
        stack.pop()
      }
    }
  }
  return names
}

function count<F extends FoundPackage, N extends Need<F>>(
  names: Map<string, Versions<N, F>>,
  need: N,
  by: YarnPackage<F> | undefined,
): void {
  const { name, version } = need.pkg.found
  let versions = names.get(name)
  if (versions === undefined) names.set(name, (versions = new Map()))
  let wanted = versions.get(version)
  if (wanted === undefined) versions.set(version, (wanted = { need, by: new Set() }))
  if (by !== undefined) wanted.by.add(by)
}
