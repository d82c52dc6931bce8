/**
 * Parts of a project that exclude each other (uv's `conflicts`; extras that a marker asks not to have): what a package is for then
 * depends on which of them is chosen. Every allowed choice is looked at by itself.
 */
import type { Lock } from '../../../src/model/lock.ts'
import { fail } from '../../../src/problem.ts'
import { normalizeName } from '../standards/name.ts'
import { isPartOmitted, selectorOf } from './selectors.ts'

export interface Choice {
  /** `none`, or selectors joined with `+`. */
  readonly key: string
  readonly selectors: ReadonlySet<string>
  /** As markers name them: extras of the project by their names, uv's by its own long names. */
  readonly extras: ReadonlySet<string>
}

export interface Choices {
  /** Lists of selectors of which at most one can be chosen. */
  readonly conflicts: readonly (readonly string[])[]
  /** At least one: that of nothing. */
  readonly list: readonly Choice[]
}

interface Part {
  readonly selector: string
  readonly extra: string
}

/** More are not planned for: each costs as much as a project without conflicts. */
const MOST_CHOICES = 256

/** Throws `source-unsupported`. */
export function findChoices(lock: Lock, omit: readonly string[]): Choices {
  const lists = [...lockedConflicts(lock, omit), ...negatedExtras(lock, omit)].filter((list) => list.length > 0)
  const parts = new Map(lists.flat().map((part) => [part.selector, part]))
  const names = lists.map((list) => list.map(({ selector }) => selector).sort())
  const chosen = independentSets([...parts.keys()].sort(), names)
  if (chosen === undefined) return failMany(lock)
  return {
    conflicts: names.filter((list) => list.length > 1),
    list: chosen.map((selectors) => ({
      key: selectors.length === 0 ? 'none' : selectors.join('+'),
      selectors: new Set(selectors),
      extras: new Set(selectors.flatMap((selector) => parts.get(selector)?.extra ?? [])),
    })),
  }
}

/** Sorted lists of names of which no two stand in one of the lists; undefined when there are too many. */
function independentSets(
  names: readonly string[],
  lists: readonly (readonly string[])[],
): readonly (readonly string[])[] | undefined {
  let sets: readonly (readonly string[])[] = [[]]
  for (const name of names) {
    const rivals = new Set(lists.filter((list) => list.includes(name)).flat())
    const more = sets.filter((set) => !set.some((other) => rivals.has(other))).map((set) => [...set, name])
    sets = [...sets, ...more]
    if (sets.length > MOST_CHOICES) return undefined
  }
  return sets
}

function lockedConflicts({ roots, python }: Lock, omit: readonly string[]): readonly (readonly Part[])[] {
  const names = new Map(roots.map(({ path, name }) => [path, name]))
  return (python?.conflicts ?? []).map((list) =>
    list.flatMap(({ path, group }) => {
      const name = names.get(path)
      if (name === undefined || isPartOmitted(group, omit)) return []
      return [{ selector: selectorOf(path, group), extra: uvName(normalizeName(name), group) }]
    }),
  )
}

/** uv writes `extra == 'extra-4-proj-cpu'` for the extra `cpu` of `proj` (astral-sh/uv, crates/uv-resolver/src/universal_marker.rs). */
function uvName(name: string, group: string | undefined): string {
  if (group === undefined) return `project-${name.length}-${name}`
  const extra = group.startsWith('extra:') ? group.slice('extra:'.length) : undefined
  return extra === undefined ? `group-${name.length}-${name}-${group}` : `extra-${name.length}-${name}-${extra}`
}

/**
 * Extras of the project that a marker asks not to have: `extra == "cpu" and extra != "cuda"` is Poetry's way to have some that exclude
 * each other, `"cuda" not in extras` that of pylock.toml.
 */
function negatedExtras({ roots, packages, format }: Lock, omit: readonly string[]): readonly (readonly Part[])[] {
  const negated = new Set<string>()
  const find = (text: string, pattern: RegExp) => {
    if (!text.includes('extra')) return
    for (const [, name = ''] of text.matchAll(pattern)) negated.add(normalizeName(name))
  }
  for (const { markers } of packages.values()) {
    for (const text of Object.values(markers ?? {})) find(text, /\bextra\s*!=\s*["']([^"']*)["']/g)
  }
  if (format.name === 'pylock') {
    for (const { marker = '' } of roots[0].dependencies) find(marker, /["']([^"']*)["']\s+not\s+in\s+extras\b/g)
  }
  const kept = [...negated].filter((extra) => !isPartOmitted(`extra:${extra}`, omit))
  return kept.length === 0
    ? []
    : [kept.map((extra) => ({ selector: selectorOf(roots[0].path, `extra:${extra}`), extra }))]
}

function failMany({ format: { file } }: Lock): never {
  return fail({
    code: 'source-unsupported',
    message: `its conflicting extras and groups can be chosen in more than ${MOST_CHOICES} ways`,
    where: { file },
    hint: 'leave some of them out with --omit extra:NAME or --omit GROUP',
  })
}
