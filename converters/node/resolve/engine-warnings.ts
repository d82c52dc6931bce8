/** Packages of a tree that say that they do not run on this node and npm: npm installs them nevertheless, and says so one by one. */
import type { Problem } from '../../../src/problem.ts'
import { satisfies } from '../semver-range.ts'
import { isRecord, shownPlain, textOf } from './explanation.ts'
import type { IdealTree, TreeNode } from './npm-modules.ts'
import type { NpmOptions } from './npm-options.ts'

const SHOWN = 5

/** At most one warning. */
export function engineWarnings(tree: IdealTree, { nodeVersion, npmVersion }: NpmOptions): readonly Problem[] {
  const versions = { node: String(nodeVersion), npm: String(npmVersion) }
  const strangers = [...tree.inventory.values()].filter((node) => isRequired(node) && !runsOn(node, versions))
  const names = [...new Set(strangers.map(({ packageName, version }) => `${packageName}@${version}`))].sort()
  if (names.length === 0) return []
  const rest = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : ''
  const subject = names.length === 1 ? '1 package wants' : `${names.length} packages want`
  return [
    {
      code: 'manifest-mismatch',
      message: `${subject} another node or npm: ${names.slice(0, SHOWN).map(shownPlain).join(', ')}${rest}`,
      where: { file: 'package.json' },
      hint: `node ${versions.node} resolved this project; ask for older versions of them, or build with another node`,
    },
  ]
}

/** What is optional is left out where it does not run. */
function isRequired({ isProjectRoot, isLink, optional, version }: TreeNode): boolean {
  return !isProjectRoot && !isLink && !optional && Boolean(version)
}

function runsOn({ package: { engines } }: TreeNode, versions: Readonly<Record<string, string>>): boolean {
  if (!isRecord(engines)) return true
  return Object.entries(versions).every(([name, version]) => {
    const range = textOf(engines, name)
    return range === '' || satisfies(version.replace(/^v/, ''), range) !== false
  })
}
