/**
 * pnpm installs by itself, from a registry that is a directory made of the pinned sources (pnpm 10.17 and newer) or the same over
 * HTTP on this machine alone, with the lock file as it is; only archives with URLs of their own and commits get other addresses in it.
 */
import { spawn } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { copyTree } from '../../copy-tree.ts'
import { fail } from '../../failure.ts'
import { deliverProject, tailOf, tidyUp, writeProject } from '../../installed-project.ts'
import { findInterpreter } from '../../interpreter.ts'
import { findOwn } from '../../json-value.ts'
import type { Building } from '../../lay-out.ts'
import { managerEnvironment, quoted, writeManager } from '../../manager-tools.ts'
import { findModuleFile } from '../../npm.ts'
import type { Environment } from '../../npm.ts'
import { linkPnpmBins } from './pnpm-bins.ts'
import { serveDirectory } from './pnpm-registry.ts'
import { writePnpmSources } from './pnpm-sources.ts'
import { selectPlaces } from '../../selection.ts'
import { patchShebangs } from '../../shebangs.ts'
import { loadTree } from '../../tree.ts'

export async function installWithPnpm(building: Building): Promise<void> {
  const { job, spec, state } = building
  refuseOverrides(building)
  refuseOldNode(spec.plan.manager?.version ?? '')
  const root = job.work
  // What is left out is told by options: the lock file must fit the manifests.
  await writeProject(root, { ...building, job: { ...job, omit: [] } })
  await copyLocals(root, building)
  const settings = spec.plan.manager?.settings ?? []
  if (settings.length > 0) writeFileSync(`${root}/.npmrc`, `${settings.join('\n')}\n`)
  const registry = await writePnpmSources(root, building)
  const version = spec.plan.manager?.version ?? ''
  const server = readsDirectories(version) ? undefined : await serveDirectory(registry)
  const { files, bin } = writeManager(job.manager ?? fail('The job gives no archive of pnpm.'), state)
  const program = files.get('pnpm') ?? fail('The archive of pnpm has no program called pnpm.')
  const address = server === undefined ? ['--offline', `--registry=file://${registry}/`] : [`--registry=${server.url}`]
  const run = await runPnpm([program, ...wordsOf(building), ...address], root, environmentOf(building, bin))
  server?.close()
  if (run.code !== 0) fail(`pnpm ${version} could not install:\n${tailOf(run.output)}`)
  finish(root, building)
  const programs = tidyUp(root)
  if (job.shebangs === 'patched') patchShebangs(programs.filter((file) => !file.includes('/node_modules/.bin/')))
  await deliverProject(root, building)
}

/** `--registry=file://…` */
function readsDirectories(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 10 || (major === 10 && minor >= 17)
}

function wordsOf({ job, state }: Building): readonly string[] {
  return [
    'install',
    '--frozen-lockfile',
    '--reporter=append-only',
    `--store-dir=${state}/pnpm-store`,
    ...(job.omit.includes('dev') ? ['--prod'] : []),
    ...(job.omit.includes('optional') ? ['--no-optional'] : []),
  ]
}

/** pnpm 11 keeps its store in node's own SQLite. */
function refuseOldNode(version: string): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (Number.parseInt(version, 10) < 11 || major > 22 || (major === 22 && minor >= 13)) return
  fail(
    `pnpm ${version} needs node 22.13 or newer, and this is ${process.versions.node}: give that one (nodejs in default.nix, --node), or leave --use-package-manager out.`,
  )
}

/** What pnpm itself lays out cannot be changed in between. */
function refuseOverrides({ job }: Building): void {
  const [name] = Object.keys(job.overrides)
  const [replaced = name] = job.replaced ?? []
  if (replaced === undefined) return
  fail(
    `overrides[${JSON.stringify(replaced)}]: pnpm installs by itself here. Leave --use-package-manager out, and they apply; or use pnpm patch.`,
  )
}

/** Directories that are copied, and archives and patches inside the project. */
async function copyLocals(root: string, { job, spec, pool }: Building): Promise<void> {
  for (const [dir, from] of Object.entries(job.directories ?? {})) {
    await copyTree(from, `${root}/${dir}`, pool, { writable: true })
  }
  const links: [string, string][] = Object.entries(job.patches ?? {})
  for (const [key, file] of Object.entries(job.sources)) {
    const source = findOwn(spec.sources, key)
    if (source !== undefined && 'path' in source) links.push([source.path, file])
  }
  for (const [path, file] of links) {
    if (existsSync(`${root}/${path}`)) continue
    mkdirSync(dirname(`${root}/${path}`), { recursive: true })
    symlinkSync(file, `${root}/${path}`)
  }
}

function environmentOf(building: Building, bin: string): Environment {
  const { job, npm, state } = building
  const inherited = Object.entries(process.env).filter(([key]) => !/^(?:npm_|pnpm_|node_options$)/i.test(key))
  const tools = `${state}/bin`
  mkdirSync(tools, { recursive: true })
  mkdirSync(`${state}/home`, { recursive: true })
  const gyp = findModuleFile(npm, 'node-gyp/bin/node-gyp.js')
  const shell = findInterpreter('sh') ?? '/bin/sh'
  const script = `#!${shell}\nexec ${quoted(process.execPath)} ${quoted(gyp)} "$@"\n`
  writeFileSync(`${tools}/node-gyp`, script, { mode: 0o755 })
  return {
    ...Object.fromEntries(inherited),
    ...managerEnvironment,
    HOME: `${state}/home`,
    PATH: `${tools}:${bin}:${process.env['PATH'] ?? ''}`,
    PYTHONDONTWRITEBYTECODE: '1',
    // What node-gyp reads: up to version 11, and from 12 on.
    npm_config_nodedir: job.nodedir,
    npm_package_config_node_gyp_nodedir: job.nodedir,
    // pnpm 11 would ask the registry about every entry, and fail where somebody has not decided about scripts yet.
    pnpm_config_trust_lockfile: 'true',
    pnpm_config_strict_dep_builds: 'false',
    npm_config_update_notifier: 'false',
  }
}

/** Without pnpm's own notes (times, absolute paths), and with programs that need no absolute path. */
function finish(root: string, building: Building): void {
  const { job, spec, npm } = building
  const dirs = Object.keys(spec.plan.local)
  for (const dir of dirs) removeNotes(`${root}/${dir === '' ? '' : `${dir}/`}node_modules`)
  rmSync(`${root}/node_modules/.pnpm/lock.yaml`, { force: true })
  if (existsSync(`${root}/node_modules/.pnpm/node_modules`) || isIsolated(root)) {
    linkPnpmBins(loadTree(root, selectPlaces(spec.plan, job, npm), dirs))
  } else forgetTargets(`${root}/node_modules`)
}

function isIsolated(root: string): boolean {
  return existsSync(`${root}/node_modules/.pnpm`) && readdirSync(`${root}/node_modules/.pnpm`).length > 0
}

function removeNotes(modules: string): void {
  if (!existsSync(modules)) return
  for (const name of readdirSync(modules)) {
    if (/^\.(?:modules\.yaml|pnpm-workspace-state.*\.json|package-map\.json)$/.test(name)) rmSync(`${modules}/${name}`)
  }
}

/** In a hoisted tree only a comment of pnpm 11 names the tree's own place. */
function forgetTargets(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory()) forgetTargets(path)
    else if (dir.endsWith('/node_modules/.bin') && lstatSync(path).isFile()) {
      const text = readFileSync(path, 'utf8')
      const plain = text.replace(/^# cmd-shim-target=.*\n?/m, '')
      if (plain !== text) writeFileSync(path, plain)
    }
  }
}

interface PnpmRun {
  readonly code: number
  /** stdout and stderr, as they came. */
  readonly output: string
}

function runPnpm(args: readonly string[], cwd: string, env: Environment): Promise<PnpmRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.stderr.on('data', (part: Buffer) => parts.push(part))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(parts).toString('utf8') }))
  })
}
