/** For package managers that install by themselves: the project as they get to see it, and the result as it is handed on. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { removeGypLeftovers } from './clean-up.ts'
import { copyTree, takeTree } from './copy-tree.ts'
import { fail } from './failure.ts'
import { findOwn, loadRecord } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'
import type { Building } from './lay-out.ts'
import { loadManifest } from './manifest.ts'
import { isPnp, pnpFiles } from './managers/yarn-berry/pnp-files.ts'

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
    mkdirSync(dirname(`${root}/${path}`), { recursive: true })
    if (statSync(file).isDirectory()) await copyTree(file, `${root}/${path}`, pool, { writable: true })
    else {
      copyFileSync(file, `${root}/${path}`)
      // Files of the Nix store are read-only.
      chmodSync(`${root}/${path}`, 0o644)
    }
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

/** Removes what node-gyp leaves beside addons; gives all executable files. */
export function tidyUp(dir: string): readonly string[] {
  const entries = readdirSync(dir, { withFileTypes: true })
  const names = new Set(entries.map(({ name }) => name))
  if (names.has('config.gypi') && names.has('Makefile')) removeGypLeftovers(dir)
  const programs: string[] = []
  for (const entry of entries) {
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory() && existsSync(path)) programs.push(...tidyUp(path))
    else if (entry.isFile() && existsSync(path) && (statSync(path).mode & 0o111) !== 0) programs.push(path)
  }
  return programs
}

/** Leaves in the result what was installed, and nothing else. */
export async function deliverProject(root: string, { job, spec, pool, state }: Building): Promise<void> {
  const hasPnp = isPnp(root)
  const modules = Object.keys(spec.plan.local).map((dir) => `${dir === '' ? '' : `${dir}/`}node_modules`)
  let isLeft = false
  mkdirSync(job.out, { recursive: true })
  for (const path of [...modules, ...(hasPnp ? pnpFiles : [])]) {
    if (!existsSync(`${root}/${path}`)) continue
    if (statSync(`${root}/${path}`).isDirectory()) {
      if (await takeTree(`${root}/${path}`, `${job.out}/${path}`, pool)) isLeft = true
    } else copyFileSync(`${root}/${path}`, `${job.out}/${path}`)
  }
  if (!hasPnp) mkdirSync(`${job.out}/node_modules`, { recursive: true })
  for (const path of [state, job.nodedir, ...(isLeft ? [] : [job.work])]) rmSync(path, { recursive: true, force: true })
}

const LOG_LINES = 60

/** The end of what a program printed. */
export function tailOf(output: string): string {
  return output.trimEnd().split('\n').slice(-LOG_LINES).join('\n')
}
