/** Names of the parts of a project that can be asked for; see Selector of python-plan.ts. */
import type { Selector } from '../python-plan.ts'

/** `part`: as an edge's group has it, undefined for what is always needed; `root`: '' for the project itself. */
export function selectorOf(root: string, part: string | undefined): Selector {
  const name = part === undefined ? 'main' : part.startsWith('extra:') ? part : `group:${part}`
  return root === '' ? name : `${root}:${name}`
}

/** `omit`: names of groups, and `extra:name`; `group:name` is understood too. They count for every member of a workspace. */
export function isPartOmitted(part: string | undefined, omit: readonly string[]): boolean {
  return part !== undefined && (omit.includes(part) || omit.includes(`group:${part}`))
}
