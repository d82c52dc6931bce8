/** Ages as they are typed: `12h`, `30d`, `8w`. */
import { fail, shown } from '../problem.ts'

const HOUR = 60 * 60 * 1000
const units: Readonly<Record<string, number>> = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR }

/** In milliseconds. Throws `usage`. */
export function readAge(option: string, text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? []
  if (count !== undefined) return Number(count) * (units[unit] ?? 0)
  return fail({
    code: 'usage',
    message: `--${option} cannot be ${shown(text)}`,
    hint: 'it is a number of hours, days or weeks: 12h, 30d, 8w',
  })
}
