/** Tools that cannot be told a date, but how old a release must be. */
import type { ResolveClock, ResolveRequest } from '../model/resolver.ts'
import { fail } from '../problem.ts'

export interface AgedTool {
  /** As its users call it. */
  readonly name: string
  readonly version: string
  /** Its first release that can be told. */
  readonly since: readonly [major: number, minor: number]
}

/**
 * How old what counts must be, in units of so many seconds, rounded up: nothing younger than `before` is taken. undefined: any age will
 * do. Throws `usage` for a release that cannot be told.
 */
export function findAge(
  { before }: ResolveRequest,
  clock: ResolveClock,
  { name, version, since }: AgedTool,
  unit: number,
): number | undefined {
  if (before === undefined) return undefined
  if (!isAtLeast(version, since)) {
    fail({
      code: 'usage',
      message: `${name} ${version} cannot be told how old a release must be`,
      hint: `use ${name} ${since.join('.')} or later, or leave the option out`,
    })
  }
  const seconds = (clock.daysAgo(0).getTime() - before.getTime()) / 1000
  return Math.max(0, Math.ceil(seconds / unit))
}

function isAtLeast(version: string, [major, minor]: AgedTool['since']): boolean {
  const [first = 0, second = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return first > major || (first === major && second >= minor)
}

export const MINUTE = 60
export const DAY = 24 * 60 * 60
