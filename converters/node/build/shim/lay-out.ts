/** Puts every selected place where it belongs: local manifests, archives, git checkouts, links. */
import { chmodSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { ManagerName, PlacePlan } from '../../node-plan.ts'
import type { InstallJob } from '../job.ts'
import { ownFiles, scriptsBelow } from './clean-up.ts'
import { copyTree } from './copy-tree.ts'
import { errorText, fail } from './failure.ts'
import { packCheckout } from './archive/git-source.ts'
import type { NodeSpec } from './spec-reader.ts'
import { findOwn } from './json-value.ts'
import { writeLocals } from './local-manifests.ts'
import { parseManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import type { Npm } from './npm.ts'
import type { Environment } from './run-program.ts'
import { isHostedArchive, packHosted, packsCommits } from './managers/pnpm/pnpm-hosted.ts'
import { parentPlace, placeDepth } from './selection.ts'
import type { Places } from './selection.ts'
import { getSource, placeLabel } from './tree.ts'
import type { UnpackTask } from './archive/unpack.ts'
import type { WorkerPool } from './worker-pool.ts'

export interface LayOut {
  /** Executable `#!` files, relative to the root. */
  readonly scripts: readonly string[]
  /** Places whose archive brought a node_modules of its own. */
  readonly withModules: readonly string[]
  /** Of the places of which it was known already what their package.json says. */
  readonly manifests: ReadonlyMap<string, Manifest>
}

export interface Building {
  readonly job: InstallJob
  readonly spec: NodeSpec
  readonly npm: Npm
  readonly env: Environment
  readonly pool: WorkerPool
  /** Private directory beside the work directory. */
  readonly state: string
  /** The bundle's own URL. */
  readonly shim: URL
}

export async function layOut(root: string, places: Places, building: Building): Promise<LayOut> {
  const isSealed = sealsIn(root, building)
  const laying = (path: string): Laying => ({ root, path, isSealed, building })
  mkdirSync(`${root}/node_modules`, { recursive: true })
  writeLocals(root, places, building)
  const scripts: string[] = []
  const withModules: string[] = []
  const manifests = new Map<string, Manifest>()
  const owners = new Set([...places.keys()].map(parentPlace))
  for (const wave of waves(places)) {
    const tasks = new Map<string, UnpackTask>()
    for (const [path, place] of wave) {
      const directory = findDirectory(path, place, building)
      if (directory !== undefined) scripts.push(...(await copyDirectory(directory, laying(path))))
      else if (place.source !== undefined || place.copy !== undefined)
        tasks.set(path, { ...(await unpackTask(laying(path), place)), isLeaf: !owners.has(path) })
    }
    const results = await building.pool.run([...tasks.values()].map((task) => ({ kind: 'unpack', task })))
    for (const [index, path] of [...tasks.keys()].entries()) {
      const result = results[index]
      for (const script of result?.scripts ?? []) scripts.push(`${path}/${script}`)
      if (result?.hasModules === true) withModules.push(path)
      if (result?.manifest !== undefined) manifests.set(path, parseManifest(result.manifest))
    }
    for (const [path, place] of wave) if (place.link !== undefined) writeLink(root, path, place.link)
  }
  return { scripts, withModules, manifests }
}

interface Laying {
  readonly root: string
  readonly path: string
  /** See sealed.ts. */
  readonly isSealed: boolean
  readonly building: Building
}

/** Where no script runs, as far as the lock file says, if it does. npm 6 writes into manifests. */
function sealsIn(root: string, { job, npm, spec }: Building): boolean {
  if (npm.major < 7) return false
  return job.unpacked !== undefined || (job.sealed === true && spec.plan.scripts === undefined && root === job.out)
}

/** Parents before children: an archive may bring a node_modules of its own, which its children then replace. Big ones first. */
function waves(places: Places): readonly (readonly (readonly [string, PlacePlan])[])[] {
  const byDepth = new Map<number, [string, PlacePlan][]>()
  for (const [path, place] of places) {
    const depth = placeDepth(path)
    const wave = byDepth.get(depth)
    if (wave === undefined) byDepth.set(depth, [[path, place]])
    else wave.push([path, place])
  }
  return [...byDepth].sort(([a], [b]) => a - b).map(([, wave]) => wave)
}

/** What is copied as it stands: a directory of the project (which npm and pnpm pack first); for yarn 1, Bun and pnpm 8 a git checkout, too. */
function findDirectory(path: string, place: PlacePlan, building: Building): string | undefined {
  const { job, spec } = building
  const label = placeLabel(path, place)
  const manager = spec.plan.manager?.name
  if (place.copy !== undefined) {
    return manager === 'pnpm' || manager === undefined ? undefined : getDirectory(path, place.copy, job)
  }
  const isWhole = manager === 'yarn-classic' || manager === 'bun' || (manager === 'pnpm' && !packsCommits(building))
  if (place.source === undefined || !isWhole) return undefined
  // What is kept unpacked has no archive to look at.
  const source = getSource(spec, path, place.source)
  const isReplaced = job.replaced?.includes(place.source) === true
  if (!('git' in source) && !isReplaced) return undefined
  const file = findOwn(job.sources, place.source)
  if (file === undefined || !isDirectory(file, label)) return undefined
  const subdir = 'git' in source && !isReplaced ? source.subdir : undefined
  return subdir === undefined ? file : `${file}/${subdir}`
}

function getDirectory(path: string, dir: string, { directories = {} }: InstallJob): string {
  return findOwn(directories, dir) ?? fail(`The job gives no directory for ${path}.`)
}

/** Executable files, relative to the root. */
async function copyDirectory(from: string, { root, path, isSealed, building }: Laying): Promise<readonly string[]> {
  const to = `${root}/${path}`
  rmSync(to, { recursive: true, force: true })
  const skip = (file: string): boolean => file === '.git' || file === 'node_modules'
  await copyTree(from, to, building.pool, { as: isSealed ? 'sealed' : 'writable', skip })
  if (!isSealed) for (const file of ownFiles(to)) chmodSync(file, (statSync(file).mode & 0o111) === 0 ? 0o644 : 0o755)
  return scriptsBelow(to).map((file) => relative(root, file))
}

async function unpackTask(laying: Laying, place: PlacePlan): Promise<UnpackTask> {
  const { root, path, isSealed, building } = laying
  const { job, spec, npm } = building
  if (place.copy !== undefined) return packedTask(laying, place, place.copy)
  const key = place.source ?? ''
  const source = getSource(spec, path, key)
  const label = placeLabel(path, place)
  const file = findOwn(job.sources, key) ?? fail(`The job gives no file for ${label}.`)
  const common = { into: `${root}/${path}`, label, ...rulesAndPatches(place, building) }
  // npm 6 writes into manifests.
  const unpacked = npm.major >= 7 ? job.unpacked : undefined
  if (common.rules === 'pnpm' && 'urls' in source && source.urls.some(isHostedArchive) && packsCommits(building)) {
    return { ...common, archive: await packHosted(file, label, building), isSealed }
  }
  if (unpacked !== undefined && 'urls' in source && common.patches === undefined) {
    return { ...common, archive: file, kept: `${unpacked}/${keptName(source.hash, common.rules)}` }
  }
  const isReplaced = job.replaced?.includes(key) === true
  if (isDirectory(file, label)) {
    const subdir = 'git' in source && !isReplaced ? source.subdir : undefined
    return { ...common, archive: await packCheckout({ label, checkout: file, subdir }, building), isSealed }
  }
  return 'path' in source && source.hash !== undefined && !isReplaced
    ? { ...common, archive: file, isSealed, hash: source.hash }
    : { ...common, archive: file, isSealed }
}

/** A directory of the project without what would not be published. */
async function packedTask(
  { root, path, isSealed, building }: Laying,
  place: PlacePlan,
  dir: string,
): Promise<UnpackTask> {
  const label = placeLabel(path, place)
  const checkout = getDirectory(path, dir, building.job)
  const archive = await packCheckout({ label, checkout, subdir: undefined }, building)
  return { into: `${root}/${path}`, label, ...rulesAndPatches(place, building), archive, isSealed }
}

function rulesAndPatches(
  { patches }: PlacePlan,
  { job, spec }: Building,
): { readonly rules?: ManagerName; readonly patches?: readonly string[] } {
  const name = spec.plan.manager?.name
  const files = patches?.map(
    (path) => findOwn(job.patches ?? {}, path) ?? fail(`The job gives no file for the patch ${path}.`),
  )
  return { ...(name === undefined ? {} : { rules: name }), ...(files === undefined ? {} : { patches: files }) }
}

/** The digest of an archive as a name: `sha512-` and hexadecimal digits, after whose rules it was unpacked by. */
function keptName(sri: string, rules: ManagerName = 'npm'): string {
  const dash = sri.indexOf('-')
  return `${rules === 'npm' ? '' : `${rules}-`}${sri.slice(0, dash)}-${Buffer.from(sri.slice(dash + 1), 'base64').toString('hex')}`
}

function isDirectory(file: string, label: string): boolean {
  try {
    return statSync(file).isDirectory()
  } catch (error) {
    fail(`The archive of ${label} is not there: ${errorText(error)}.`)
  }
}

function writeLink(root: string, path: string, target: string): void {
  const link = `${root}/${path}`
  mkdirSync(dirname(link), { recursive: true })
  rmSync(link, { recursive: true, force: true })
  symlinkSync(relative(dirname(link), target === '' ? root : `${root}/${target}`) || '.', link)
}
