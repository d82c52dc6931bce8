/** Bun. */
import { linkBins } from '../bin-links.ts'
import { adviceOf, checkNeeds } from '../check-needs.ts'
import { runLifecycle } from '../lifecycle.ts'
import type { ManagerRules } from '../manager.ts'

export const bunRules: ManagerRules = {
  linkBins,
  runScripts: (tree, building) => runLifecycle(tree, building, {}),
  checkTree: async (tree) => checkNeeds(tree, { of: 'locals', advice: adviceOf('bun') }),
}
