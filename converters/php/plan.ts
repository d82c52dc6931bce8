/** Lock → plan: what the reader found, without what is left out. */
import type { Plan, PlanOptions } from '../../src/model/converter.ts'
import type { Lock } from '../../src/model/lock.ts'
import { recordOf } from '../../src/model/sorted.ts'
import { recordsOf } from '../../src/text/plan-fields.ts'

/** Composer knows one kind of dependencies that can be left out: `dev`. */
export function planPhp(lock: Lock, { omit }: PlanOptions): Plan {
  const facts = lock.facts ?? {}
  const isWanted = (isDev: boolean) => !isDev || !omit.includes('dev')
  const packages = recordsOf(facts, 'packages').filter(([, pkg]) => isWanted(pkg['dev'] === true))
  const planned = new Set<string>(packages.map(([id]) => id))
  return {
    plan: { ...facts, packages: recordOf(packages) },
    lock: { ...lock, packages: new Map([...lock.packages].filter(([id]) => planned.has(id))) },
    warnings: [],
  }
}
