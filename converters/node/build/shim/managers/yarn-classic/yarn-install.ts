/**
 * Yarn 1 installs by itself, from an offline mirror made of the pinned sources under yarn's own file names
 * (https://classic.yarnpkg.com/blog/2016/11/24/offline-mirror/), with the lock file as it is.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import type { YarnEntry } from '../../../../readers/yarn-classic/yarn-lock-text.ts'
import { copyTree } from '../../copy-tree.ts'
import { fail } from '../../failure.ts'
import { deliverProject, tailOf, tidyUp, writeProject } from '../../installed-project.ts'
import { findInterpreter } from '../../interpreter.ts'
import { findOwn } from '../../json-value.ts'
import type { Building } from '../../lay-out.ts'
import { managerEnvironment, quoted, writeManager } from '../../manager-tools.ts'
import { findModuleFile } from '../../npm.ts'
import type { Environment } from '../../npm.ts'
import { patchShebangs } from '../../shebangs.ts'
import { writeTar } from '../../archive/tar-writer.ts'
import { lockedSources } from './yarn-arrange.ts'

export async function installWithYarn(building: Building): Promise<void> {
  const { job, spec, state } = building
  refuseOverrides(building)
  const root = job.work
  await writeProject(root, building)
  await copyLocalSources(root, building)
  const mirror = makeMirror(building)
  const { files, bin } = writeManager(job.manager ?? fail('The job gives no archive of yarn.'), state)
  const program = files.get('yarn') ?? fail('The archive of yarn has no program called yarn.')
  const run = await runYarn([program, ...wordsOf(building)], root, environmentOf(building, { mirror, bin }))
  if (run.code !== 0) fail(`yarn ${spec.plan.manager?.version ?? ''} could not install:\n${tailOf(run.output)}`)
  checkLock(root, building)
  // Its own notes of what it installed.
  rmSync(`${root}/node_modules/.yarn-integrity`, { force: true })
  const programs = tidyUp(root)
  if (job.shebangs === 'patched') patchShebangs(programs)
  await deliverProject(root, building)
}

function wordsOf({ job, state }: Building): readonly string[] {
  return [
    'install',
    '--offline',
    '--frozen-lockfile',
    '--non-interactive',
    '--no-progress',
    '--cache-folder',
    `${state}/yarn-cache`,
    ...(job.omit.includes('optional') ? ['--ignore-optional'] : []),
  ]
}

/** What yarn itself lays out cannot be changed in between. */
function refuseOverrides({ job }: Building): void {
  const [name] = Object.keys(job.overrides)
  const [replaced = name] = job.replaced ?? []
  if (replaced === undefined) return
  fail(
    `overrides[${JSON.stringify(replaced)}]: yarn installs by itself here. Leave --use-package-manager out, and they apply.`,
  )
}

/** Directories that are copied, and archives inside the project. */
async function copyLocalSources(root: string, { job, spec, pool }: Building): Promise<void> {
  for (const [dir, from] of Object.entries(job.directories ?? {})) {
    await copyTree(from, `${root}/${dir}`, pool, { writable: true })
  }
  for (const [key, file] of Object.entries(job.sources)) {
    const source = findOwn(spec.sources, key)
    if (source === undefined || !('path' in source)) continue
    mkdirSync(dirname(`${root}/${source.path}`), { recursive: true })
    symlinkSync(file, `${root}/${source.path}`)
  }
}

/** Directory of what the lock file names, under the names that yarn looks for. */
function makeMirror(building: Building): string {
  const { job, state } = building
  const mirror = `${state}/mirror`
  mkdirSync(mirror, { recursive: true })
  const taken = new Map<string, string>()
  for (const [entry, key] of lockedSources(building)) {
    const label = entry.patterns[0] ?? key
    const file = findOwn(job.sources, key) ?? fail(`The job gives no file for ${label}.`)
    const isTree = statSync(file).isDirectory()
    const name = mirrorName(entry, isTree, label)
    const other = taken.get(name)
    if (other === key) continue
    if (other !== undefined) {
      fail(`${other} and ${key} have one file name in yarn's offline mirror, ${name}: leave --use-package-manager out.`)
    }
    taken.set(name, key)
    if (isTree) writeFileSync(`${mirror}/${name}`, writeTar(file))
    else symlinkSync(file, `${mirror}/${name}`)
  }
  return mirror
}

/** yarn's rules: tarball-fetcher.js (getTarballMirrorPath) and git-fetcher.js. */
function mirrorName({ resolved = '' }: YarnEntry, isTree: boolean, label: string): string {
  if (resolved === '') {
    fail(
      `${label} has no URL in yarn.lock, which yarn needs when it is offline: leave --use-package-manager out, or run yarn install.`,
    )
  }
  const hash = resolved.indexOf('#')
  const address = hash === -1 ? resolved : resolved.slice(0, hash)
  const path = pathOf(address)
  if (isTree) return `${posix.basename(path)}-${resolved.slice(hash + 1)}`
  const match = /\/(?:(@[^/]+)(?:\/|%2f))?[^/]+\/(?:-|_attachments)\/(?:@[^/]+\/)?([^/]+)$/.exec(path)
  if (match?.[2] === undefined) return posix.basename(path)
  return match[1] === undefined ? match[2] : `${match[1]}-${match[2]}`
}

function pathOf(address: string): string {
  if (URL.canParse(address)) return new URL(address).pathname
  // `git@host:user/repository.git`, or a file name.
  return address.replace(/^[^/]*:/, '/').replace(/[?#].*$/, '')
}

function environmentOf(building: Building, { mirror, bin }: { mirror: string; bin: string }): Environment {
  const { job, npm, state } = building
  const inherited = Object.entries(process.env).filter(([key]) => !/^(?:npm_|yarn_|node_options$)/i.test(key))
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
    PATH: `${tools}:${bin}:${process.env['PATH'] ?? ''}`,
    YARN_YARN_OFFLINE_MIRROR: mirror,
    PYTHONDONTWRITEBYTECODE: '1',
    // What node-gyp reads: up to version 11, and from 12 on.
    npm_config_nodedir: job.nodedir,
    npm_package_config_node_gyp_nodedir: job.nodedir,
  }
}

function checkLock(root: string, { job, spec }: Building): void {
  const [file = 'yarn.lock'] = spec.plan.manager?.files ?? []
  const before = readFileSync(job.files?.[file] ?? fail(`The job gives no ${file}.`), 'utf8')
  if (readFileSync(`${root}/${file}`, 'utf8') !== before) fail(`yarn changed ${file}, although it was told not to.`)
}

interface YarnRun {
  readonly code: number
  /** stdout and stderr, as they came. */
  readonly output: string
}

function runYarn(args: readonly string[], cwd: string, env: Environment): Promise<YarnRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.stderr.on('data', (part: Buffer) => parts.push(part))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(parts).toString('utf8') }))
  })
}
