/** Yarn 2 and later. */
import { installBerry } from './berry-install.ts'
import { linkBins } from '../../bin-links.ts'
import { adviceOf, checkNeeds } from '../../check-needs.ts'
import { runLifecycle } from '../../lifecycle.ts'
import type { ManagerRules } from '../../manager.ts'
import { installEvents } from '../../manifest.ts'

export const yarnBerryRules: ManagerRules = {
  install: installBerry,
  linkBins: (tree) => linkBins(tree),
  runScripts: (tree, building) => runLifecycle(tree, building, {}),
  lifecycle: {},
  // Yarn runs them itself; it has no prepare, and compiles no addon that its own members are.
  ownScripts: () => ({ member: installEvents, project: installEvents, isProjectMember: true, hasNoGyp: true }),
  checkTree: async (tree) => checkNeeds(tree, { of: 'locals', advice: adviceOf('yarn') }),
}
