/**
 * Yarn 1 installs by itself, from an offline mirror made of the pinned sources under yarn's own file names
 * (https://classic.yarnpkg.com/blog/2016/11/24/offline-mirror/), with the lock file as it is.
 */
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { YarnEntry } from '../../../../readers/yarn-classic/yarn-entry.ts'
import { writeTar } from '../../archive/tar-writer.ts'
import { fail } from '../../failure.ts'
import {
  checkLockFile,
  deliverProject,
  refuseOverrides,
  writeLocalSources,
  writeProject,
} from '../../installed-project.ts'
import { findOwn } from '../../json-value.ts'
import type { Building } from '../../lay-out.ts'
import { managerEnvironment, pathWith, quoted, writeManager, writeNodeGyp } from '../../manager-tools.ts'
import { nodeGypOf } from '../../npm.ts'
import { runProgram, tailOf } from '../../run-program.ts'
import type { Environment } from '../../run-program.ts'
import { lockedSources } from './yarn-arrange.ts'

export async function installWithYarn(building: Building): Promise<void> {
  const { job, spec, state } = building
  refuseOverrides(job, 'yarn installs by itself here. Leave --use-package-manager out, and they apply.')
  const root = job.work
  await writeProject(root, building)
  await writeLocalSources(root, building)
  const mirror = makeMirror(building)
  const { files, bin } = writeManager(job.manager ?? fail('The job gives no archive of yarn.'), state)
  const program = files.get('yarn') ?? fail('The archive of yarn has no program called yarn.')
  const words = [process.execPath, program, ...wordsOf(building)] as const
  const run = await runProgram(words, { cwd: root, env: environmentOf(building, { mirror, bin }) })
  if (run.code !== 0) fail(`yarn ${spec.plan.manager?.version ?? ''} could not install:\n${tailOf(run.output)}`)
  checkLockFile(root, spec.plan.manager?.files?.[0] ?? 'yarn.lock', building)
  // Its own notes of what it installed.
  rmSync(`${root}/node_modules/.yarn-integrity`, { force: true })
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

function environmentOf({ job, npm, state }: Building, { mirror, bin }: { mirror: string; bin: string }): Environment {
  return {
    ...managerEnvironment(state, job.nodedir),
    PATH: pathWith(writeNodeGyp(state, quoted(nodeGypOf(npm))), bin),
    YARN_YARN_OFFLINE_MIRROR: mirror,
  }
}
