/**
 * Scripts run in the work directory, so that nothing they write depends on the name of the result. Where moving from there would be
 * copying (in Nix's sandbox the two are different mounts), only packages with scripts, and what those need, stand there as they are.
 * All others are laid out in the result, with links to them in the work directory: still whatever a script looks for is there.
 */
import { lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { findNeed } from '../../layout/find-need.ts'
import type { PlacePlan } from '../../node-plan.ts'
import { removePlaces } from './clean-up.ts'
import { copyTree, moveTree } from './copy-tree.ts'
import { systemCode } from './failure.ts'
import type { NodeSpec } from './spec-reader.ts'
import type { Building } from './lay-out.ts'
import { neededNames } from './manifest.ts'
import { placesToBuild } from './managers/npm/run-scripts.ts'
import { kindOfResult } from './sealed.ts'
import type { Places } from './selection.ts'
import { getSource } from './tree.ts'
import type { Tree } from './tree.ts'

/** Packages of the project's own node_modules (`node_modules/a`), each with all that stands in it. */
export interface Apart {
  /** In the result; none: everything stands in the work directory. */
  readonly units: Set<string>
  /** In the work directory, with a link in the result, so that those who stand there find it. */
  readonly links: string[]
}

/** A script wrote the name of the result: then everything has to be laid out in the work directory. */
export class NamesResult extends Error {}

export function allTogether(): Apart {
  return { units: new Set(), links: [] }
}

/** Whether anything stands, or is linked, in the result before it is finished. */
export function isApart({ units, links }: Apart): boolean {
  return units.size + links.length > 0
}

/** Makes the links, before anything is laid out in the work directory. */
export function linkApart(places: Places, building: Building): Apart {
  const { job, npm, spec } = building
  const manager = spec.plan.manager?.name ?? 'npm'
  const isPlain = (manager === 'npm' && npm.major >= 7) || manager === 'bun'
  if (!isPlain || Object.keys(job.overrides).length > 0 || !isElsewhere(building)) return allTogether()
  const stay = new Set([...places].flatMap(([path, { scripts }]) => (scripts === true ? (unitOf(path) ?? []) : [])))
  const units = [...places].flatMap(([path, place]) => (isUnit(path, place, spec) && !stay.has(path) ? [path] : []))
  for (const unit of units) {
    mkdirSync(`${job.out}/${unit}`, { recursive: true })
    link(`${job.out}/${unit}`, `${job.work}/${unit}`)
  }
  return { units: new Set(units), links: [] }
}

/** What packages that are to be built need is brought into the work directory. */
export async function bringNeeded(apart: Apart, tree: Tree, building: Building): Promise<void> {
  if (!isApart(apart)) return
  const { units, links } = apart
  const { job, pool, spec } = building
  for (const path of neededBy(placesToBuild(tree, building), tree)) {
    const unit = unitOf(path)
    if (unit === undefined || !units.delete(unit)) continue
    unlinkSync(`${job.work}/${unit}`)
    await moveTree(`${job.out}/${unit}`, `${job.work}/${unit}`, pool)
  }
  for (const [path, place] of tree.places) {
    if (!isUnit(path, place, spec) || units.has(path)) continue
    link(`${job.work}/${path}`, `${job.out}/${path}`)
    links.push(path)
  }
}

function neededBy(paths: readonly string[], { index, manifests }: Tree): ReadonlySet<string> {
  const needed = new Set(paths)
  for (const path of needed) {
    const manifest = manifests.get(path)
    if (manifest === undefined) continue
    for (const name of neededNames(manifest, false).keys()) {
      const need = findNeed(index, path, name)
      if (need !== undefined) needed.add(need)
    }
  }
  return needed
}

/** Brings all of the tree into the result. Scripts may have removed packages, or failed, and then those are gone as well. */
export async function gather(apart: Apart, tree: Tree, { job, pool }: Building): Promise<Tree> {
  if (!isApart(apart)) return tree
  const { units, links } = apart
  const gone = [...units].filter((unit) => findTarget(`${job.work}/${unit}`) !== `${job.out}/${unit}`)
  removePlaces(job.out, [...links, ...gone])
  for (const unit of units) if (!gone.includes(unit)) unlinkSync(`${job.work}/${unit}`)
  await copyTree(job.work, job.out, pool, { as: kindOfResult(job) })
  return { ...tree, root: job.out }
}

/** Checkouts are no units: where they are copied as they stand, a link would be replaced. */
function isUnit(path: string, { source }: PlacePlan, spec: NodeSpec): boolean {
  return source !== undefined && unitOf(path) === path && 'urls' in getSource(spec, path, source)
}

function unitOf(path: string): string | undefined {
  return /^node_modules\/(?:@[^/]+\/)?[^@./][^/]*/.exec(path)?.[0]
}

/** Whether nothing can be moved from the work directory into the result. */
function isElsewhere({ job, state }: Building): boolean {
  const [from, to] = [`${state}/probe`, `${job.out}/.lock2build-probe`]
  mkdirSync(job.out, { recursive: true })
  writeFileSync(from, '')
  try {
    renameSync(from, to)
  } catch (error) {
    if (systemCode(error) === 'EXDEV') return true
    throw error
  }
  rmSync(to)
  return false
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

/** undefined: there is no link. */
function findTarget(path: string): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined
}
