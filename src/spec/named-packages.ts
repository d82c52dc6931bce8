/** Which packages of a lock a plan asks for: those whose id it names. The rest need no pin and no place in the spec. */
import type { Json, JsonObject } from '../model/json.ts'
import type { Lock } from '../model/lock.ts'
import type { PinnedSource, Source } from '../model/source.ts'

/** The same lock with only the packages that the plan names. */
export function namedPackages<S extends Source | PinnedSource>(lock: Lock<S>, plan: Json): Lock<S> {
  const named = new Set<string>()
  collectTexts(plan, named)
  if ([...lock.packages.keys()].every((id) => named.has(id))) return lock
  return { ...lock, packages: new Map([...lock.packages].filter(([id]) => named.has(id))) }
}

function collectTexts(value: Json, into: Set<string>): void {
  if (typeof value === 'string') into.add(value)
  else if (Array.isArray(value)) for (const item of value) collectTexts(item, into)
  else if (isObject(value)) {
    for (const key in value) {
      const item = value[key]
      if (item !== undefined) collectTexts(item, into)
    }
  }
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
