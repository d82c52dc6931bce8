/** What a project or a locked package asks for, before it is known which locked package that is. */
import type { Edge, EdgeKind, LockedPackage, PackageId } from '../../../src/model/lock.ts'
import { ProblemError, type Where } from '../../../src/problem.ts'
import type { Fields } from '../../../src/text/fields.ts'
import { isName, normalizeName } from '../standards/name.ts'
import { satisfies } from '../standards/specifier.ts'
import { parseRequirement } from '../standards/requirement.ts'

export interface Ask {
  /** PEP 503. */
  readonly name: string
  /** As written: PEP 440 specifiers, or the package manager's own constraint. */
  readonly range?: string | undefined
  /** Whether a locked version is among what is asked for; absent where it is named by a URL or a path. */
  readonly allows?: ((version: string) => boolean) | undefined
  readonly url?: string | undefined
  readonly marker?: string | undefined
  readonly extras: readonly string[]
  readonly kind: EdgeKind
  readonly group?: string | undefined
  readonly where: Where
}

/** A PEP 508 text as an ask of a project. Throws `requirement-invalid`. */
export function readRequirement(text: string, where: Where, group?: string): Ask {
  const { name, extras, specifiers, specifierText, url, markerText } = parseRequirement(text, where)
  return {
    name: normalizeName(name),
    ...(specifierText === '' ? {} : { range: specifierText }),
    ...(url === undefined ? { allows: (version) => satisfies(version, specifiers, { prereleases: true }) } : { url }),
    ...(markerText === undefined ? {} : { marker: markerText }),
    extras: extras.map(normalizeName),
    kind: kindOf(group),
    ...(group === undefined ? {} : { group }),
    where,
  }
}

/** A list of PEP 508 texts. */
export function readAsks(fields: Fields, key: string, group?: string): readonly Ask[] {
  const asks = (fields.texts(key) ?? []).map((text) => findAsk(text, fields, key, group))
  return asks.filter((ask) => ask !== undefined)
}

/** One PEP 508 text; a fault is a problem of the key. */
export function findAsk(text: string, fields: Fields, key: string, group?: string): Ask | undefined {
  try {
    return readRequirement(text, fields.where(key), group)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    for (const problem of error.problems) fields.document.addProblem(problem)
    return undefined
  }
}

/** Main needs are `prod`, extras `optional`, groups `dev`. */
export function kindOf(group: string | undefined): EdgeKind {
  if (group === undefined) return 'prod'
  return group.startsWith('extra:') ? 'optional' : 'dev'
}

/** `a` and `b`, each of which may be absent. */
export function bothMarkers(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || a === '') return b === '' ? undefined : b
  if (b === undefined || b === '') return a
  return `(${a}) and (${b})`
}

/** An edge to a locked package. */
export function edgeTo(to: PackageId, { name, kind, range, group, extras, marker }: Ask): Edge {
  return {
    as: name,
    to,
    kind,
    ...(range === undefined ? {} : { range }),
    ...(group === undefined ? {} : { group }),
    ...(extras.length === 0 ? {} : { extras }),
    ...(marker === undefined ? {} : { marker }),
  }
}

/**
 * The locked packages that an ask may mean: those of the name in a version that is allowed. Several, where the lock file has
 * several of one name; markers and the other asks decide among them.
 */
export function candidatesOf(ask: Ask, named: readonly LockedPackage[]): readonly LockedPackage[] {
  const { allows } = ask
  if (allows === undefined || named.length === 1) return named
  const fitting = named.filter(({ version }) => version === '' || allows(version))
  return fitting.length > 0
    ? fitting
    : named.filter(({ sources: [{ kind }] }) => kind !== 'indexed' && kind !== 'archive')
}

/** By name, in the lock file's order. */
export function byName(packages: Iterable<LockedPackage>): ReadonlyMap<string, readonly LockedPackage[]> {
  const named = new Map<string, LockedPackage[]>()
  for (const pkg of packages) {
    const list = named.get(pkg.name)
    if (list === undefined) named.set(pkg.name, [pkg])
    else list.push(pkg)
  }
  return named
}

/** The normalised name, or undefined when the text is no name. */
export function findName(text: string): string | undefined {
  return isName(text) ? normalizeName(text) : undefined
}
