/** Do the lock file's overrides and catalogs still fit package.json? Like the rest of it: a locked version must be a wanted one. */
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { satisfies } from '../../semver-range.ts'
import type { GraphPackage, LockGraph } from './lock-graph.ts'

export interface RuleCheck {
  /** The project's package.json. */
  readonly manifest: Fields
  /** The lock file. */
  readonly lock: Fields
  readonly report: (problem: Problem) => void
}

/** Reports `manifest-mismatch`. Overrides of one package below another are for Bun to judge. */
export function checkRules(graph: LockGraph, check: RuleCheck): void {
  for (const field of ['overrides', 'resolutions']) checkOverrides(field, graph, check)
  const workspaces = check.manifest.raw('workspaces')
  const isObject = typeof workspaces === 'object' && workspaces !== null && !Array.isArray(workspaces)
  for (const place of [check.manifest, ...(isObject ? [check.manifest.object('workspaces')] : [])]) {
    if (place !== undefined) checkCatalogs(place, graph, check)
  }
}

function checkOverrides(field: string, { packages }: LockGraph, { manifest, lock, report }: RuleCheck): void {
  const wanted = simpleTexts(manifest, field)
  const locked = new Map(simpleTexts(lock, 'overrides'))
  for (const [name, range] of wanted) {
    if (locked.get(name) === range) continue
    const misfit = [...packages.values()].find((pkg) => pkg.entry.name === name && !fits(pkg, range))
    if (misfit === undefined) continue
    const message = `package.json overrides ${shown(name)} with ${shown(range)}, and ${shown(misfit.entry.id)} is locked`
    report({ code: 'manifest-mismatch', message, where: manifest.object(field)?.where(name), hint: HINT })
  }
}

function checkCatalogs(place: Fields, graph: LockGraph, check: RuleCheck): void {
  const { lock } = check
  if (place.has('catalog')) checkCatalog(place, { field: 'catalog', asked: 'catalog:' }, graph, check)
  const catalogs = place.object('catalogs')
  const locked = lock.object('catalogs')
  for (const name of catalogs?.keys() ?? []) {
    if (catalogs === undefined) continue
    const own = { ...check, lock: locked ?? lock }
    checkCatalog(catalogs, { field: name, asked: `catalog:${name}` }, graph, own)
  }
}

function checkCatalog(
  place: Fields,
  { field, asked }: { readonly field: string; readonly asked: string },
  { project, members }: LockGraph,
  { lock, report }: RuleCheck,
): void {
  const locked = new Map(simpleTexts(lock, field))
  for (const [name, range] of simpleTexts(place, field)) {
    if (locked.get(name) === range) continue
    const needs = [project, ...members].flatMap((pkg) => pkg.needs)
    const misfit = needs.find((need) => need.name === name && need.range === asked && !fits(need.to, range))
    if (misfit === undefined) continue
    const message = `package.json has ${shown(`${name}@${range}`)} in a catalog, and ${shown(misfit.to.entry.id)} is locked`
    report({ code: 'manifest-mismatch', message, where: place.object(field)?.where(name), hint: HINT })
  }
}

const HINT = 'run bun install, which brings the lock file up to date'

function simpleTexts(fields: Fields, key: string): readonly (readonly [string, string])[] {
  const value = fields.raw(key)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, text]) => (typeof text === 'string' ? [[name, text] as const] : []))
}

/** Only what can be told from versions. */
function fits({ entry: { resolution } }: GraphPackage, range: string): boolean {
  return resolution.kind !== 'npm' || satisfies(resolution.version, range) !== false
}
