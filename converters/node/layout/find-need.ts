/** Node's rule for finding a package by name: the nearest `node_modules` above the one who asks. */

/** The install paths there are; a map by install path will do. */
export interface NeedIndex {
  has(path: string): boolean
}

const MODULES = 'node_modules'
const BELOW = '/node_modules'
const MODULES_OF = 'node_modules/'

export function needIndex(paths: Iterable<string>): NeedIndex {
  return new Set(paths)
}

/** The install path that `name` means for a package standing at `from`, or undefined when there is none above it. */
export function findNeed(index: NeedIndex, from: string, name: string): string | undefined {
  // The name of one directory, or of one in a scope: never a way to what is inside another package.
  if (name.includes(MODULES_OF)) return undefined
  for (let directory = from; directory !== ''; directory = above(directory)) {
    const path = `${directory}/${MODULES}/${name}`
    if (index.has(path)) return path
  }
  const top = `${MODULES}/${name}`
  return index.has(top) ? top : undefined
}

/** The same of whatever is asked for there, as far as it is found. */
export function findNeeds(index: NeedIndex, from: string, asks: readonly { readonly as: string }[]): readonly string[] {
  return asks.flatMap(({ as }) => findNeed(index, from, as) ?? [])
}

/** {@link findNeed} of one who asks. */
export type FindName = (name: string) => string | undefined

/** {@link findNeed} for many questions: which `node_modules` somebody looks into is found out once for all names, and no path is made. */
export function needFinder(paths: readonly string[]): (from: string) => FindName {
  const inside = new Map<string, Map<string, string>>()
  paths.forEach((path) => {
    const start = path.lastIndexOf(MODULES_OF)
    const directory = path.slice(0, Math.max(0, start - 1))
    const names = inside.get(directory) ?? new Map<string, string>()
    if (names.size === 0) inside.set(directory, names)
    names.set(path.slice(start + MODULES_OF.length), path)
  })
  const top = inside.get('')
  const findAtTop: FindName = (name) => top?.get(name)
  return (from) => {
    const near: ReadonlyMap<string, string>[] = []
    for (let directory = from; directory !== ''; directory = above(directory)) {
      const names = inside.get(directory)
      if (names !== undefined) near.push(names)
    }
    return near.length === 0 ? findAtTop : (name) => findIn(near, name) ?? findAtTop(name)
  }
}

function findIn(near: readonly ReadonlyMap<string, string>[], name: string): string | undefined {
  for (const names of near) {
    const path = names.get(name)
    if (path !== undefined) return path
  }
  return undefined
}

/** The directory that node looks into next: none is looked for in `node_modules/node_modules`. */
function above(directory: string): string {
  const parent = directory.slice(0, Math.max(0, directory.lastIndexOf('/')))
  if (parent === MODULES) return ''
  return parent.endsWith(BELOW) ? parent.slice(0, -BELOW.length) : parent
}
