/** Where the parts of a hoisted tree are on disk: what stands inside a member of the workspace is in the member's own directory. */
import type { HoistedPlace, HoistedTree } from './hoist.ts'
import type { FoundPackage } from './resolve-patterns.ts'

/** Install path → what stands there; without what nothing that is installed needs. */
export function hoistedPaths<F extends FoundPackage>(
  tree: HoistedTree<F>,
  aggregator: string | undefined,
): ReadonlyMap<string, HoistedPlace<F>> {
  const inside = new Map<string, string>([['', '']])
  const paths = new Map<string, HoistedPlace<F>>()
  for (const place of tree.values()) {
    const { parts, pkg, isRequired } = place
    // The aggregator, and what is a part of it alone: the members, which stand at the top.
    if (!isRequired || (parts[0] === aggregator && parts.length <= 2)) continue
    const path = `${below(insideOf(parts.slice(0, -1), tree, inside))}node_modules/${pkg.found.name}`
    if (!paths.has(path)) paths.set(path, place)
  }
  return paths
}

/** The same without looking through links, as yarn sorts places. */
export function pathThroughLinks<F extends FoundPackage>(
  { parts }: HoistedPlace<F>,
  tree: HoistedTree<F>,
  aggregator: string | undefined,
): string {
  if (parts[0] !== aggregator) return parts.map((name) => `node_modules/${name}`).join('/')
  const member = tree.get(parts.slice(0, 2).join('#'))?.pkg.found.link?.dir ?? ''
  return [member, ...parts.slice(2).map((name) => `node_modules/${name}`)].join('/')
}

function below(dir: string): string {
  return dir === '' ? '' : `${dir}/`
}

/** The directory whose node_modules holds what is inside of a place. */
function insideOf<F extends FoundPackage>(
  parts: readonly string[],
  tree: HoistedTree<F>,
  known: Map<string, string>,
): string {
  const key = parts.join('#')
  const found = known.get(key)
  if (found !== undefined) return found
  const place: HoistedPlace<F> | undefined = tree.get(key)
  const dir =
    place?.pkg.found.link?.dir ??
    `${below(insideOf(parts.slice(0, -1), tree, known))}node_modules/${parts.at(-1) ?? ''}`
  known.set(key, dir)
  return dir
}
