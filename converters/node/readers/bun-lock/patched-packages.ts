/** `patchedDependencies`: `name@version` (for git and archives, what the lock file calls them) → a patch file of the project. */
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { pathFault } from '../install-path.ts'
import { plainPath } from '../../../../src/text/locations.ts'

/** Project-relative paths by what an entry of `packages` calls itself. Reports paths that leave the project. */
export function readPatches(root: Fields, report: (problem: Problem) => void): ReadonlyMap<string, string> {
  const patches = new Map<string, string>()
  const fields = root.object('patchedDependencies')
  fields?.forEachText((id, text) => {
    const path = plainPath(text)
    const fault = pathFault(path)
    if (fault === undefined) patches.set(id, path)
    else report({ code: fault.code, message: `${fault.message}: ${shown(text)}`, where: fields.where(id) })
  })
  return patches
}
