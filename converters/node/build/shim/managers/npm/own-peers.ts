/** Whose peer dependencies npm insists on. */
import { findNeed } from '../../../../layout/find-need.ts'
import { textsAt } from '../../json-value.ts'
import type { Manifest } from '../../manifest.ts'
import type { Tree } from '../../tree.ts'

/**
 * What the project itself asks for, and the peers of that, and theirs, by place. Where these contradict each other npm refuses to
 * install; of all others it only warns (arborist's `#loadPeerSet`), and `npm ci` installs what the lock file says.
 */
export function findOwnPeers({ index, locals, manifests }: Tree): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (from: string, { json }: Manifest, groups: readonly string[]): void => {
    for (const name of groups.flatMap((group) => Object.keys(textsAt(json, group)))) {
      const path = findNeed(index, from, name)
      if (path === undefined || found.has(path)) continue
      found.add(path)
      const manifest = manifests.get(path)
      if (manifest !== undefined) visit(path, manifest, ['peerDependencies'])
    }
  }
  const all = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']
  for (const [dir, manifest] of locals) visit(dir, manifest, all)
  return found
}
