/** The project's own packages that a lock file holds: members of the workspace, and directories that portals lead to. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import { sortedByKey } from '../../../../src/model/sorted.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem, Where } from '../../../../src/problem.ts'
import { findMembers } from '../workspaces.ts'
import type { BerryEntry } from './entries.ts'
import { compareBerryManifest, loadBerryManifest } from './manifests.ts'
import type { BerryManifest } from './manifests.ts'
import type { BerrySource } from './sources.ts'

export interface BerryLocal {
  readonly entry: BerryEntry
  readonly isMember: boolean
  readonly manifest: BerryManifest
}

export interface CollectingLocals {
  readonly context: ReadContext
  /** The project's. */
  readonly manifest: BerryManifest | undefined
  readonly report: (problem: Problem) => void
}

/** By directory, sorted. Reports what is missing, and what the lock file does not fit. */
export function collectLocals(
  sources: ReadonlyMap<BerryEntry, BerrySource>,
  { context, manifest: project, report }: CollectingLocals,
): ReadonlyMap<string, BerryLocal> {
  const locals = new Map<string, BerryLocal>()
  if (project === undefined && context.files.find('package.json') === undefined) {
    const message = `there is no package.json beside ${context.file}`
    const hint = 'run lock2build in the directory that holds both'
    report({ code: 'manifest-mismatch', message, where: { file: context.file }, hint })
  }
  for (const [entry, source] of sources) {
    if (source.kind !== 'directory' || !source.isPackage) continue
    const { path, isMember } = source
    const manifest = path === '' ? project : loadBerryManifest(path, context, report)
    if (manifest !== undefined) {
      locals.set(path, { entry, isMember, manifest })
      if (isMember) compareBerryManifest(manifest, entry, report)
    } else if (path !== '' && context.files.find(`${path}/package.json`) === undefined) {
      const message = `${shown(`${path}/package.json`)} is not there`
      report({ code: 'manifest-mismatch', message, where: entry.fields.where(), hint: 'yarn install' })
    }
  }
  if (project !== undefined) checkMembers(project, locals, context, report)
  return sortedByKey(locals)
}

function checkMembers(
  project: BerryManifest,
  locals: ReadonlyMap<string, BerryLocal>,
  { files }: ReadContext,
  report: (problem: Problem) => void,
): void {
  const missing = ['', ...findMembers(project.workspaces, files)].filter((dir) => locals.get(dir)?.isMember !== true)
  for (const dir of missing) {
    const what = dir === '' ? 'the project itself' : `the workspace member ${shown(dir)}`
    const where = dir === '' ? placeOf(project) : project.fields.where('workspaces')
    report({ code: 'manifest-mismatch', message: `${what} is not in the lock file`, where, hint: 'yarn install' })
  }
}

/** What is missing has no line of its own: the name is what the lock file would have. */
function placeOf({ name, fields }: BerryManifest): Where {
  return name === undefined ? fields.where() : fields.where('name')
}

/** The entries that are fetched from somewhere. */
export function fetchedEntries(sources: ReadonlyMap<BerryEntry, BerrySource>): readonly BerryEntry[] {
  return [...sources].flatMap(([entry, { kind }]) => (kind === 'fetched' ? [entry] : []))
}
