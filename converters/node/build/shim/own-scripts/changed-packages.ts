/** What the project's scripts changed in its node_modules, and how that gets into the result. */
import { lstatSync, readdirSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { localDirs } from '../farm.ts'
import { isPnp } from '../managers/yarn-berry/pnp-files.ts'

/** Project-relative paths of packages, and of whatever else stands in a node_modules; sorted, so that what holds others comes first. */
export interface Changes {
  /** Made, or changed in its own files: those of packages inside of it are their own. */
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

export interface Worked {
  /** The project that scripts have worked in. */
  readonly work: string
  /** Output of the install job that its node_modules is a copy of. */
  readonly modules: string
  /** See mark-time.ts. */
  readonly mark: bigint
}

export function findChanges(worked: Worked): Changes {
  const search: Search = { ...worked, changed: [], removed: [] }
  for (const path of modulesPaths(worked.modules)) visitModules(path, search)
  return { changed: search.changed.sort(), removed: search.removed.sort() }
}

/** The directories that hold a tree's packages; with Plug'n'Play, of those that are no archives. */
export function modulesPaths(modules: string): readonly string[] {
  if (isPnp(modules)) return ['.yarn/unplugged']
  return localDirs(modules).map((dir) => (dir === '' ? 'node_modules' : `${dir}/node_modules`))
}

interface Search extends Worked {
  readonly changed: string[]
  readonly removed: string[]
}

/** Programs, notes of package managers, and what tools keep there to be faster next time: the same as if it were not there. */
const notPackages: ReadonlySet<string> = new Set([
  '.bin',
  '.cache',
  '.vite',
  '.vite-temp',
  '.vitest',
  '.tmp',
  '.package-lock.json',
  '.yarn-integrity',
  '.yarn-state.yml',
  '.modules.yaml',
])

/** Directories of packages' directories, beside scopes. */
const stores: ReadonlySet<string> = new Set(['.pnpm', '.bun', '.store'])

function visitModules(path: string, search: Search): void {
  const here = `${search.work}/${path}`
  const stats = findStats(here)
  if (stats?.isDirectory() !== true) return
  const names = readdirSync(here).filter((name) => !notPackages.has(name))
  if (stats.ctimeNs > search.mark) {
    const left = new Set(names)
    for (const name of namesIn(`${search.modules}/${path}`)) {
      if (!left.has(name) && !notPackages.has(name)) search.removed.push(`${path}/${name}`)
    }
  }
  for (const name of names) {
    const inner = `${path}/${name}`
    if ((name.startsWith('@') || stores.has(name)) && findStats(`${search.modules}/${inner}`)?.isDirectory() === true)
      visitModules(inner, search)
    else visitPackage(inner, search)
  }
}

function visitPackage(path: string, search: Search): void {
  const stats = lstatSync(`${search.work}/${path}`, { bigint: true })
  const isNew = findStats(`${search.modules}/${path}`) === undefined
  const isChanged = stats.isDirectory() && !isNew ? visitOwn(path, search) : false
  if (isNew || isChanged || stats.ctimeNs > search.mark) search.changed.push(path)
}

/** Whether anything below changed; packages inside are visited on their own. */
function visitOwn(dir: string, search: Search): boolean {
  let isChanged = false
  for (const { name } of readdirSync(`${search.work}/${dir}`, { withFileTypes: true })) {
    const path = `${dir}/${name}`
    const stats = lstatSync(`${search.work}/${path}`, { bigint: true })
    if (name === 'node_modules' && stats.isDirectory()) visitModules(path, search)
    else {
      if (stats.ctimeNs > search.mark) isChanged = true
      if (stats.isDirectory() && visitOwn(path, search)) isChanged = true
    }
  }
  return isChanged
}

function namesIn(dir: string): readonly string[] {
  return findStats(dir)?.isDirectory() === true ? readdirSync(dir) : []
}

function findStats(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })
}
