/**
 * The command `shell`: links a finished tree into the current directory. A node_modules that is not made of such links is the
 * developer's and is left alone. Never fails: a shell without dependencies is better than none.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { errorText, say } from './failure.ts'
import { linkFarm, localDirs } from './farm.ts'
import { loadRecord, textAt } from './json-value.ts'
import { isPnp, placePnp } from './managers/yarn-berry/pnp-files.ts'

/** Stands in every node_modules that was linked, and holds the tree's path. */
const MARK = '.lock2build-shell'

export function linkShell(jobFile: string, project: string): void {
  try {
    const modules = textAt(loadRecord(jobFile), 'modules')
    if (modules === undefined || !existsSync(`${project}/package.json`)) return
    link(modules, project)
  } catch (error) {
    say(`the dependencies could not be linked: ${errorText(error)}`)
  }
}

function link(modules: string, project: string): void {
  if (isPnp(modules)) return linkPnp(modules, project)
  const dirs = localDirs(modules).filter((dir) => dir === '' || existsSync(`${project}/${dir}/package.json`))
  const all = dirs.map((dir) => `${project}/${dir === '' ? '' : `${dir}/`}node_modules`)
  const foreign = all.find((path) => !isOurs(path))
  if (foreign !== undefined) {
    say(`${foreign} is not from here and stays as it is; to use the locked dependencies, move it away and enter again.`)
    return
  }
  if (all.every((path) => markOf(path) === modules)) return
  linkFarm({ modules, project, hasLocal: (dir) => existsSync(`${project}/${dir}/package.json`) })
  for (const path of all) writeFileSync(`${path}/${MARK}`, modules)
}

/** Copies, with the mark beside the cache. */
function linkPnp(modules: string, project: string): void {
  const known = markOf(`${project}/.yarn`)
  if (known === modules) return
  if (known === undefined && isPnp(project)) {
    say(`${project}/.pnp.cjs is not from here and stays; to use the locked dependencies, move it away and enter again.`)
    return
  }
  placePnp(modules, project)
  writeFileSync(`${project}/.yarn/${MARK}`, modules)
}

function isOurs(path: string): boolean {
  try {
    if (!lstatSync(path).isDirectory()) return false
  } catch {
    return true
  }
  return markOf(path) !== undefined || readdirSync(path).length === 0
}

function markOf(path: string): string | undefined {
  return existsSync(`${path}/${MARK}`) ? readFileSync(`${path}/${MARK}`, 'utf8') : undefined
}
