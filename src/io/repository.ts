/**
 * How far paths of a project may climb. A lock file may name what stands beside its project (`../lib`) where one git repository holds
 * both: then they are committed, reviewed and cloned together. What is outside of the repository is none of its business.
 */
import { dirname, join } from 'node:path'
import { fail, shown } from '../problem.ts'
import { besideProblem } from '../text/locations.ts'
import { findStats } from './inside.ts'

/** How many directories above `directory` its repository holds; undefined: it is in none. */
export function findReach(directory: string): number | undefined {
  for (let at = directory, level = 0; ; level++, at = dirname(at)) {
    if (findStats(join(at, '.git')) !== undefined) return level
    if (dirname(at) === at) return undefined
  }
}

const looked = new Set<string>()

/** Real paths of files and directories beside a project that this run has looked at, sorted. */
export function lookedBeside(): readonly string[] {
  return [...looked].sort()
}

/** See {@link lookedBeside}. */
export function noteBeside(real: string): void {
  looked.add(real)
}

/** `count` directories above `root` (a real path), where the repository that holds `root` reaches so far; `path` is what asks for it. */
export function climb(root: string, count: number, path: string): string {
  const reach = findReach(root)
  return reach !== undefined && reach >= count ? ancestor(root, count) : fail(besideProblem(shown(path), reach))
}

function ancestor(directory: string, count: number): string {
  return count === 0 ? directory : ancestor(dirname(directory), count - 1)
}
