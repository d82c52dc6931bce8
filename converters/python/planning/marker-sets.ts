/** On which targets a marker holds. Each distinct text is read once, and evaluated once for each choice of extras and groups. */
import type { Where } from '../../../src/problem.ts'
import { evaluateMarker, parseMarker, variablesOf, type Marker } from '../standards/marker.ts'
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
  /** Whether it is about extras or groups. */
  readonly isAsking: boolean
  readonly sets: Map<string, TargetSet>
}

export function markerSets(targets: PlannedTargets): MarkerSets {
  const known = new Map<string, ReadMarker>()
  const read = (text: string, where: Where): ReadMarker => {
    const marker = parseMarker(text, where)
    const variables = variablesOf(marker)
    const isAsking = variables.has('extra') || variables.has('extras') || variables.has('dependency_groups')
    return { marker, isAsking, sets: new Map() }
  }
  return {
    find: (text, asked, where) => {
      if (text === undefined || text === '') return targets.all
      const found = known.get(text) ?? read(text, where)
      known.set(text, found)
      const key = found.isAsking ? asked.key : ''
      const set = found.sets.get(key) ?? evaluate(found.marker, asked, targets)
      found.sets.set(key, set)
      return set
    },
  }
}

function evaluate(marker: Marker, { extras, groups }: Asked, { list }: PlannedTargets): TargetSet {
  let set = 0n
  for (const { environment, bit } of list) {
    const asking = { ...environment, extra: extras, extras, dependency_groups: groups }
    if (evaluateMarker(marker, asking)) set |= bit
  }
  return set
}
