/** Yarn 1. */
import { adviceOf, checkNeeds } from '../check-needs.ts'
import { runLifecycle } from '../lifecycle.ts'
import type { ManagerRules } from '../manager.ts'
import { arrangeYarn } from '../yarn-arrange.ts'
import { linkYarnBins } from '../yarn-bins.ts'

export const yarnClassicRules: ManagerRules = {
  arrange: arrangeYarn,
  linkBins: linkYarnBins,
  runScripts: (tree, building) => runLifecycle(tree, building, {}),
  checkTree: async (tree) => checkNeeds(tree, { of: 'locals', advice: adviceOf('yarn') }),
}
