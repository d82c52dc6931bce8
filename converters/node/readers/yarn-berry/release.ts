/**
 * Which Yarn installs: the one the project brings along (`yarnPath`), the one package.json names, or a release that writes this
 * version of the lock file. Another one would want to change the lock file.
 */
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { LockedPackage, PackageManager } from '../../../../src/model/lock.ts'
import type { Digest } from '../../../../src/model/digest.ts'
import { findNamedManager, managerPackage } from '../../package-managers.ts'
import type { BerryEntry } from './entries.ts'
import type { BerrySettings } from './settings.ts'

export interface ChosenManager {
  readonly manager: PackageManager
  /** Its archive; undefined when the project brings it along. */
  readonly archive: LockedPackage | undefined
}

interface Choosing {
  readonly context: ReadContext
  readonly settings: BerrySettings
  readonly metadata: { readonly version: string }
  readonly entries: readonly BerryEntry[]
  /** Whether package.json allows scripts of some package by name. */
  readonly hasBuilt: boolean
}

export function chooseManager(choosing: Choosing): ChosenManager {
  const { context, settings, metadata, entries } = choosing
  const { yarnPath, registries } = settings
  const named = findNamed(context)
  if (yarnPath !== undefined) {
    const version = /yarn-(\d[0-9A-Za-z.-]*?)\.[cm]?js$/.exec(yarnPath)?.[1]
    const fallback = named?.version ?? usualVersion(metadata.version, entries)
    return { manager: manager(version ?? fallback, choosing, { program: yarnPath }), archive: undefined }
  }
  const { version, digests } = named ?? { version: usualVersion(metadata.version, entries), digests: [] }
  // The digest that Corepack writes is that of yarn.js, not of the archive it stands in.
  const archive = managerPackage('@yarnpkg/cli-dist', { version, digests, registries, file: context.file })
  return { manager: manager(version, choosing, { package: archive.id }), archive }
}

function manager(
  version: string,
  { settings: { enableScripts }, hasBuilt }: Choosing,
  program: Pick<PackageManager, 'program' | 'package'>,
): PackageManager {
  const runs = enableScripts ?? runsByDefault(version)
  // What dependenciesMeta allows by name is Yarn's business, which runs the scripts itself.
  return { name: 'yarn-berry', version, ...program, scripts: { run: runs || hasBuilt ? 'all' : 'none' } }
}

/** Yarn 4.14 and later run no scripts of packages unless they are told to. */
function runsByDefault(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 4 || (major === 4 && minor < 14)
}

interface NamedRelease {
  readonly version: string
  readonly digests: readonly Digest[]
}

function findNamed(context: ReadContext): NamedRelease | undefined {
  const named = findNamedManager(context)
  if (named?.word !== 'yarn' || named.version === undefined || !/^[2-9]\./.test(named.version)) return undefined
  return { version: named.version, digests: [] }
}

const usual: Readonly<Record<string, string>> = {
  4: '2.4.2',
  5: '3.1.1',
  6: '3.8.7',
  8: '4.9.4',
  9: '4.14.0',
  10: '4.18.1',
}

/** Yarn 4.0 wrote no cache key before each checksum; later ones add it, and would change the lock file. */
function usualVersion(version: string, entries: readonly BerryEntry[]): string {
  if (version === '8' && entries.some(hasBareChecksum)) return '4.0.2'
  return usual[version] ?? '4.18.1'
}

function hasBareChecksum({ fields }: BerryEntry): boolean {
  const text = fields.raw('checksum')
  return typeof text === 'string' && !text.includes('/')
}
