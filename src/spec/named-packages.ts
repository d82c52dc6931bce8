/** Which packages of a lock a plan asks for: those whose id it names. The rest need no pin and no place in the spec. */
import type { Json, JsonObject } from '../model/json.ts'
import type { Lock } from '../model/lock.ts'
import type { PinnedSource, Source } from '../model/source.ts'

/** The same lock with only the packages that the plan names. */
export function namedPackages<S extends Source | PinnedSource>(lock: Lock<S>, plan: Json): Lock<S> {
  const { packages } = lock
  const named = new Set<string>()
  collectIds(plan, packages, named)
  if (named.size === packages.size) return lock
  return { ...lock, packages: new Map([...packages].filter(([id]) => named.has(id))) }
}

/** The texts in it that are ids of packages. */
function collectIds(value: Json, packages: { has(id: string): boolean }, into: Set<string>): void {
  if (typeof value === 'string') {
    if (packages.has(value)) into.add(value)
  } else if (Array.isArray(value)) for (const item of value) collectIds(item, packages, into)
  else if (isObject(value)) {
    for (const key in value) {
      const item = value[key]
      if (item !== undefined) collectIds(item, packages, into)
    }
  }
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
