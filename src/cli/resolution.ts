/** What a resolution made: saved, or kept aside in lock2build/, and said. */
import { join } from 'node:path'
import { saveAll, wouldChange } from '../io/save.ts'
import { isThere } from '../io/surroundings.ts'
import type { JsonObject } from '../model/json.ts'
import type { OutputFile } from '../model/output-file.ts'
import { fail } from '../problem.ts'
import type { FileState } from './conversion.ts'
import { KEPT_ASIDE } from './detect.ts'
import { styled, type Line } from './printable.ts'
import type { ResolvedProject } from './resolve-project.ts'

export interface SaveTarget {
  /** Absolute. */
  readonly directory: string
  readonly isDry: boolean
  /** `--no-write-lock`. */
  readonly isKeptAside: boolean
}

export interface SavedResolution extends ResolvedProject {
  readonly files: readonly FileState[]
}

/** The caller holds the project's lock, unless it is a dry run. Throws what saveAll throws. */
export function saveResolved(
  resolved: ResolvedProject,
  { directory, isDry, isKeptAside }: SaveTarget,
): SavedResolution {
  const files = [...resolved.resolution.files].map(([path, text]): OutputFile =>
    isKeptAside ? { path: `${KEPT_ASIDE}${path}`, owner: 'lock2build', text } : { path, owner: 'user', text },
  )
  const standing = [...resolved.resolution.files.keys()].find((path) => isThere(join(directory, path)))
  if (isKeptAside && standing !== undefined) failStanding(standing)
  // A lock file is the user's, and resolving is the wish to have it rewritten. Nothing else in lock2build/ is stale for that.
  const options = { force: true, names: [] }
  const changes = wouldChange(directory, files, options)
  if (!isDry) saveAll(directory, files, options)
  const states = new Map(changes.map(({ path, kind }) => [path, kind === 'added' ? 'new' : 'updated'] as const))
  return {
    ...resolved,
    files: files.map(({ path, owner }) => ({ path, owner, state: states.get(path) ?? 'unchanged' })),
  }
}

function failStanding(file: string): never {
  fail({
    code: 'usage',
    message: `${file} stands in the project, and would count before one in lock2build/`,
    hint: 'remove it, or leave --no-write-lock out',
  })
}

export interface ResolutionReport {
  readonly isDry: boolean
  /** Of another command: nothing is said of what to type next. */
  readonly isStep?: boolean
  readonly saved: readonly SavedResolution[]
}

/** Members of the JSON report; see schema/report.json. */
export function resolutionJson({ isDry, saved }: ResolutionReport): JsonObject {
  return {
    dryRun: isDry,
    resolved: saved.map(({ ecosystem, reason, resolution, files }) => ({
      ecosystem: ecosystem.name,
      tool: resolution.tool.name,
      toolVersion: resolution.tool.version,
      reason,
      files: files.map(({ path, state }) => ({ path, state })),
    })),
  }
}

export function resolutionLines({ isDry, isStep = false, saved }: ResolutionReport): readonly Line[] {
  const next = isStep || isDry || saved.every(({ files }) => files.every(({ state }) => state === 'unchanged'))
  return [
    ...saved.flatMap((each) => [toolLine(each), ...each.files.map((file) => fileLine(file, isDry))]),
    ...(next ? [] : [['next:'], ['  ', styled('bold', 'lock2build'), styled('dim', '  # make it a build')]]),
  ]
}

function toolLine({ resolution, reason }: SavedResolution): Line {
  const { name, version } = resolution.tool
  return [styled('bold', `resolved with ${name} ${version}`), styled('dim', `  (${reason})`)]
}

function fileLine({ path, state }: FileState, isDry: boolean): Line {
  const words = { new: 'new', updated: 'updated', unchanged: 'unchanged', kept: 'kept', removed: 'removed' }[state]
  const wouldBe = isDry && state !== 'unchanged' ? `would be ${words}` : words
  return ['  ', styled(state === 'unchanged' ? 'dim' : 'green', wouldBe.padEnd(isDry ? 16 : 9)), ` ${path}`]
}
