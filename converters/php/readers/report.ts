/** Problems of one object of a file, for what reads texts and knows no places. */
import type { Fields } from '../../../src/text/fields.ts'
import type { Report } from '../../../src/text/locations.ts'

/** At a key of it, or at the object itself. */
export function reportAt(entry: Fields, key?: string): Report {
  return (code, message, hint) => {
    entry.addProblem(code, message, { ...(key === undefined ? {} : { key }), ...(hint === undefined ? {} : { hint }) })
    return undefined
  }
}
