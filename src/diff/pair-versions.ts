/** Which version took the place of which, where several of one package went and came. */
import { versionSteps, type Comparison } from '../model/comparison.ts'

export interface PairedVersions {
  readonly pairs: readonly (readonly [from: string, to: string])[]
  /** Without a partner. */
  readonly gone: readonly string[]
  readonly come: readonly string[]
}

/** More than that are paired in their order alone: nobody looks at them one by one. */
const MANY = 100

/** The closest ones belong together, highest first: `1.2.0, 2.0.0` and `2.0.1, 3.0.0` are `2.0.0 → 2.0.1` and `1.2.0 → 3.0.0`. */
export function pairVersions(gone: readonly string[], come: readonly string[], comparison: Comparison): PairedVersions {
  const left = inOrder(gone, comparison)
  const right = inOrder(come, comparison)
  const pairs: (readonly [string, string])[] = []
  const take = (matches: (from: string, to: string) => boolean) => {
    for (const from of [...left].reverse()) {
      const index = right.findLastIndex((to) => matches(from, to))
      const [to] = index === -1 ? [] : right.splice(index, 1)
      if (to === undefined) continue
      left.splice(left.indexOf(from), 1)
      pairs.push([from, to])
    }
  }
  if (left.length > 1 || right.length > 1) {
    const steps = left.length + right.length > MANY ? [] : versionSteps
    for (const step of steps) take((from, to) => comparison.stepBetween(from, to) === step)
  }
  take(() => true)
  return { pairs: pairs.sort((a, b) => compare(a[0], b[0], comparison)), gone: left, come: right }
}

function inOrder(versions: readonly string[], comparison: Comparison): string[] {
  return [...versions].sort((a, b) => compare(a, b, comparison))
}

function compare(a: string, b: string, { compareVersions }: Comparison): number {
  return compareVersions(a, b) || Number(a > b) - Number(a < b)
}
