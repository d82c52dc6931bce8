/**
 * Yarn 2 and later install by themselves, from a cache folder made of the pinned archives: with the lock file as it is
 * (`--immutable`), without a network. The result is what Yarn leaves: node_modules directories, or what Plug'n'Play needs.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeBerryCache, warnOfUnverified } from './berry-cache.ts'
import { berryProgram } from './berry-program.ts'
import { removeGypLeftovers } from './clean-up.ts'
import { copyTree, takeTree } from './copy-tree.ts'
import { fail } from './failure.ts'
import { findOwn, loadRecord } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'
import type { Building } from './lay-out.ts'
import { loadManifest } from './manifest.ts'
import { selectPlaces } from './selection.ts'
import { patchShebangs } from './shebangs.ts'

export async function installBerry(building: Building): Promise<void> {
  const { job, spec, npm } = building
  refuseOverrides(building)
  const root = job.work
  await writeProject(root, building)
  const program = berryProgram(root, building)
  const cache = await makeBerryCache(root, selectPlaces(spec.plan, job, npm), { building, program })
  warnOfUnverified(cache)
  const isWhole = job.omit.length === 0
  const env = {
    YARN_CHECKSUM_BEHAVIOR: cache.unverified.length === 0 ? 'throw' : 'ignore',
    YARN_ENABLE_IMMUTABLE_INSTALLS: isWhole ? '1' : '0',
  }
  const run = await program.run(['install', ...(isWhole ? ['--immutable'] : [])], env)
  if (run.code !== 0) fail(`yarn ${spec.plan.manager?.version ?? ''} could not install:\n${tail(run.output)}`)
  const programs = tidyUp(root)
  if (job.shebangs === 'patched') patchShebangs(programs)
  await deliver(root, building)
}

const LOG_LINES = 60

function tail(output: string): string {
  return output.trimEnd().split('\n').slice(-LOG_LINES).join('\n')
}

/** What Yarn itself lays out cannot be changed in between. */
function refuseOverrides({ job }: Building): void {
  const [name] = Object.keys(job.overrides)
  const [replaced = name] = job.replaced ?? []
  if (replaced === undefined) return
  fail(
    `overrides[${JSON.stringify(replaced)}]: Yarn installs by itself here and verifies what it gets. Change the package with yarn patch, switch its scripts off with dependenciesMeta in package.json.`,
  )
}

/** Manifests without scripts (they are the application's, not the tree's) and without what is left out, and the plan's files. */
async function writeProject(root: string, { job, spec, pool }: Building): Promise<void> {
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
    else copyFileSync(file, `${root}/${path}`)
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
function tidyUp(dir: string): readonly string[] {
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

/** What Yarn makes at the top of a project beside node_modules. */
const pnpFiles = ['.pnp.cjs', '.pnp.data.json', '.pnp.loader.mjs', '.yarn/cache', '.yarn/unplugged']

async function deliver(root: string, { job, spec, pool, state }: Building): Promise<void> {
  const isPnp = existsSync(`${root}/.pnp.cjs`)
  const modules = Object.keys(spec.plan.local).map((dir) => `${dir === '' ? '' : `${dir}/`}node_modules`)
  let isLeft = false
  mkdirSync(isPnp ? job.out : `${job.out}/node_modules`, { recursive: true })
  if (!isPnp) rmSync(`${job.out}/node_modules`, { recursive: true })
  for (const path of [...modules, ...(isPnp ? pnpFiles : [])]) {
    if (!existsSync(`${root}/${path}`)) continue
    if (statSync(`${root}/${path}`).isDirectory()) {
      if (await takeTree(`${root}/${path}`, `${job.out}/${path}`, pool)) isLeft = true
    } else copyFileSync(`${root}/${path}`, `${job.out}/${path}`)
  }
  if (!isPnp) mkdirSync(`${job.out}/node_modules`, { recursive: true })
  for (const path of [state, job.nodedir, ...(isLeft ? [] : [job.work])]) rmSync(path, { recursive: true, force: true })
}
