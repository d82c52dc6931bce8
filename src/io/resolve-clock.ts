/** The time, for what must not know it by itself. */
import type { ResolveClock } from '../model/resolver.ts'

const DAY = 24 * 60 * 60 * 1000

export const resolveClock: ResolveClock = {
  parse: (text) => {
    const time = Date.parse(text)
    return Number.isNaN(time) ? undefined : new Date(time)
  },
  daysAgo: (days) => new Date(Date.now() - days * DAY),
}
