/** Places in the order in which they can be built: what a place needs comes before it, circles are entered where they are met first. */
import { findNeed } from '../../layout/find-need.ts'
import { neededNames } from './manifest.ts'
import type { Tree } from './tree.ts'

/** Some of a tree's places; where nothing else decides, in the order given. */
export function placeOrder(paths: readonly string[], tree: Tree): readonly string[] {
  const wanted = new Set(paths)
  const seen = new Set<string>()
  const ordered: string[] = []
  // Iterative: chains of dependencies are as long as a lock file likes.
  for (const start of paths) {
    const stack = [{ path: start, isDone: false }]
    for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
      if (step.isDone) {
        if (wanted.has(step.path)) ordered.push(step.path)
        continue
      }
      if (seen.has(step.path)) continue
      seen.add(step.path)
      stack.push({ path: step.path, isDone: true })
      for (const need of [...needsOf(step.path, tree)].reverse()) stack.push({ path: need, isDone: false })
    }
  }
  return ordered
}

/** Links are followed to the places they lead to. */
function needsOf(path: string, { manifests, places, index }: Tree): readonly string[] {
  const manifest = manifests.get(path)
  if (manifest === undefined) return []
  return [...neededNames(manifest, false).keys()].flatMap((name) => {
    const found = findNeed(index, path, name)
    if (found === undefined) return []
    return [places.get(found)?.link ?? found]
  })
}
