/** Node's rule for finding a package by name: the nearest `node_modules` above the one who asks. */

/** Directory name below `node_modules` (an alias, perhaps) → where it stands, deepest first. */
export type NeedIndex = ReadonlyMap<string, readonly Standing[]>

interface Standing {
  readonly path: string
  /** The directory whose `node_modules` it is in. */
  readonly parent: string
}

const MODULES = 'node_modules/'

/** Indexes install paths; those that are not below a `node_modules` are passed over. */
export function needIndex(paths: Iterable<string>): NeedIndex {
  const index = new Map<string, Standing[]>()
  for (const path of paths) {
    const start = path.lastIndexOf(MODULES)
    if (start === -1) continue
    const name = path.slice(start + MODULES.length)
    const standing = { path, parent: path.slice(0, Math.max(0, start - 1)) }
    const known = index.get(name)
    if (known === undefined) index.set(name, [standing])
    else known.push(standing)
  }
  for (const standings of index.values()) {
    if (standings.length > 1) standings.sort((a, b) => b.parent.length - a.parent.length)
  }
  return index
}

/** The install path that `name` means for a package standing at `from`, or undefined when there is none above it. */
export function findNeed(index: NeedIndex, from: string, name: string): string | undefined {
  const standings = index.get(name)
  if (standings === undefined) return undefined
  for (const { path, parent } of standings) if (isAt(from, parent)) return path
  return undefined
}

/** Whether `path` is the directory or lies below it. */
function isAt(path: string, directory: string): boolean {
  if (directory === '') return true
  return path.startsWith(directory) && (path.length === directory.length || path[directory.length] === '/')
}
