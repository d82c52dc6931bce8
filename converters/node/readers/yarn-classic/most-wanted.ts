/** Where there are several versions of a name, yarn puts the one that most packages need to the top before all others (prepass). */
import { packageOf } from './pattern.ts'
import type { FoundPackage, Pattern, YarnPackage } from './pattern.ts'

interface Wanted<F extends FoundPackage> {
  /** The first that leads to this version. */
  readonly pattern: Pattern<F>
  readonly by: Set<YarnPackage<F>>
}

/** By version. */
type Versions<F extends FoundPackage> = Map<string, Wanted<F>>

/** In the order of names. Not those that the project asks for itself, nor versions that only one package needs. */
export function mostWanted<F extends FoundPackage>(
  roots: readonly Pattern<F>[],
  packages: readonly YarnPackage<F>[],
): readonly Pattern<F>[] {
  const names = countNeeders(roots, severalVersions(packages))
  roots.forEach((pattern) => names.delete(packageOf(pattern).found.name))
  const wanted: Pattern<F>[] = []
  for (const name of [...names.keys()].sort()) {
    const versions = names.get(name)
    if (versions === undefined || versions.size < 2) continue
    let most: Wanted<F> | undefined
    for (const version of [...versions.keys()].sort()) {
      const each = versions.get(version)
      if (each !== undefined && (most === undefined || each.by.size > most.by.size)) most = each
    }
    if (most !== undefined && most.by.size > 1) wanted.push(most.pattern)
  }
  return wanted
}

/** Names of which there is more than one version: the others need not be counted. */
function severalVersions(packages: readonly YarnPackage[]): ReadonlySet<string> {
  const versions = new Map<string, string>()
  const several = new Set<string>()
  packages.forEach(({ found: { name, version } }) => {
    const known = versions.get(name)
    if (known === undefined) versions.set(name, version)
    else if (known !== version) several.add(name)
  })
  return several
}

/** Name → version → who needs it directly. A walk into depth that does not follow circles. */
function countNeeders<F extends FoundPackage>(
  roots: readonly Pattern<F>[],
  several: ReadonlySet<string>,
): Map<string, Versions<F>> {
  const names = new Map<string, Versions<F>>()
  const walked = new Set<Pattern<F>>()
  const above = new Set<YarnPackage<F>>()
  const stack: Step<F>[] = []
  const visit = (pattern: Pattern<F>, by: YarnPackage<F> | undefined): void => {
    const pkg = packageOf(pattern)
    if (above.has(pkg)) return
    if (several.has(pkg.found.name)) count(names, pattern, by)
    if (walked.has(pattern)) return
    walked.add(pattern)
    // Nothing is to be seen below.
    if (pkg.dependencies.length === 0) return
    above.add(pkg)
    stack.push(new Step(pkg))
  }
  for (const root of roots.toSorted((a, b) => a.rank - b.rank)) {
    visit(root, undefined)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const pattern = top.pkg.dependencies[top.next]
      top.next += 1
      if (pattern !== undefined) visit(pattern, top.pkg)
      else {
        above.delete(top.pkg)
        stack.pop()
      }
    }
  }
  return names
}

class Step<F extends FoundPackage> {
  readonly pkg: YarnPackage<F>
  next = 0

  constructor(pkg: YarnPackage<F>) {
    this.pkg = pkg
  }
}

function count<F extends FoundPackage>(
  names: Map<string, Versions<F>>,
  pattern: Pattern<F>,
  by: YarnPackage<F> | undefined,
): void {
  const { name, version } = packageOf(pattern).found
  let versions = names.get(name)
  if (versions === undefined) names.set(name, (versions = new Map()))
  let wanted = versions.get(version)
  if (wanted === undefined) versions.set(version, (wanted = { pattern, by: new Set() }))
  if (by !== undefined) wanted.by.add(by)
}
