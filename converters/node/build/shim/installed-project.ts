/** For package managers that install by themselves: the project as they get to see it, and the result as it is handed on. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { InstallJob } from '../job.ts'
import { isExecutable, removeGypLeftovers } from './clean-up.ts'
import { copyTree, takeTree } from './copy-tree.ts'
import { fail } from './failure.ts'
import { findOwn, loadRecord } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'
import type { Building } from './lay-out.ts'
import { loadManifest } from './manifest.ts'
import { kindOfResult } from './sealed.ts'
import { patchShebangs } from './shebangs.ts'

/** What the package manager itself lays out cannot be changed in between. `why`: who installs, and what can be done instead. */
export function refuseOverrides(job: Pick<InstallJob, 'overrides' | 'replaced'>, why: string): void {
  // Inputs of the build are overrides, too, and change nothing of a package.
  const name = Object.keys(job.overrides).find((key) => Object.keys(job.overrides[key] ?? {}).length > 0)
  const [replaced = name] = job.replaced ?? []
  if (replaced !== undefined) fail(`overrides[${JSON.stringify(replaced)}]: ${why}`)
}

/** Manifests without scripts (they are the application's, not the tree's) and without what is left out, and the plan's files. */
export async function writeProject(root: string, { job, spec, pool }: Building): Promise<void> {
  for (const dir of Object.keys(spec.plan.local)) {
    const file = findOwn(job.manifests, dir) ?? fail(`The job gives no package.json for ${JSON.stringify(dir)}.`)
    const to = dir === '' ? root : `${root}/${dir}`
    mkdirSync(to, { recursive: true })
    writeFileSync(`${to}/package.json`, `${JSON.stringify(reduced(loadRecord(file), job.omit), null, 2)}\n`)
    writePlaceholders(to)
  }
  for (const [path, file] of Object.entries(job.files ?? {})) {
    if (statSync(file).isDirectory()) await copyTree(file, `${root}/${path}`, pool, { as: 'writable' })
    else copyWritable(file, `${root}/${path}`)
  }
}

/** Yarn links a program of the project only when its file is there, and it may be what the build makes. */
function writePlaceholders(dir: string): void {
  for (const file of loadManifest(dir).bins.values()) {
    mkdirSync(dirname(`${dir}/${file}`), { recursive: true })
    writeFileSync(`${dir}/${file}`, '')
  }
}

function reduced({ scripts: _scripts, ...manifest }: JsonRecord, omit: readonly string[]): JsonRecord {
  const left = new Set(omit.map((kind) => `${kind}Dependencies`))
  // A peer that is left out is one that the project itself would have to bring.
  left.delete('peerDependencies')
  return Object.fromEntries(Object.entries(manifest).filter(([key]) => !left.has(key)))
}

/** Files of the Nix store are read-only. */
function copyWritable(file: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(file, to)
  chmodSync(to, 0o644)
}

/** What dependencies of the project itself are made from: directories that are copied, archives, and patches. */
export async function writeLocalSources(root: string, { job, spec, pool }: Building): Promise<void> {
  for (const [dir, from] of Object.entries(job.directories ?? {})) {
    await copyTree(from, `${root}/${dir}`, pool, { as: 'writable' })
  }
  for (const [path, file] of Object.entries(job.patches ?? {})) copyWritable(file, `${root}/${path}`)
  for (const [key, file] of Object.entries(job.sources)) {
    const source = findOwn(spec.sources, key)
    // A directory that was copied may hold it.
    if (source === undefined || !('path' in source) || existsSync(`${root}/${source.path}`)) continue
    mkdirSync(dirname(`${root}/${source.path}`), { recursive: true })
    symlinkSync(file, `${root}/${source.path}`)
  }
}

/** Fails unless the lock file is as the project has it. */
export function checkLockFile(root: string, file: string, { job, spec }: Building): void {
  const before = readFileSync(findOwn(job.files ?? {}, file) ?? fail(`The job gives no ${file}.`))
  if (readFileSync(`${root}/${file}`).equals(before)) return
  fail(`${spec.plan.manager?.name ?? ''} changed ${file}, although it was told not to.`)
}

export interface Delivery {
  /** What makes up the result instead of a node_modules. */
  readonly instead?: readonly string[]
  /** Programs whose shebangs are not to be patched. */
  readonly keeps?: (file: string) => boolean
}

/** Leaves in the result what was installed, without what node-gyp leaves beside addons, and nothing else. */
export async function deliverProject(root: string, building: Building, delivery: Delivery = {}): Promise<void> {
  const { job, spec, pool, state } = building
  const { instead = [], keeps = () => false } = delivery
  removeLeftovers(root)
  if (job.shebangs === 'patched') patchShebangs(programsBelow(root).filter((file) => !keeps(file)))
  const modules = Object.keys(spec.plan.local).map((dir) => `${dir === '' ? '' : `${dir}/`}node_modules`)
  let isLeft = false
  mkdirSync(job.out, { recursive: true })
  for (const path of [...modules, ...instead]) {
    if (!existsSync(`${root}/${path}`)) continue
    if (statSync(`${root}/${path}`).isDirectory()) {
      if (await takeTree(`${root}/${path}`, `${job.out}/${path}`, { pool, as: kindOfResult(job) })) isLeft = true
    } else copyFileSync(`${root}/${path}`, `${job.out}/${path}`)
  }
  if (instead.length === 0) mkdirSync(`${job.out}/node_modules`, { recursive: true })
  for (const path of [state, job.nodedir, ...(isLeft ? [] : [job.work])]) rmSync(path, { recursive: true, force: true })
}

/** What node-gyp leaves, wherever packages stand. */
function removeLeftovers(dir: string): void {
  const entries = readdirSync(dir, { withFileTypes: true })
  const names = new Set(entries.map(({ name }) => name))
  if (names.has('config.gypi') && names.has('Makefile')) removeGypLeftovers(dir)
  for (const entry of entries) {
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory() && existsSync(path)) removeLeftovers(path)
  }
}

function programsBelow(dir: string): readonly string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory()) return programsBelow(path)
    return entry.isFile() && isExecutable(path) ? [path] : []
  })
}
