/**
 * What differs between package managers once the packages are unpacked (for that, see archive/unpack-rules.ts): each has a folder of
 * its own in managers/.
 */
import type { ManagerName } from '../../node-plan.ts'
import type { Building, LayOut } from './lay-out.ts'
import type { LifecycleRules, ScriptBuilding } from './lifecycle.ts'
import type { OwnScriptRules } from './own-scripts/own-scripts.ts'
import type { Places } from './selection.ts'
import type { ScriptOutcome } from './managers/npm/run-scripts.ts'
import type { Tree } from './tree.ts'
import { bunRules } from './managers/bun/bun.ts'
import { npmRules } from './managers/npm/npm.ts'
import { pnpmRules } from './managers/pnpm/pnpm.ts'
import { yarnBerryRules } from './managers/yarn-berry/yarn-berry.ts'
import { yarnClassicRules } from './managers/yarn-classic/yarn-classic.ts'

export interface ManagerRules {
  /**
   * Where the packages' own manifests decide what stands where: moves, adds and removes places of a tree that was just laid out, those
   * that cannot run here included.
   */
  arrange?(root: string, first: Arranged, building: Building): Promise<Arranged>
  /** Instead of everything else, where the plan says that it installs by itself: reads the job, leaves the result at its place. */
  install?(building: Building): Promise<void>
  /** Links every bin of the tree; returns the files they lead to. Called again after the scripts of packages ran. */
  linkBins(tree: Tree, building: Pick<Building, 'spec'>): readonly string[]
  /** Runs the lifecycle scripts of all places that are to be built. Fails for a required package whose script fails. */
  runScripts(tree: Tree, building: Building): Promise<ScriptOutcome>
  /** Environment and order of lifecycle scripts, where the shim runs them. */
  readonly lifecycle: LifecycleRules
  /** Which scripts of the project itself an installation runs. */
  ownScripts(building: Pick<ScriptBuilding, 'job' | 'spec' | 'npm'>): OwnScriptRules
  /** Fails when the tree is not what the lock file says. */
  checkTree(tree: Tree, building: Building): Promise<void>
  /** The last step, on the tree where it was built: files of its own that the package manager leaves. */
  finish?(tree: Tree, building: Building): void
}

/** What stands where, and what came out of the archives. */
export interface Arranged {
  readonly places: Places
  readonly laid: LayOut
}

const rules: Readonly<Record<ManagerName, ManagerRules>> = {
  npm: npmRules,
  'yarn-classic': yarnClassicRules,
  'yarn-berry': yarnBerryRules,
  pnpm: pnpmRules,
  bun: bunRules,
}

export function rulesOf({ spec }: Pick<Building, 'spec'>): ManagerRules {
  return rules[spec.plan.manager?.name ?? 'npm']
}
