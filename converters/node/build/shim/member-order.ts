/** Directories of the project in the order in which they can be built. */
import { findOwn } from './json-value.ts'
import type { NodeSpec } from './spec-reader.ts'

/** Directories and the members that they need, each after what it needs. A circle is built from where it is entered. */
export function withNeeds(spec: NodeSpec, dirs: readonly string[]): readonly string[] {
  const done = new Set<string>()
  const open = new Set<string>()
  const visit = (dir: string): void => {
    if (done.has(dir) || open.has(dir)) return
    open.add(dir)
    for (const need of findOwn(spec.plan.local, dir)?.needs ?? []) if (need !== '') visit(need)
    done.add(dir)
  }
  for (const dir of dirs) visit(dir)
  return [...done]
}
