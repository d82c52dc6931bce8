/** What must not be in the result: npm's private files, node-gyp's notes, empty directories, paths of the build. */
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { say, systemCode } from './failure.ts'
import type { Tree } from './tree.ts'
import { placeLabel } from './tree.ts'

/** Removes places from disk, and the scope and node_modules directories that are empty then. */
export function removePlaces(root: string, paths: Iterable<string>): void {
  for (const path of paths) {
    removeSealed(`${root}/${path}`)
    removeEmpty(root, dirname(path))
  }
}

/** What is kept unpacked gives read-only directories: whoever is not root must make them writable first. */
function removeSealed(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    if (systemCode(error) !== 'EACCES') throw error
    makeWritable(path)
    rmSync(path, { recursive: true, force: true })
  }
}

function makeWritable(directory: string): void {
  chmodSync(directory, 0o755)
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(`${directory}/${entry.name}`)
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

/** Names, on stderr, those of a package's files that hold a path of this build. */
export function warnOfBuildPaths(
  path: string,
  files: readonly string[],
  { root, places }: Tree,
  forbidden: Texts,
): void {
  const place = places.get(path)
  warnOfFiles(`scripts of ${place === undefined ? path : placeLabel(path, place)}`, filesWith(files, forbidden), root)
}

/** The same for what the project's own scripts changed in a package. */
export function warnOfOwnPaths(root: string, path: string, forbidden: Texts): void {
  warnOfFiles("the project's scripts", filesWith(entriesBelow(`${root}/${path}`), forbidden), root)
}

type Texts = readonly string[]

function warnOfFiles(who: string, found: readonly string[], root: string): void {
  if (found.length === 0) return
  const names = found.slice(0, 5).map((file) => file.slice(root.length + 1))
  const more = found.length > 5 ? ` and ${found.length - 5} more` : ''
  say(`warning: ${who} wrote the build directory's path into ${names.join(', ')}${more}.`)
}

/** Those that hold one of the texts, or lead to it. */
export function filesWith(files: readonly string[], forbidden: Texts): readonly string[] {
  return files.filter((file) => {
    const content = lstatSync(file).isSymbolicLink() ? readlinkSync(file) : readFileSync(file)
    return forbidden.some((text) => content.includes(text))
  })
}

/** Files and links of a package that were written after a mark (mark-time.ts), absolute. */
export function entriesSince(packageDir: string, mark: bigint): readonly string[] {
  return entriesBelow(packageDir).filter((file) => lstatSync(file, { bigint: true }).ctimeNs > mark)
}

/** All of them, without those of packages inside of it. */
function entriesBelow(packageDir: string): readonly string[] {
  return directoriesBelow(packageDir).flatMap((dir) =>
    readdirSync(dir, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => `${dir}/${entry.name}`),
  )
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
  return ownFiles(packageDir).filter(isExecutable)
}

export function isExecutable(file: string): boolean {
  const stats = lstatSync(file)
  return stats.isFile() && (stats.mode & 0o111) !== 0
}
