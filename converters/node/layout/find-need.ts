/** Node's rule for finding a package by name: the nearest `node_modules` above the one who asks. */

/** The install paths there are; a map by install path will do. */
export interface NeedIndex {
  has(path: string): boolean
}

const MODULES = 'node_modules'

export function needIndex(paths: Iterable<string>): NeedIndex {
  return new Set(paths)
}

/** The install path that `name` means for a package standing at `from`, or undefined when there is none above it. */
export function findNeed(index: NeedIndex, from: string, name: string): string | undefined {
  // The name of one directory, or of one in a scope: never a way to what is inside another package.
  if (name.includes(`${MODULES}/`)) return undefined
  for (let directory = from; directory !== ''; directory = above(directory)) {
    const path = `${directory}/${MODULES}/${name}`
    if (index.has(path)) return path
  }
  const top = `${MODULES}/${name}`
  return index.has(top) ? top : undefined
}

/** {@link findNeed} for many questions: no path is made for a directory in whose `node_modules` nothing stands. */
export function needFinder(paths: Iterable<string>): (from: string, name: string) => string | undefined {
  const inside = new Map<string, Map<string, string>>()
  for (const path of paths) {
    const start = path.lastIndexOf(`${MODULES}/`)
    const directory = path.slice(0, Math.max(0, start - 1))
    const names = inside.get(directory)
    const name = path.slice(start + MODULES.length + 1)
    if (names === undefined) inside.set(directory, new Map([[name, path]]))
    else names.set(name, path)
  }
  const top = inside.get('')
  return (from, name) => {
    for (let directory = from; directory !== ''; directory = above(directory)) {
      const path = inside.get(directory)?.get(name)
      if (path !== undefined) return path
    }
    return top?.get(name)
  }
}

/** The directory that node looks into next: none is looked for in `node_modules/node_modules`. */
function above(directory: string): string {
  const parent = directory.slice(0, Math.max(0, directory.lastIndexOf('/')))
  if (parent === MODULES) return ''
  return parent.endsWith(`/${MODULES}`) ? parent.slice(0, -MODULES.length - 1) : parent
}
