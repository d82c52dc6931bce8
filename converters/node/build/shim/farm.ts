/**
 * A node_modules directory of symlinks into a finished tree: real directories for node_modules, scopes and .bin, one link per
 * package. Links to the project's own directories stay relative, so they lead to the project and not to the tree.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, rmdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { copyTree } from './copy-tree.ts'
import { isPnp, placePnp } from './managers/yarn-berry/pnp-files.ts'
import type { WorkerPool } from './worker-pool.ts'

export interface Farm {
  /** Output of an install job. */
  readonly modules: string
  readonly project: string
  /** Which local directories stand in the project; links to others are left out. */
  readonly hasLocal: (dir: string) => boolean
}

/** Makes every node_modules the tree has, the project's own and its local directories'; what stood there is removed. */
export function linkFarm(farm: Farm): void {
  if (isPnp(farm.modules)) return placePnp(farm.modules, farm.project)
  for (const dir of localDirs(farm.modules)) {
    if (dir === '' || farm.hasLocal(dir)) linkModules(farm, dir)
  }
}

/** The same as copies, which may be written into. */
export async function copyFarm(farm: Farm, pool: WorkerPool): Promise<void> {
  if (isPnp(farm.modules)) return placePnp(farm.modules, farm.project)
  for (const dir of localDirs(farm.modules)) {
    if (dir === '' || farm.hasLocal(dir)) await copyModules(farm, dir, pool)
  }
}

async function copyModules(farm: Farm, dir: string, pool: WorkerPool): Promise<void> {
  const path = dir === '' ? 'node_modules' : `${dir}/node_modules`
  const to = `${farm.project}/${path}`
  rmSync(to, { recursive: true, force: true })
  await copyTree(`${farm.modules}/${path}`, to, pool, {
    as: 'writable',
    skip: (inner) =>
      inner === '.package-lock.json' || (/^(?:@[^/]+\/)?[^/]+$/.test(inner) && leadsNowhere(farm, `${path}/${inner}`)),
  })
  for (const name of readdirSync(to)) {
    if (name.startsWith('@') && readdirSync(`${to}/${name}`).length === 0) rmdirSync(`${to}/${name}`)
  }
}

/** Local directories of a tree that have a node_modules, the project ('') first. */
export function localDirs(modules: string): readonly string[] {
  const found: string[] = []
  const visit = (dir: string): void => {
    const here = dir === '' ? modules : `${modules}/${dir}`
    for (const entry of readdirSync(here, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === 'node_modules') found.push(dir)
      // Yarn's cache and unplugged packages hold such directories of their own.
      else if (entry.isDirectory() && entry.name !== '.yarn') visit(dir === '' ? entry.name : `${dir}/${entry.name}`)
    }
  }
  visit('')
  return found.sort()
}

function linkModules(farm: Farm, dir: string): void {
  const path = dir === '' ? 'node_modules' : `${dir}/node_modules`
  const from = `${farm.modules}/${path}`
  const to = `${farm.project}/${path}`
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from).sort()) {
    if (name === '.package-lock.json') continue
    if (name === '.bin' || (name.startsWith('@') && lstatSync(`${from}/${name}`).isDirectory())) {
      linkEntries(farm, `${path}/${name}`)
    } else linkEntry(farm, `${path}/${name}`)
  }
}

/** The directory is made with its first entry: npm leaves no empty ones. */
function linkEntries(farm: Farm, path: string): void {
  for (const name of readdirSync(`${farm.modules}/${path}`).sort()) linkEntry(farm, `${path}/${name}`)
}

function linkEntry(farm: Farm, path: string): void {
  if (leadsNowhere(farm, path)) return
  const original = `${farm.modules}/${path}`
  const target = lstatSync(original).isSymbolicLink() ? readlinkSync(original) : original
  mkdirSync(dirname(`${farm.project}/${path}`), { recursive: true })
  symlinkSync(target, `${farm.project}/${path}`)
}

/** A link to a local directory that is not there. Bins lead to `../name/file`, which is a link of this farm. */
function leadsNowhere({ modules, hasLocal }: Farm, path: string): boolean {
  const original = `${modules}/${path}`
  if (path.includes('/.bin/') || !lstatSync(original).isSymbolicLink()) return false
  const local = join(dirname(path), readlinkSync(original))
  const isPlace = /(?:^|\/)node_modules\//.test(local)
  return local !== '.' && !isPlace && !hasLocal(local)
}

/** Removes bin links that lead nowhere: those of local directories that are not there, or were not built. */
export function removeDeadFarmBins({ modules, project }: Farm): void {
  for (const dir of localDirs(modules)) {
    const bin = `${project}/${dir === '' ? '' : `${dir}/`}node_modules/.bin`
    if (!existsSync(bin)) continue
    for (const name of readdirSync(bin)) if (!existsSync(`${bin}/${name}`)) rmSync(`${bin}/${name}`)
  }
}
