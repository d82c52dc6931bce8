/** Whether everything that manifests ask for is there: the check that needs no package manager. */
import { findNeed } from '../../layout/find-need.ts'
import { fail } from './failure.ts'
import { textsAt } from './json-value.ts'
import { placeLabel } from './tree.ts'
import type { Tree } from './tree.ts'

export interface NeedCheck {
  /** `locals`: the project's own manifests alone, where settings of the project may change what packages ask for. */
  readonly of: 'all' | 'locals'
  readonly advice: string
  /** What is in the plan for other systems only, though it is required. */
  readonly isLeftOut?: (path: string, name: string) => boolean
}

/** Fails with the first dependency that is missing: npm 7 does not notice one of a dependency, later ones name its archive only. */
export function checkNeeds({ places, manifests, locals, index }: Tree, { of, advice, isLeftOut }: NeedCheck): void {
  for (const [path, manifest] of [...locals, ...(of === 'all' ? manifests : [])]) {
    const place = places.get(path)
    if (place?.bundled === true) continue
    const optional = textsAt(manifest.json, 'optionalDependencies')
    for (const [name, range] of Object.entries(textsAt(manifest.json, 'dependencies'))) {
      if (name in optional || findNeed(index, path, name) !== undefined || isLeftOut?.(path, name) === true) continue
      const who = place === undefined ? `package.json${path === '' ? '' : ` of ${path}`}` : placeLabel(path, place)
      fail(`${who} needs ${name}@${range}, which the lock file does not hold. ${advice}`)
    }
  }
}

export function adviceOf(manager: string): string {
  return `Run ${manager} install in the project, so that package.json and the lock file agree, and then lock2build.`
}
