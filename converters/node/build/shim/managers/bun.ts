/**
 * Bun. Hoisted, it links bins as npm does; isolated, every node_modules has a `.bin` for what stands in it, links included, but for
 * the one that holds a link to everything.
 */
import { linkBins } from '../bin-links.ts'
import { adviceOf, checkNeeds } from '../check-needs.ts'
import { runLifecycle } from '../lifecycle.ts'
import type { ManagerRules } from '../manager.ts'
import type { Tree } from '../tree.ts'

export const bunRules: ManagerRules = {
  linkBins: (tree) => linkBins(withoutHoistedLinks(tree)),
  runScripts: (tree, building) => runLifecycle(tree, building, {}),
  checkTree: async (tree) => checkNeeds(tree, { of: 'locals', advice: adviceOf('bun') }),
}

const HOISTED = 'node_modules/.bun/node_modules/'

function withoutHoistedLinks(tree: Tree): Tree {
  if (![...tree.places.keys()].some((path) => path.startsWith(HOISTED))) return tree
  return { ...tree, places: new Map([...tree.places].filter(([path]) => !path.startsWith(HOISTED))) }
}
