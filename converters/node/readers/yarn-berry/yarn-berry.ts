/**
 * yarn.lock of Yarn 2 and later. What stands where is the package manager's own business: the layout is its cache, a file per
 * package, from which Yarn itself installs (the plan's `manager.installs`).
 * https://yarnpkg.com/configuration/yarnrc, and structUtils, Cache and Project of @yarnpkg/core
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import type { Lock } from '../../../../src/model/lock.ts'
import { fail, failIfAny, shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { rootFields } from '../../../../src/text/fields.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { parseYaml } from '../../../../src/text/yaml-document.ts'
import { berryGraph } from './graph.ts'
import { buildBerryLock } from './build-berry-lock.ts'
import { readEntries } from './entries.ts'
import type { BerryEntry } from './entries.ts'
import { collectLocals, fetchedEntries } from './locals.ts'
import { loadBerryManifest } from './manifests.ts'
import { chooseManager } from './release.ts'
import { readSettings } from './settings.ts'
import { locateBerry } from './sources.ts'
import type { BerrySource } from './sources.ts'
import { lockText } from '../project-files.ts'

export const yarnBerry: LockReader = { read: readYarnBerry }

function readYarnBerry(context: ReadContext): ReadResult {
  const { file } = context
  const document = parseYaml(lockText(context), { file, purpose: 'lock', scalars: 'text' })
  const root = rootFields(document)
  const metadata = root === undefined ? undefined : readMetadata(root)
  failIfAny(document.problems.map(hinted))
  if (root === undefined || metadata === undefined) throw new Error('a lock without metadata is a problem')

  const problems: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const settings = readSettings(context, report)
  const manifest = loadBerryManifest('', context, report)
  const entries = readEntries(root, metadata.cacheKey)
  failIfAny([...document.problems.map(hinted), ...problems])
  const sources = locateAll(entries, { registries: settings.registries, report })
  const locals = collectLocals(sources, { context, manifest, report })
  failIfAny(problems)

  const lock: Lock = buildBerryLock({
    format: { name: 'yarn-berry', version: metadata.version, file },
    cacheKey: metadata.cacheKey,
    graph: berryGraph(entries, manifest?.resolutions ?? new Map()),
    sources,
    locals,
    settings,
    manager: chooseManager({
      context,
      settings,
      metadata,
      entries: fetchedEntries(sources),
      hasBuilt: manifest?.hasBuilt === true,
    }),
  })
  return { lock, warnings: [] }
}

function locateAll(
  entries: readonly BerryEntry[],
  locating: Parameters<typeof locateBerry>[1],
): ReadonlyMap<BerryEntry, BerrySource> {
  const sources = new Map<BerryEntry, BerrySource>()
  for (const entry of entries) {
    const source = locateBerry(entry, locating)
    if (source !== undefined) sources.set(entry, source)
  }
  return sources
}

/** What to do about a value of a wrong type is the same everywhere. */
function hinted(problem: Problem): Problem {
  return {
    ...problem,
    hint: problem.hint ?? 'restore the file from version control, or run yarn install, which writes it anew',
  }
}

export interface BerryMetadata {
  /** Of the format. */
  readonly version: string
  /** Version of the cache and its level of compression: `10c0`; empty where nothing is in the cache. */
  readonly cacheKey: string
}

/** 4: Yarn 2 and 3.0; 5: 3.1; 6: 3.2 and later; 8: 4.0 to 4.9; 9 and 10: later ones. */
const versions: ReadonlySet<string> = new Set(['4', '5', '6', '8', '9', '10'])

/** Throws `lock-version`; what has the wrong type is collected. */
function readMetadata(root: Fields): BerryMetadata | undefined {
  const metadata = root.object('__metadata')
  const version = metadata?.integer('version')
  if (metadata === undefined || version === undefined) {
    if (root.document.problems.length > 0) return undefined
    const message = '__metadata names no version: the file is no lock file of Yarn 2 or later'
    return fail({ code: 'lock-version', message, where: root.where('__metadata'), hint: 'yarn install' })
  }
  if (!versions.has(String(version))) {
    const message = `version ${version} of the lock file is not known (${[...versions].join(', ')} are)`
    const hint = 'run yarn install with a release of Yarn that writes one of them'
    return fail({ code: 'lock-version', message, where: metadata.where('version'), hint })
  }
  const cacheKey = metadata.has('cacheKey') ? (metadata.text('cacheKey') ?? '') : undefined
  if (cacheKey === undefined) return { version: String(version), cacheKey: '' }
  if (/^\d{1,3}(?:c\d)?$/.test(cacheKey)) return { version: String(version), cacheKey }
  const message = `the cache key ${shown(cacheKey)} is not known`
  return fail({ code: 'lock-version', message, where: metadata.where('cacheKey'), hint: 'yarn install' })
}
