/** Node's rule for finding a package by name: the nearest `node_modules` above the one who asks. */

/** The install path that `name` means for a package standing at `from`, or undefined when nothing stands there. */
export function findNeed(has: (path: string) => boolean, from: string, name: string): string | undefined {
  for (let dir: string | undefined = from; dir !== undefined; dir = parentDirectory(dir)) {
    const path = dir === '' ? `node_modules/${name}` : `${dir}/node_modules/${name}`
    if (has(path)) return path
  }
  return undefined
}

/** The next directory upwards that may hold a `node_modules`; undefined above the project. */
function parentDirectory(dir: string): string | undefined {
  if (dir === '') return undefined
  const modules = dir.lastIndexOf('node_modules/')
  const slash = dir.lastIndexOf('/')
  if (modules === -1) return slash === -1 ? '' : dir.slice(0, slash)
  // `a/node_modules/@scope/name` belongs to `a`; `a/node_modules/name/inner` lies inside `a/node_modules/name`.
  const name = dir.slice(modules + 'node_modules/'.length)
  const parts = name.split('/').length
  const isPackage = parts === (name.startsWith('@') ? 2 : 1)
  if (!isPackage) return dir.slice(0, slash)
  return modules === 0 ? '' : dir.slice(0, modules - 1)
}
