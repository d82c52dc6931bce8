/**
 * pnpm: programs are shell scripts, lifecycle scripts run from the leaves of the tree to the project, with
 * node_modules/.pnpm/node_modules/.bin on their PATH; an optional package whose script fails stays where it is.
 */
import { adviceOf, checkNeeds } from '../../check-needs.ts'
import type { Building } from '../../lay-out.ts'
import { runLifecycle } from '../../lifecycle.ts'
import type { LifecycleRules, ScriptBuilding, ScriptTree } from '../../lifecycle.ts'
import type { ManagerRules } from '../../manager.ts'
import { installEvents } from '../../manifest.ts'
import type { OwnScriptRules } from '../../own-scripts/own-scripts.ts'
import type { Environment } from '../../run-program.ts'
import { linkPnpmBins } from './pnpm-bins.ts'
import { installWithPnpm } from './pnpm-install.ts'
import type { ScriptOutcome } from '../npm/run-scripts.ts'
import type { Tree } from '../../tree.ts'

const lifecycle: LifecycleRules = {
  environment: (path, tree, building) => environmentOf(path, tree, building),
  binDirs: (path) => [...binDirsAbove(path), 'node_modules/.pnpm/node_modules/.bin'],
}

export const pnpmRules: ManagerRules = {
  install: installWithPnpm,
  linkBins: (tree, { spec }) => linkPnpmBins(tree, spec.plan.manager),
  runScripts,
  lifecycle,
  ownScripts,
  checkTree,
}

/** Directories that are linked and no members of the workspace install for themselves. */
async function checkTree(tree: Tree, { spec }: Building): Promise<void> {
  const { local } = spec.plan
  const locals = new Map([...tree.locals].filter(([dir]) => dir === '' || local[dir]?.workspace === true))
  checkNeeds({ ...tree, locals }, { of: 'locals', advice: adviceOf('pnpm') })
}

async function runScripts(tree: Tree, building: Building): Promise<ScriptOutcome> {
  const { ran } = await runLifecycle(tree, building, lifecycle)
  // Programs may be something else now: what was a script for node is a binary.
  linkPnpmBins(tree, building.spec.plan.manager)
  return { ran, failed: [] }
}

function environmentOf(path: string, { root }: ScriptTree, { spec }: ScriptBuilding): Environment {
  const version = spec.plan.manager?.version ?? ''
  return {
    npm_command: 'install',
    // For scripts that start pnpm: it would look whether everything is installed as it installs it.
    pnpm_config_verify_deps_before_run: 'false',
    npm_config_user_agent: `pnpm/${version} npm/? node/${process.version} ${process.platform} ${process.arch}`,
    PNPM_SCRIPT_SRC_DIR: path === '' ? root : `${root}/${path}`,
  }
}

/** Every project of the workspace is one of them. Since 11, what concerns development is not run where that is left out. */
function ownScripts({ job, spec }: Pick<ScriptBuilding, 'job' | 'spec'>): OwnScriptRules {
  const major = Number.parseInt(spec.plan.manager?.version ?? '', 10)
  const isProduction = major >= 11 && job.omit.includes('dev')
  const prepare = major < 9 ? ['prepare'] : ['preprepare', 'prepare', 'postprepare']
  const events = [...installEvents, ...(isProduction ? [] : prepare)]
  return { first: isProduction ? [] : ['pnpm:devPreinstall'], member: events, project: events, isProjectMember: true }
}

/** The package's own, and those of every node_modules above it. */
function binDirsAbove(path: string): readonly string[] {
  const dirs = [`${path}/node_modules/.bin`]
  for (let at = path.lastIndexOf('/node_modules/'); at !== -1; at = path.lastIndexOf('/node_modules/', at - 1)) {
    dirs.push(`${path.slice(0, at)}/node_modules/.bin`)
  }
  return [...dirs, 'node_modules/.bin']
}
