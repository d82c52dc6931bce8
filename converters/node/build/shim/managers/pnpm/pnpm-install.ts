/**
 * pnpm installs by itself, from a registry that is a directory made of the pinned sources (pnpm 10.17 and newer) or the same over
 * HTTP on this machine alone, with the lock file as it is; only archives with URLs of their own and commits get other addresses in it.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fail } from '../../failure.ts'
import { deliverProject, refuseOverrides, writeLocalSources, writeProject } from '../../installed-project.ts'
import type { Building } from '../../lay-out.ts'
import { managerEnvironment, pathWith, quoted, writeManager, writeNodeGyp } from '../../manager-tools.ts'
import { nodeGypOf } from '../../npm.ts'
import { runProgram, tailOf } from '../../run-program.ts'
import type { Environment } from '../../run-program.ts'
import { selectPlaces } from '../../selection.ts'
import { loadTree } from '../../tree.ts'
import { linkPnpmBins } from './pnpm-bins.ts'
import { serveDirectory } from './pnpm-registry.ts'
import { writePnpmSources } from './pnpm-sources.ts'

export async function installWithPnpm(building: Building): Promise<void> {
  const { job, spec, state } = building
  const { version = '', settings = [] } = spec.plan.manager ?? {}
  refuseOverrides(
    job,
    'pnpm installs by itself here. Leave --use-package-manager out, and they apply; or use pnpm patch.',
  )
  refuseOldNode(version)
  const root = job.work
  // What is left out is told by options: the lock file must fit the manifests.
  await writeProject(root, { ...building, job: { ...job, omit: [] } })
  await writeLocalSources(root, building)
  if (settings.length > 0) writeFileSync(`${root}/.npmrc`, printSettings(settings))
  const registry = await writePnpmSources(root, building)
  const server = readsDirectories(version) ? undefined : await serveDirectory(registry)
  const { files, bin } = writeManager(job.manager ?? fail('The job gives no archive of pnpm.'), state)
  const program = files.get('pnpm') ?? fail('The archive of pnpm has no program called pnpm.')
  const address = server === undefined ? ['--offline', `--registry=file://${registry}/`] : [`--registry=${server.url}`]
  const words = [process.execPath, program, ...wordsOf(building), ...address] as const
  const run = await runProgram(words, { cwd: root, env: environmentOf(building, bin) })
  server?.close()
  if (run.code !== 0) fail(`pnpm ${version} could not install:\n${tailOf(run.output)}`)
  finish(root, building)
  await deliverProject(root, building, { keeps: (file) => file.includes('/node_modules/.bin/') })
}

/** Lines of an .npmrc: the reader lets no other in, and spec.json may have been changed since. */
export function printSettings(settings: readonly string[]): string {
  const wrong = settings.find((line) => /\p{Cc}/u.test(line))
  if (wrong !== undefined) fail(`The spec has the setting ${JSON.stringify(wrong)}: run lock2build again.`)
  return settings.map((line) => `${line}\n`).join('')
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
    // Whatever the project's settings say: links into a store that is gone after the build, or nothing at all.
    '--config.enable-global-virtual-store=false',
    '--config.enable-modules-dir=true',
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

function environmentOf({ job, spec, npm, state }: Building, bin: string): Environment {
  const major = Number.parseInt(spec.plan.manager?.version ?? '', 10)
  return {
    ...managerEnvironment(state, job.nodedir),
    PATH: pathWith(writeNodeGyp(state, quoted(nodeGypOf(npm))), bin),
    // pnpm 11 would ask the registry about every entry, and fail where somebody has not decided about scripts yet.
    pnpm_config_trust_lockfile: 'true',
    pnpm_config_strict_dep_builds: 'false',
    npm_config_update_notifier: 'false',
    // Until version 10 members are taken in the order in which reading each one's .npmrc ends, and that decides what is hoisted: with
    // one thread, reads end in the order in which they begin.
    ...(major < 11 ? { UV_THREADPOOL_SIZE: '1' } : {}),
  }
}

/** Without pnpm's own notes (times, absolute paths), and with programs that need no absolute path. */
function finish(root: string, building: Building): void {
  const { job, spec, npm } = building
  const dirs = Object.keys(spec.plan.local)
  for (const dir of dirs) removeNotes(`${root}/${dir === '' ? '' : `${dir}/`}node_modules`)
  rmSync(`${root}/node_modules/.pnpm/lock.yaml`, { force: true })
  if (existsSync(`${root}/node_modules/.pnpm/node_modules`) || isIsolated(root)) {
    linkPnpmBins(loadTree(root, selectPlaces(spec.plan, job, npm), dirs), spec.plan.manager)
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
