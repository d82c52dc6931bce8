/** Which packages' install scripts are not run. */
import { isSelected } from '../../layout/script-selector.ts'
import type { ManagerPlan } from '../../node-plan.ts'
import type { InstallJob } from '../job.ts'
import { findOwn, loadRecord, recordAt } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'
import type { Building } from './lay-out.ts'
import type { Manifest } from './manifest.ts'
import { overrideFor } from './selection.ts'
import type { Tree } from './tree.ts'

/**
 * Not run: what an override switches off, what the project's own `allowScripts` denies to an npm that knows it, and, since npm 12,
 * scripts of bundled packages. What npm 12 would leave out only because nobody allowed it is run: the lock file was reviewed, and
 * a package that is silently unbuilt helps nobody.
 */
export function isSkipped(path: string, tree: Tree, building: Building): boolean {
  const { npm, job } = building
  if (overrideFor(job, path, tree.manifests.get(path)).scripts === false) return true
  const { manager } = building.spec.plan
  if (manager !== undefined) return !mayRun(manager, tree.manifests.get(path) ?? {})
  if (npm.major >= 12 && tree.places.get(path)?.bundled === true) return true
  return npm.major >= 11 && isDenied(tree.manifests.get(path), projectManifest(job))
}

function mayRun({ runs = { run: 'all' } }: ManagerPlan, manifest: Partial<Manifest>): boolean {
  switch (runs.run) {
    case 'all':
      return true
    case 'none':
      return false
    case 'only':
      return isSelected(runs.packages, manifest)
    case 'but':
      return !isSelected(runs.packages, manifest)
  }
}

/** The user's own package.json: the one in the tree is reduced. */
function projectManifest({ manifests }: InstallJob): JsonRecord {
  const file = findOwn(manifests, '')
  return file === undefined ? {} : loadRecord(file)
}

/** Keys are selectors. */
function isDenied(manifest: Manifest | undefined, project: JsonRecord): boolean {
  const denied = Object.entries(recordAt(project, 'allowScripts')).filter(([, allowed]) => allowed === false)
  return isSelected(
    denied.map(([selector]) => selector),
    manifest ?? {},
  )
}
