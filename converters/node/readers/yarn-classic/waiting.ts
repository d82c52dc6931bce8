/** What waits for a place while yarn hoists, level by level, and the order in which it is taken. */
import type { HoistedPlace } from './hoisted-place.ts'
import { packageOf } from './pattern.ts'
import type { FoundPackage, Pattern, YarnPackage } from './pattern.ts'

/** A need, and the place of who has it. */
export class Waiting<F extends FoundPackage> {
  readonly pattern: Pattern<F>
  readonly parent: HoistedPlace<F>

  constructor(pattern: Pattern<F>, parent: HoistedPlace<F>) {
    this.pattern = pattern
    this.parent = parent
  }
}

/** By pattern; those without peers first, where peers are known. */
export function inYarnsOrder<F extends FoundPackage>(
  level: readonly Waiting<F>[],
  peersOf: ((pkg: YarnPackage<F>) => readonly string[]) | undefined,
): readonly Waiting<F>[] {
  const ranked = byRank(level)
  if (peersOf === undefined) return ranked
  const first: Waiting<F>[] = []
  const later: Waiting<F>[] = []
  // yarn compares the names of peers with patterns, so that peers count as there only where a pattern has no range.
  const there = new Set<string>()
  for (const waiting of ranked) {
    if (peersOf(packageOf(waiting.pattern)).every((peer) => there.has(peer))) {
      first.push(waiting)
      there.add(waiting.pattern.text)
    } else later.push(waiting)
  }
  return [...first, ...later]
}

/** More than can wait on one level; a rank times it is still a whole number. */
const LEVEL_LIMIT = 2 ** 30

/** Equal ones as they were: one number per element is sorted without a comparing function. */
function byRank<F extends FoundPackage>(level: readonly Waiting<F>[]): readonly Waiting<F>[] {
  const keys = new Float64Array(level.length)
  level.forEach(({ pattern }, at) => (keys[at] = pattern.rank * LEVEL_LIMIT + at))
  const sorted: Waiting<F>[] = []
  keys.sort().forEach((key) => {
    const waiting = level[key % LEVEL_LIMIT]
    if (waiting !== undefined) sorted.push(waiting)
  })
  return sorted
}
