/** lockfileVersion 2 says everything twice, for npm 6 and for npm 7. Where the halves disagree, npm 7's counts. */
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import type { Entry } from '../entry.ts'
import { readDependencies } from './lock-v1.ts'

/** Warns once, with the first place where a package of `dependencies` is another one in `packages`. */
export function compareHalves(entries: readonly Entry[], root: Fields, warn: (problem: Problem) => void): void {
  if (!root.has('dependencies')) return
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  const disagreeing = readDependencies(root).filter((old) => disagrees(old, byPath.get(old.path)))
  const [first] = disagreeing
  if (first === undefined) return
  const others = disagreeing.length === 1 ? '' : ` (and ${disagreeing.length - 1} more)`
  warn({
    code: 'lock-inconsistent',
    message: `"dependencies" and "packages" disagree about ${shown(first.path)}${others}; "packages" counts`,
    where: first.where,
    hint: 'npm install --package-lock-only',
  })
}

function disagrees(old: Entry, entry: Entry | undefined): boolean {
  // npm 11 leaves marks of packages that do not run here in the old half.
  if (entry === undefined) return old.version !== undefined
  if (old.link || entry.link) return old.link !== entry.link
  if (old.integrity !== undefined && entry.integrity !== undefined) return old.integrity !== entry.integrity
  return isPlain(old) && entry.version !== undefined && old.version !== entry.version
}

/** Versions of git commits and archives are not in the old half. */
function isPlain({ version, resolved }: Entry): boolean {
  return version !== undefined && /^\d/.test(version) && (resolved === undefined || /^https?:/.test(resolved))
}
