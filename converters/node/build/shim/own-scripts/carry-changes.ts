/**
 * What scripts changed in packages, brought into the result: its node_modules is then a tree of its own, because what is linked from
 * elsewhere would find its unchanged neighbours there. Development dependencies and caches stay behind.
 */
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname, isAbsolute, relative } from 'node:path'
import { scriptsBelow, warnOfOwnPaths } from '../clean-up.ts'
import { copyTree } from '../copy-tree.ts'
import type { Farm } from '../farm.ts'
import { findManifest } from '../manifest.ts'
import type { Project } from '../project.ts'
import { patchShebangs } from '../shebangs.ts'
import { findChanges, modulesPaths } from './changed-packages.ts'
import type { Changes } from './changed-packages.ts'

export interface Carried extends Changes {
  /** Where the packages stand now, under the paths that they had. */
  readonly from: string
}

/** Moves the packages out of the work directory; undefined: nothing of them changed. */
export function takeChanges({ job, mark }: Project): Carried | undefined {
  if (mark === undefined) return undefined
  const changes = findChanges({ work: job.work, modules: job.modules, mark })
  if (changes.changed.length + changes.removed.length === 0) return undefined
  const from = `${job.work}.state/changed`
  for (const path of modulesPaths(job.modules)) {
    if (!existsSync(`${job.work}/${path}`)) continue
    mkdirSync(dirname(`${from}/${path}`), { recursive: true })
    renameSync(`${job.work}/${path}`, `${from}/${path}`)
  }
  return { ...changes, from }
}

/** `to`: the result's packages, copied. */
export async function carryChanges(carried: Carried, to: Farm, { job, pool }: Project): Promise<void> {
  const { from, changed, removed } = carried
  for (const path of removed) {
    if (isSame(path, job.modules, path, to.modules)) rmSync(`${to.project}/${path}`, { recursive: true, force: true })
  }
  for (const path of changed) {
    for (const target of targetsOf(path, job.modules, to)) {
      const place = `${to.project}/${target}`
      removeOwn(place)
      if (lstatSync(`${from}/${path}`).isSymbolicLink()) link(path, place, from, job.work)
      else await copyOwn(`${from}/${path}`, place, pool)
      if (job.shebangs !== 'pristine' && lstatSync(place).isDirectory()) patchShebangs(scriptsBelow(place))
      warnOfOwnPaths(to.project, target, [job.work, job.out])
    }
  }
}

/** Where a package of the work directory stands in the result: usually at the same path; nowhere, if only development needs it. */
function targetsOf(path: string, modules: string, to: Farm): readonly string[] {
  if (!isThere(`${modules}/${path}`)) return isThere(`${to.project}/${ownerOf(path)}`) ? [path] : []
  if (isSame(path, modules, path, to.modules)) return [path]
  // Without development dependencies, some package managers hoist others.
  const name = path.slice(path.lastIndexOf('node_modules/'))
  return modulesPaths(to.modules)
    .flatMap((dir) => placesOf(name, dir, to.modules))
    .filter((place) => isSame(path, modules, place, to.modules))
}

/** What a path's innermost node_modules belongs to. */
function ownerOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/')))
}

/** `name`: `node_modules/a`. Links are not followed. */
function placesOf(name: string, dir: string, modules: string): readonly string[] {
  return readdirSync(`${modules}/${dir}`, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return []
    const path = `${dir}/${entry.name}`
    return [...(`/${path}`.endsWith(`/${name}`) ? [path] : []), ...placesOf(name, path, modules)]
  })
}

/** The same release of a package, or, where there is no package.json, something of the same name. */
function isSame(path: string, modules: string, other: string, others: string): boolean {
  if (!isThere(`${modules}/${path}`) || !isThere(`${others}/${other}`)) return false
  const [a, b] = [findManifest(`${modules}/${path}`), findManifest(`${others}/${other}`)]
  return a?.name === b?.name && a?.version === b?.version
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** All but the packages that stand inside. */
function removeOwn(place: string): void {
  const stats = lstatSync(place, { throwIfNoEntry: false })
  if (stats?.isDirectory() !== true) return rmSync(place, { force: true })
  for (const name of readdirSync(place))
    if (name !== 'node_modules') rmSync(`${place}/${name}`, { recursive: true, force: true })
}

async function copyOwn(from: string, place: string, pool: Project['pool']): Promise<void> {
  if (lstatSync(from).isFile()) {
    mkdirSync(dirname(place), { recursive: true })
    copyFileSync(from, place)
  } else await copyTree(from, place, pool, { writable: true, skip: (path) => path === 'node_modules' })
}

/** A link to a path of the build directory becomes one that stays right. */
function link(path: string, place: string, from: string, work: string): void {
  const target = readlinkSync(`${from}/${path}`)
  const isInside = isAbsolute(target) && target.startsWith(`${work}/`)
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(isInside ? relative(dirname(`${work}/${path}`), target) : target, place)
}
