/** yarn.lock by Yarn itself, whichever it is: the one that the project carries (`yarnPath`), or the one on PATH. */
import type { Resolve, ResolveRequest, ResolveWorld } from '../../../../src/model/resolver.ts'
import type { ProjectFiles } from '../../../../src/model/world.ts'
import type { LockRun } from '../../../../src/resolve/project-tool.ts'
import { findAge, MINUTE } from '../../../../src/resolve/release-age.ts'
import { forgetYarnEntries } from './forget-yarn-entries.ts'
import { atVersion, openManager } from './open-manager.ts'

const LOCK = 'yarn.lock'

export const resolveWithYarn: Resolve = async (request, world) => {
  const carried = findCarried(request.files, world)
  const archive = (version: string | undefined) =>
    atVersion(version === undefined || /^[01]\./.test(version) ? 'yarn' : '@yarnpkg/cli-dist', version)
  const yarn = await openManager({ word: 'yarn', archive, carried, environment }, request, world)
  const age = findAge(request, world.clock, { name: 'yarn', version: yarn.version, since: [4, 10] }, MINUTE)
  const isClassic = /^[01]\./.test(yarn.version)
  return yarn.lock(isClassic ? classicRun(request) : berryRun(request, yarn.version, age))
}

/** Nothing but the lock file, even in a CI; words without colours and moving bars. */
const environment = {
  YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
  YARN_ENABLE_SCRIPTS: '0',
  YARN_ENABLE_TELEMETRY: '0',
  YARN_ENABLE_COLORS: '0',
  YARN_ENABLE_HYPERLINKS: '0',
  YARN_ENABLE_PROGRESS_BARS: '0',
}

/** Which Yarn runs it is no matter: whatever is on PATH would start this one. */
function findCarried(files: ProjectFiles, world: ResolveWorld): readonly [string, string] | undefined {
  const [, path] =
    /^yarnPath:\s*["']?([^"'\s]+)/m.exec(files.find('.yarnrc.yml') ?? '') ??
    /^yarn-path\s+["']?([^"'\s]+)/m.exec(files.find('.yarnrc') ?? '') ??
    []
  const node = world.findProgram('node')
  if (path === undefined || path.startsWith('/') || node === undefined) return undefined
  return files.find(path) === undefined ? undefined : [node, path]
}

/** It has no mode without installing: that is done in the copy, as little of it as can be. */
function classicRun({ files, offline, registry, update }: ResolveRequest): LockRun {
  const before = files.find(LOCK)
  const isPart = update !== undefined && update !== 'all' && before !== undefined
  const args = [
    'install',
    '--ignore-scripts',
    '--ignore-engines',
    '--non-interactive',
    '--no-progress',
    '--no-bin-links',
    ...(offline ? ['--offline'] : []),
    ...(registry === undefined ? [] : ['--registry', registry]),
  ]
  return {
    args,
    // Of a server that refuses it shows what that says, and not the status.
    louder: { unclear: /^error Error: https?:/m, args: [...args, '--verbose'], tell: refusals },
    read: [LOCK],
    remove: update === 'all' ? [LOCK] : [],
    ...(isPart ? { write: new Map([[LOCK, forgetYarnEntries(before, update)]]) } : {}),
  }
}

function refusals(output: string): readonly string[] {
  return output
    .split('\n')
    .flatMap((line) => /Request "[^"]*" finished with status code [45]\d\d/.exec(line)?.[0] ?? [])
}

/** https://yarnpkg.com/cli/install#options-mode; Yarn 2 knows only how to leave the builds out. */
function berryRun({ offline, registry, update }: ResolveRequest, version: string, age: number | undefined): LockRun {
  const mode = version.startsWith('2.') ? '--skip-builds' : '--mode=update-lockfile'
  const isPart = update !== undefined && update !== 'all'
  return {
    args: isPart ? ['up', '--recursive', mode, ...update] : ['install', mode],
    read: [LOCK],
    remove: update === 'all' ? [LOCK] : [],
    environment: {
      ...(offline ? { YARN_ENABLE_NETWORK: '0' } : {}),
      ...(registry === undefined ? {} : { YARN_NPM_REGISTRY_SERVER: registry }),
      ...(age === undefined ? {} : { YARN_NPM_MINIMAL_AGE_GATE: String(age) }),
    },
  }
}
