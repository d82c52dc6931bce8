/** Which pnpm installs a project, and whose lifecycle scripts it runs. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { Digest } from '../../../../src/model/digest.ts'
import type { ScriptPolicy } from '../../../../src/model/lock.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { findNamedManager } from '../../package-managers.ts'
import { satisfies } from '../../semver-range.ts'
import type { PnpmLock } from './lock-file.ts'
import type { BuildSettings, PnpmSettings } from './settings.ts'
import type { WorkspaceAbove } from './workspace-above.ts'

export interface ChosenPnpm {
  readonly version: string
  readonly major: number
  /** Of its archive; none when they are not known. */
  readonly digests: readonly Digest[]
}

/** By the lock file's grammar: the majors that install it unchanged, and releases to take when nobody names one, the first preferred. */
const releases = {
  5: { majors: [7], versions: ['7.33.7'] },
  6: { majors: [8], versions: ['8.15.9'] },
  9: { majors: [9, 10, 11], versions: ['10.34.9', '9.15.9', '11.28.11'] },
} as const

interface Choosing {
  readonly context: ReadContext
  readonly above?: WorkspaceAbove | undefined
  readonly manifest: Fields | undefined
  readonly warn: (problem: Problem) => void
}

/** What `packageManager` names, of a member with a lock file of its own or else of its workspace; else what `engines` and `devEngines` allow; else the release that belongs to the lock file. */
export function choosePnpm(lock: PnpmLock, { context, above, manifest, warn }: Choosing): ChosenPnpm {
  const { majors, versions } = releases[lock.grammar]
  const named = findNamedManager(context) ?? (above && findNamedManager(above))
  if (named?.word === 'pnpm' && named.version !== undefined) {
    const major = majorOf(named.version)
    if (majors.some((known) => known === major)) return { version: named.version, major, digests: named.digests }
    warn({
      code: 'lock-inconsistent',
      message: `package.json names pnpm ${shown(named.version)}, and the lock file is one of pnpm ${majors.join(' or ')}: that counts`,
      where: { file: 'package.json', key: 'packageManager' },
      hint: 'pnpm install --lockfile-only',
    })
  }
  const ranges = [...rangesOf(manifest), ...rangesOf(above?.manifest)]
  const newest = lock.hasEnvironment ? '11.28.11' : undefined
  const allowed = versions.filter((version) => ranges.every((range) => satisfies(version, range) !== false))
  const version = newest ?? allowed[0] ?? versions[0]
  return { version, major: majorOf(version), digests: [] }
}

/** Whether programs of the peers that a package got by itself are linked for whoever asks for the package: from 11.28.1 on. */
export function linksPeers(
  { version }: ChosenPnpm,
  { autoInstallPeers }: Pick<PnpmSettings, 'autoInstallPeers'>,
): boolean {
  return autoInstallPeers && satisfies(version, '>=11.28.1') === true
}

function rangesOf(manifest: Fields | undefined): readonly string[] {
  const ranges: string[] = []
  const engine = objectAt(manifest, 'engines')?.raw('pnpm')
  const developing = objectAt(objectAt(manifest, 'devEngines'), 'packageManager')
  const range = developing?.raw('name') === 'pnpm' ? developing.raw('version') : undefined
  for (const each of [engine, range]) if (typeof each === 'string') ranges.push(each)
  return ranges
}

/** Nobody checks what others put there. */
function objectAt(fields: Fields | undefined, key: string): Fields | undefined {
  const raw = fields?.raw(key)
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? fields?.object(key) : undefined
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10)
}

/** pnpm 9 and older run everybody's scripts, version 10 only those of packages that the project names, version 11 by `allowBuilds`. */
export function scriptPolicy(major: number, builds: BuildSettings): ScriptPolicy {
  const { only, never = [], allow, all } = builds
  if (all && major >= 10) return { run: 'all' }
  const allowed = allow === undefined ? undefined : [...allow].flatMap(([name, isAllowed]) => (isAllowed ? [name] : []))
  if (major >= 11) return onlyThose(allowed ?? [])
  if (major === 10 && allowed !== undefined) return onlyThose([...allowed, ...(only ?? [])])
  if (only !== undefined) return onlyThose(only)
  if (never.length > 0) return { run: 'but', packages: never }
  return major === 10 ? { run: 'none' } : { run: 'all' }
}

function onlyThose(packages: readonly string[]): ScriptPolicy {
  return packages.length === 0 ? { run: 'none' } : { run: 'only', packages: [...packages].sort() }
}
