/** What must not be in the result: npm's private files, node-gyp's notes, empty directories, paths of the build. */
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { say } from './failure.ts'
import type { Tree } from './tree.ts'
import { placeLabel } from './tree.ts'

/** Removes places from disk, and the scope and node_modules directories that are empty then. */
export function removePlaces(root: string, paths: Iterable<string>): void {
  for (const path of paths) {
    rmSync(`${root}/${path}`, { recursive: true, force: true })
    removeEmpty(root, dirname(path))
  }
}

/** Removes bin links whose target is gone. */
export function removeDeadBins(root: string, modulesDirs: Iterable<string>): void {
  for (const dir of new Set(modulesDirs)) {
    const bin = `${root}/${dir}/.bin`
    if (!existsSync(bin)) continue
    for (const name of readdirSync(bin)) {
      if (lstatSync(`${bin}/${name}`).isSymbolicLink() && !existsSync(`${bin}/${name}`)) rmSync(`${bin}/${name}`)
    }
    removeEmpty(root, `${dir}/.bin`)
  }
}

function removeEmpty(root: string, path: string): void {
  for (let dir = path; dir !== '.' && dir !== 'node_modules'; dir = dirname(dir)) {
    if (!existsSync(`${root}/${dir}`) || readdirSync(`${root}/${dir}`).length > 0) return
    rmdirSync(`${root}/${dir}`)
  }
}

const gypLeftover = /^(?:Makefile|config\.gypi|binding\.Makefile|gyp-mac-tool|node_gyp_bins|.*\.mk|.*\.d)$/
const gypDirectory = /^(?:\.deps|obj\.target|node_gyp_bins)$/

/** Removes what node-gyp leaves beside an addon: makefiles and dependency lists, all full of absolute paths. */
export function removeGypLeftovers(packageDir: string): void {
  for (const dir of directoriesBelow(packageDir)) {
    if (existsSync(`${dir}/config.gypi`) && existsSync(`${dir}/Makefile`)) removeGypFiles(dir)
  }
}

function removeGypFiles(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = `${dir}/${entry.name}`
    const isDirectory = entry.isDirectory()
    if ((isDirectory ? gypDirectory : gypLeftover).test(entry.name)) rmSync(path, { recursive: true })
    else if (isDirectory) {
      removeGypFiles(path)
      if (readdirSync(path).length === 0) rmdirSync(path)
    }
  }
}

/** Own directories of a package, itself included, without the packages inside of it. */
function directoriesBelow(dir: string): readonly string[] {
  if (!existsSync(dir)) return []
  const inner = readdirSync(dir, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'node_modules',
  )
  return [dir, ...inner.flatMap((entry) => directoriesBelow(`${dir}/${entry.name}`))]
}

/** Names, on stderr, the files of packages whose scripts ran that hold a path of this build. */
export function warnOfBuildPaths(tree: Tree, ran: readonly string[], forbidden: readonly string[]): void {
  for (const path of ran) {
    const place = tree.places.get(path)
    const found = filesWith(`${tree.root}/${path}`, forbidden)
    warnOfFiles(`scripts of ${place === undefined ? path : placeLabel(path, place)}`, found, tree.root)
  }
}

/** The same for what the project's own scripts changed in a package. */
export function warnOfOwnPaths(root: string, path: string, forbidden: readonly string[]): void {
  warnOfFiles("the project's scripts", filesWith(`${root}/${path}`, forbidden), root)
}

function warnOfFiles(who: string, found: readonly string[], root: string): void {
  if (found.length === 0) return
  const names = found.slice(0, 5).map((file) => file.slice(root.length + 1))
  const more = found.length > 5 ? ` and ${found.length - 5} more` : ''
  say(`warning: ${who} wrote the build directory's path into ${names.join(', ')}${more}.`)
}

/** Files of a package that hold one of these texts. */
function filesWith(packageDir: string, forbidden: readonly string[]): readonly string[] {
  return directoriesBelow(packageDir)
    .flatMap((dir) =>
      readdirSync(dir, { withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => `${dir}/${entry.name}`),
    )
    .filter((file) => forbidden.some((text) => holds(file, text)))
}

function holds(file: string, text: string): boolean {
  return lstatSync(file).isSymbolicLink() ? readlinkSync(file).includes(text) : readFileSync(file).includes(text)
}

/** Regular files of a package, absolute, without those of packages inside of it. */
export function ownFiles(packageDir: string): readonly string[] {
  return directoriesBelow(packageDir).flatMap((dir) =>
    readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${dir}/${entry.name}`),
  )
}

/** Executable files of a package: what may start with `#!`. */
export function scriptsBelow(packageDir: string): readonly string[] {
  return ownFiles(packageDir).filter((file) => (lstatSync(file).mode & 0o111) !== 0)
}
