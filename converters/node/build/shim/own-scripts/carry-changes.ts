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

export interface Carried {
  /** Where the packages of the work directory stand now, under the paths that they had. */
  readonly from: string
  readonly moves: readonly Move[]
  /** Paths of the result. */
  readonly removed: readonly string[]
}

interface Move {
  readonly path: string
  /** In the result. */
  readonly target: string
  /** Scripts made it, with all that is in it; else it is what they changed in a package, without the packages that stand inside. */
  readonly isNew: boolean
}

/** Moves the packages out of the work directory; undefined: nothing changed of what the result has. */
export function takeChanges({ job, mark }: Project): Carried | undefined {
  if (mark === undefined) return undefined
  const { modules, productionModules } = job
  const changes = findChanges({ work: job.work, modules, mark })
  const moves = changes.changed.flatMap((path) => movesOf(path, modules, productionModules))
  const removed = changes.removed.filter((path) => isSame(path, modules, path, productionModules))
  if (moves.length + removed.length === 0) return undefined
  const from = `${job.work}.state/changed`
  for (const path of modulesPaths(modules)) {
    if (!existsSync(`${job.work}/${path}`)) continue
    mkdirSync(dirname(`${from}/${path}`), { recursive: true })
    renameSync(`${job.work}/${path}`, `${from}/${path}`)
  }
  return { from, moves, removed }
}

/** `to`: the result, whose packages are copies. */
export async function carryChanges({ from, moves, removed }: Carried, to: Farm, { job, pool }: Project): Promise<void> {
  for (const path of removed) rmSync(`${to.project}/${path}`, { recursive: true, force: true })
  for (const { path, target, isNew } of moves) {
    const local = /^(.*?)\/?node_modules\//.exec(target)?.[1] ?? ''
    // Of a member that is no part of this result.
    if (local !== '' && !local.startsWith('.yarn/') && !to.hasLocal(local)) continue
    const place = `${to.project}/${target}`
    const stats = lstatSync(`${from}/${path}`)
    removeOwn(place, stats.isDirectory())
    mkdirSync(dirname(place), { recursive: true })
    if (stats.isSymbolicLink()) link(path, place, from, job.work)
    else if (stats.isFile()) copyFileSync(`${from}/${path}`, place)
    else {
      const skip = (inner: string): boolean => inner === 'node_modules' && !isNew
      await copyTree(`${from}/${path}`, place, pool, { as: 'writable', skip })
      if (job.shebangs !== 'pristine') patchShebangs(scriptsBelow(place))
      warnOfOwnPaths(to.project, target, [job.work, job.out])
    }
  }
}

/** Where a package of the work directory stands in the result: usually at the same path; nowhere, if only development needs it. */
function movesOf(path: string, modules: string, production: string): readonly Move[] {
  if (!isThere(`${modules}/${path}`)) {
    return isThere(`${production}/${ownerOf(path)}`) ? [{ path, target: path, isNew: true }] : []
  }
  // Without development dependencies, some package managers hoist others.
  const name = path.slice(path.lastIndexOf('node_modules/'))
  const targets = isSame(path, modules, path, production)
    ? [path]
    : modulesPaths(production)
        .flatMap((dir) => placesOf(name, dir, production))
        .filter((place) => isSame(path, modules, place, production))
  return targets.map((target) => ({ path, target, isNew: false }))
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

/** `isKept`: the packages that stand inside stay. */
function removeOwn(place: string, isKept: boolean): void {
  const isDirectory = lstatSync(place, { throwIfNoEntry: false })?.isDirectory() === true
  if (!isKept || !isDirectory) return rmSync(place, { recursive: true, force: true })
  for (const name of readdirSync(place))
    if (name !== 'node_modules') rmSync(`${place}/${name}`, { recursive: true, force: true })
}

/** A link to a path of the build directory becomes one that stays right. */
function link(path: string, place: string, from: string, work: string): void {
  const target = readlinkSync(`${from}/${path}`)
  const isInside = isAbsolute(target) && target.startsWith(`${work}/`)
  symlinkSync(isInside ? relative(dirname(`${work}/${path}`), target) : target, place)
}
