/**
 * Bun installs by itself, from a cache made of the pinned sources under the names that it has for them, with the lock file as it is.
 * What Bun finds in its cache it asks nobody for.
 */
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { wyhash11 } from '../../../../readers/bun-lock/wyhash11.ts'
import { copyTree } from '../../copy-tree.ts'
import { fail } from '../../failure.ts'
import { deliverProject, tailOf, tidyUp, writeProject } from '../../installed-project.ts'
import { findInterpreter } from '../../interpreter.ts'
import type { NodeSpec } from '../../job-reader.ts'
import { findOwn } from '../../json-value.ts'
import type { Building } from '../../lay-out.ts'
import { managerEnvironment, quoted, writeManager } from '../../manager-tools.ts'
import { findModuleFile } from '../../npm.ts'
import type { Environment } from '../../npm.ts'
import { patchShebangs } from '../../shebangs.ts'
import { unpack } from '../../archive/unpack.ts'

export async function installWithBun(building: Building): Promise<void> {
  const { job, spec, state } = building
  refuseOverrides(building)
  const root = job.work
  // What is left out is told by options: the lock file must fit the manifests.
  await writeProject(root, { ...building, job: { ...job, omit: [] } })
  await copyLocals(root, building)
  const cache = await makeCache(building)
  const bin = job.manager === undefined ? undefined : writeManager(job.manager, state).bin
  const run = await runBun(building, environmentOf(building, { cache, bin }))
  if (run.code !== 0) fail(`Bun ${spec.plan.manager?.version ?? ''} could not install:\n${tailOf(run.output)}`)
  checkLock(root, building)
  const programs = tidyUp(root)
  if (job.shebangs === 'patched') patchShebangs(programs)
  await deliverProject(root, building)
}

/** What Bun itself lays out cannot be changed in between. */
function refuseOverrides({ job }: Building): void {
  const [name] = Object.keys(job.overrides)
  const [replaced = name] = job.replaced ?? []
  if (replaced === undefined) return
  fail(
    `overrides[${JSON.stringify(replaced)}]: Bun installs by itself here. Leave --use-package-manager out, and they apply.`,
  )
}

/** Directories that are copied, archives inside the project, and patches. */
async function copyLocals(root: string, { job, spec, pool }: Building): Promise<void> {
  for (const [dir, from] of Object.entries(job.directories ?? {})) {
    await copyTree(from, `${root}/${dir}`, pool, { writable: true })
  }
  for (const [key, file] of Object.entries(job.sources)) {
    const source = findOwn(spec.sources, key)
    if (source === undefined || !('path' in source)) continue
    mkdirSync(dirname(`${root}/${source.path}`), { recursive: true })
    symlinkSync(file, `${root}/${source.path}`)
  }
  for (const [path, file] of Object.entries(job.patches ?? {})) {
    mkdirSync(dirname(`${root}/${path}`), { recursive: true })
    copyFileSync(file, `${root}/${path}`)
  }
}

/** Archives of the project Bun unpacks itself. */
async function makeCache({ job, spec, state, pool }: Building): Promise<string> {
  const cache = `${state}/bun-cache`
  mkdirSync(cache, { recursive: true })
  for (const [key, file] of Object.entries(job.sources)) {
    const source = findOwn(spec.sources, key) ?? fail(`The spec names no source ${JSON.stringify(key)}.`)
    if ('path' in source) continue
    const { name, tag } = cacheName(key, source, spec)
    const into = `${cache}/${name}`
    mkdirSync(dirname(into), { recursive: true })
    if (statSync(file).isDirectory())
      await copyTree(file, into, pool, { writable: true, skip: (path) => path === '.git' })
    else unpack({ archive: file, into, label: key, rules: 'bun' })
    if (tag !== undefined) writeFileSync(`${into}/.bun-tag`, tag)
  }
  return cache
}

type Fetched = Exclude<NodeSpec['sources'][string], { readonly path: string }>

interface CacheName {
  readonly name: string
  /** What Bun writes into the directory to know it by. */
  readonly tag?: string
}

/** PackageManagerDirectories of Bun. `key`: `name@version`, or `name@unknown` of an archive that no registry has. */
function cacheName(key: string, source: Fetched, { plan }: NodeSpec): CacheName {
  if ('git' in source) return { name: `@G@${source.rev}`, tag: source.rev }
  const [url = ''] = source.urls
  const [, owner, repository, rev] =
    /^https:\/\/api\.github\.com\/repos\/([^/]+)\/([^/]+)\/tarball\/([^/]+)$/.exec(url) ?? []
  if (rev !== undefined) {
    const tag = `${owner}-${repository}-${rev}`
    return { name: `@GH@${tag}@@@1`, tag }
  }
  const at = key.indexOf('@', 1)
  const version = key.slice(at + 1).replace(/#.*$/s, '')
  if (version === 'unknown') return archiveName(url, source.hash, plan.manager?.version ?? '')
  return { name: `${key.slice(0, at)}@${hashedVersion(version)}@@@1` }
}

/** By its address, from 1.4.4 on by its digest. */
function archiveName(url: string, sri: string, bun: string): CacheName {
  const [major = 0, minor = 0, patch = 0] = bun.split('.').map(Number)
  const isByDigest = major > 1 || minor > 4 || (minor === 4 && patch >= 4)
  if (!isByDigest || !sri.startsWith('sha512-')) return { name: `@T@${wyhash11(url)}@@@1` }
  const hex = Buffer.from(sri.slice('sha512-'.length), 'base64').toString('hex', 0, 16)
  return { name: `@T@sha512-${hex}@@@1`, tag: sri }
}

/** What stands behind the numbers is hashed: `1.0.0-beta.2` is `1.0.0-4049f5e8f1219d89`. */
function hashedVersion(version: string): string {
  const [, numbers = version, pre, build] = /^([^-+]+)(?:-([^+]*))?(?:\+(.*))?$/s.exec(version) ?? []
  const ends = [
    ...(pre === undefined ? [] : [`-${wyhash11(pre)}`]),
    ...(build === undefined ? [] : [`+${wyhash11(build).toUpperCase()}`]),
  ]
  return numbers + ends.join('')
}

function environmentOf(
  { job, npm, state }: Building,
  { cache, bin }: { readonly cache: string; readonly bin: string | undefined },
): Environment {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(?:npm_|bun_|node_options$)/i.test(key))
  const tools = `${state}/bin`
  mkdirSync(tools, { recursive: true })
  mkdirSync(`${state}/home`, { recursive: true })
  const gyp = findModuleFile(npm, 'node-gyp/bin/node-gyp.js')
  const shell = findInterpreter('sh') ?? '/bin/sh'
  writeFileSync(`${tools}/node-gyp`, `#!${shell}\nexec ${quoted(process.execPath)} ${quoted(gyp)} "$@"\n`, {
    mode: 0o755,
  })
  return {
    ...Object.fromEntries(inherited),
    ...managerEnvironment,
    HOME: `${state}/home`,
    PATH: [tools, ...(bin === undefined ? [] : [bin]), process.env['PATH'] ?? ''].join(':'),
    BUN_INSTALL_CACHE_DIR: cache,
    PYTHONDONTWRITEBYTECODE: '1',
    npm_config_nodedir: job.nodedir,
    npm_package_config_node_gyp_nodedir: job.nodedir,
  }
}

function checkLock(root: string, { job, spec }: Building): void {
  const [file = 'bun.lock'] = spec.plan.manager?.files?.filter((path) => path.startsWith('bun.lock')) ?? []
  const before = readFileSync(job.files?.[file] ?? fail(`The job gives no ${file}.`))
  if (!readFileSync(`${root}/${file}`).equals(before)) fail(`Bun changed ${file}, although it was told not to.`)
  rmSync(`${root}/${file}`)
}

interface BunRun {
  readonly code: number
  /** stdout and stderr, as they came. */
  readonly output: string
}

function runBun({ job }: Building, env: Environment): Promise<BunRun> {
  const words = ['install', '--frozen-lockfile', '--no-progress', ...job.omit.flatMap((kind) => ['--omit', kind])]
  return new Promise((resolve, reject) => {
    const child = spawn('bun', words, { cwd: job.work, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.stderr.on('data', (part: Buffer) => parts.push(part))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(parts).toString('utf8') }))
  })
}
