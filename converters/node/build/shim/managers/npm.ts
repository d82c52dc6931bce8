/** npm: it runs the scripts and judges the tree itself. */
import { linkBins } from '../bin-links.ts'
import { checkTree } from '../check-tree.ts'
import type { ManagerRules } from '../manager.ts'
import { runScripts } from '../run-scripts.ts'

export const npmRules: ManagerRules = { linkBins, runScripts, checkTree }
