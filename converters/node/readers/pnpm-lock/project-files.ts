/** What pnpm itself reads of a project when it installs, beside manifests: files, and its settings without whatever else .npmrc holds. */
import type { ProjectFiles } from '../../../../src/model/world.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { pathFault } from '../install-path.ts'
import type { PnpmLock } from './lock-file.ts'
import type { PnpmSettings } from './settings.ts'

const manifests = ['package.json', 'package.json5', 'package.yaml']

/** The lock file may name members that are not there (a submodule, a part that was not copied): pnpm installs the others. */
export function withoutAbsent(
  lock: PnpmLock,
  { files, warn }: { readonly files: Pick<ProjectFiles, 'find'>; readonly warn: (problem: Problem) => void },
): PnpmLock {
  const isThere = (path: string): boolean =>
    path === '' ||
    pathFault(path) !== undefined ||
    manifests.some((name) => files.find(`${path}/${name}`) !== undefined)
  const absent = [...lock.importers].filter(([path]) => !isThere(path))
  for (const [path, { fields }] of absent) {
    const message = `${shown(`${path}/package.json`)} is not there: this member is left out`
    warn({ code: 'manifest-mismatch', message, where: fields.where(), hint: 'pnpm install --lockfile-only' })
  }
  if (absent.length === 0) return lock
  const importers = new Map(lock.importers)
  for (const [path] of absent) importers.delete(path)
  return { ...lock, importers }
}

/** The lock file, the workspace file, the pnpmfile and the patches, as far as they are there. */
export function filesOfPnpm(
  lockFile: string,
  { patches }: PnpmSettings,
  files: Pick<ProjectFiles, 'find'>,
): readonly string[] {
  const names = [lockFile, 'pnpm-workspace.yaml', '.pnpmfile.cjs', '.pnpmfile.mjs', ...patches.value.values()]
  return [...new Set(names.map((name) => name.replace(/^\.\//, '')))].filter((name) => files.find(name) !== undefined)
}

/** Lines of an .npmrc that makes the same tree. pnpm 11 reads its settings from the workspace file alone. */
export function settingsOfPnpm(settings: PnpmSettings, major: number): readonly string[] {
  if (major >= 11) return []
  const lists = [
    ['hoist-pattern', settings.hoistPattern],
    ['public-hoist-pattern', settings.publicHoistPattern],
  ] as const
  const plain = {
    'auto-install-peers': settings.autoInstallPeers,
    'dedupe-direct-deps': settings.dedupeDirectDeps,
    'exclude-links-from-lockfile': settings.excludeLinksFromLockfile,
    hoist: settings.hoistPattern.length > 0,
    'hoist-workspace-packages': settings.hoistWorkspacePackages,
    'inject-workspace-packages': settings.injectWorkspacePackages,
    'node-linker': settings.nodeLinker,
    'peers-suffix-max-length': settings.peersSuffixMaxLength,
    'virtual-store-dir-max-length': settings.virtualStoreDirMaxLength,
  }
  return [
    ...Object.entries(plain).map(([name, value]) => `${name}=${value}`),
    ...lists.flatMap(([name, patterns]) =>
      patterns.length === 0
        ? name === 'hoist-pattern'
          ? []
          : [`${name}=`]
        : patterns.map((one) => `${name}[]=${one}`),
    ),
  ].sort()
}
