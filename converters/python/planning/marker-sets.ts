/** On which targets a marker holds. Each distinct text is read once, and evaluated once for each choice of extras and groups. */
import type { Where } from '../../../src/problem.ts'
import {
  evaluateMarker,
  parseMarker,
  variablesOf,
  type InterpreterEnvironment,
  type Marker,
} from '../standards/marker.ts'
import type { PlannedTargets, TargetSet } from './planned-targets.ts'

/** What is asked for beside the target. */
export interface Asked {
  /** Names this choice of extras and groups: equal keys, equal choices. */
  readonly key: string
  readonly extras: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
}

export interface MarkerSets {
  /** Throws `requirement-invalid`. */
  find(marker: string | undefined, asked: Asked, where: Where): TargetSet
}

interface ReadMarker {
  readonly marker: Marker
  /** What it looks at of a target. */
  readonly variables: readonly (keyof InterpreterEnvironment)[]
  /** Whether it is about extras or groups, too. */
  readonly isAsking: boolean
  readonly sets: Map<string, TargetSet>
}

export function markerSets(targets: PlannedTargets): MarkerSets {
  const known = new Map<string, ReadMarker>()
  const read = (text: string, where: Where): ReadMarker => {
    const marker = parseMarker(text, where)
    const all = [...variablesOf(marker)]
    const variables = all.filter((name) => name !== 'extra' && name !== 'extras' && name !== 'dependency_groups')
    return { marker, variables, isAsking: variables.length < all.length, sets: new Map() }
  }
  return {
    find: (text, asked, where) => {
      if (text === undefined || text === '') return targets.all
      const found = known.get(text) ?? read(text, where)
      known.set(text, found)
      const key = found.isAsking ? asked.key : ''
      const set = found.sets.get(key) ?? evaluate(found, asked, targets)
      found.sets.set(key, set)
      return set
    },
  }
}

/** Targets are many, and what a marker looks at is the same on most of them. */
function evaluate({ marker, variables }: ReadMarker, { extras, groups }: Asked, { list }: PlannedTargets): TargetSet {
  const known = new Map<string, boolean>()
  let set = 0n
  for (const { environment, bit } of list) {
    const key = variables.map((name) => environment[name]).join('\n')
    const holds =
      known.get(key) ?? evaluateMarker(marker, { ...environment, extra: extras, extras, dependency_groups: groups })
    known.set(key, holds)
    if (holds) set |= bit
  }
  return set
}
