/**
 * Bun installs by itself, from a cache made of the pinned sources under the names that it has for them, with the lock file as it is.
 * What Bun finds in its cache it asks nobody for.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { wyhash11 } from '../../../../readers/bun-lock/wyhash11.ts'
import { unpack } from '../../archive/unpack.ts'
import { copyTree } from '../../copy-tree.ts'
import { fail } from '../../failure.ts'
import {
  checkLockFile,
  deliverProject,
  refuseOverrides,
  writeLocalSources,
  writeProject,
} from '../../installed-project.ts'
import type { NodeSpec } from '../../spec-reader.ts'
import { findOwn } from '../../json-value.ts'
import type { Building } from '../../lay-out.ts'
import { managerEnvironment, pathWith, quoted, writeManager, writeNodeGyp } from '../../manager-tools.ts'
import { nodeGypOf } from '../../npm.ts'
import { runProgram, tailOf } from '../../run-program.ts'
import type { Environment } from '../../run-program.ts'

export async function installWithBun(building: Building): Promise<void> {
  const { job, spec, state } = building
  refuseOverrides(job, 'Bun installs by itself here. Leave --use-package-manager out, and they apply.')
  const root = job.work
  // What is left out is told by options: the lock file must fit the manifests.
  await writeProject(root, { ...building, job: { ...job, omit: [] } })
  await writeLocalSources(root, building)
  const cache = await makeCache(building)
  const bin = job.manager === undefined ? undefined : writeManager(job.manager, state).bin
  const words = ['install', '--frozen-lockfile', '--no-progress', ...job.omit.flatMap((kind) => ['--omit', kind])]
  const run = await runProgram(['bun', ...words], { cwd: root, env: environmentOf(building, { cache, bin }) })
  if (run.code !== 0) fail(`Bun ${spec.plan.manager?.version ?? ''} could not install:\n${tailOf(run.output)}`)
  const lock = spec.plan.manager?.files?.find((path) => path.startsWith('bun.lock')) ?? 'bun.lock'
  checkLockFile(root, lock, building)
  await deliverProject(root, building)
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
      await copyTree(file, into, pool, { as: 'writable', skip: (path) => path === '.git' })
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
  const tools = writeNodeGyp(state, quoted(nodeGypOf(npm)))
  return {
    ...managerEnvironment(state, job.nodedir),
    PATH: pathWith(tools, ...(bin === undefined ? [] : [bin])),
    BUN_INSTALL_CACHE_DIR: cache,
    // Else the project's own "globalStore" makes links into a cache that is gone after the build.
    BUN_INSTALL_GLOBAL_STORE: '0',
  }
}
