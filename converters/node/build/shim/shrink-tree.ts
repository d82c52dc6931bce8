/** Taking optional packages out of a tree that already stands. */
import { modulesDir } from './bin-links.ts'
import { removeDeadBins, removePlaces } from './clean-up.ts'
import type { Building } from './lay-out.ts'
import { writeLocals } from './local-manifests.ts'
import { rulesOf } from './manager.ts'
import { withoutPlaces } from './selection.ts'
import { loadTree } from './tree.ts'
import type { Tree } from './tree.ts'

/** The tree without some places, on disk too. */
export function shrinkTree(tree: Tree, gone: ReadonlySet<string>, building: Building): Tree {
  if (gone.size === 0) return tree
  const places = withoutPlaces(tree.places, gone)
  const removed = [...tree.places.keys()].filter((path) => !places.has(path))
  removePlaces(tree.root, removed)
  removeDeadBins(tree.root, removed.map(modulesDir))
  writeLocals(tree.root, places, building)
  const smaller = loadTree(tree.root, places, Object.keys(building.spec.plan.local))
  rulesOf(building).linkBins(smaller, building)
  return smaller
}
