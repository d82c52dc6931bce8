/** Which packages' install scripts are not run. */
import { isSelected } from '../../layout/script-selector.ts'
import type { ManagerName, ManagerPlan } from '../../node-plan.ts'
import type { InstallJob } from '../job.ts'
import { told } from './failure.ts'
import { findOwn, loadRecord, recordAt } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'
import type { Building } from './lay-out.ts'
import type { Manifest } from './manifest.ts'
import type { Npm } from './npm.ts'
import { overrideFor, placeName } from './selection.ts'
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

/** What may help when a package's script fails. */
export function adviceOnScripts(path: string, tree: Tree, { npm, spec }: Pick<Building, 'npm' | 'spec'>): string {
  const name = told(JSON.stringify(tree.manifests.get(path)?.name ?? placeName(path)))
  const setting = `overrides.${name}`
  const inProject = denial(name, spec.plan.manager?.name ?? 'npm', npm)
  const ways = [`${setting}.scripts = false in default.nix`, ...(inProject === undefined ? [] : [inProject])]
  return `If the script is not needed: ${ways.join(', or ')}. If it lacks a tool or a setting: ${setting}.buildInputs or .env.`
}

/** How a project says to its package manager that a package is not built. */
function denial(name: string, manager: ManagerName, npm: Npm): string | undefined {
  switch (manager) {
    case 'npm':
      return npm.major < 11 ? undefined : `"allowScripts": { ${name}: false } in package.json`
    case 'yarn-berry':
      return `"dependenciesMeta": { ${name}: { "built": false } } in package.json`
    case 'pnpm':
      return `${name} not among what pnpm may build`
    case 'bun':
      return `${name} not in "trustedDependencies" of package.json`
    case 'yarn-classic':
      return undefined
  }
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
