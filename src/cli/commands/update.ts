/**
 * `lock2build update`: what is locked is resolved anew by the tool that wrote the lock file, everything or what is named; then the
 * project is converted. What changes is told before it is written, and a digest that changes under the same version stops it.
 */
import { ecosystems } from '../../../converters/index.ts'
import { isSame, isSuspicious, joinDifferences, type Difference } from '../../diff/difference.ts'
import { printDiff, summarize } from '../../diff/print-diff.ts'
import { printMarkdown } from '../../diff/print-markdown.ts'
import { cacheDirectory } from '../../io/cache-directory.ts'
import { lockProject } from '../../io/project-lock.ts'
import { projectFiles } from '../../io/project-files.ts'
import { resolveClock } from '../../io/resolve-clock.ts'
import { loadOwnUserConfig } from '../../io/user-config.ts'
import type { JsonObject } from '../../model/json.ts'
import { fail, shown } from '../../problem.ts'
import { readAge } from '../age.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { changesJson } from '../conversion.ts'
import { checkDirectory, isCollection } from '../detect.ts'
import { convertEdited, openCollection } from '../edit-packages.ts'
import { asConversion } from '../ensure-converted.ts'
import type { Line } from '../printable.ts'
import { findPreviousSpec } from '../previous-spec.ts'
import { resolutionJson, resolutionLines, saveResolved, type SavedResolution } from '../resolution.ts'
import { readSettings } from '../settings.ts'
import { updateLocks, type UpdatedLock, type UpdateRequest } from '../update-locks.ts'
import { convert } from './convert.ts'

export async function update(invocation: Invocation): Promise<CommandResult> {
  const { directory, line, environment } = invocation
  checkDirectory(directory, undefined)
  if (isCollection({ directory, ecosystems, lock: undefined })) return updateCollection(invocation)
  const isDry = line.values['dry-run'] === true
  const lock = isDry ? undefined : lockProject(directory, cacheDirectory(environment))
  let updated: readonly UpdatedLock[]
  let saved: readonly SavedResolution[]
  try {
    updated = await updateLocks(requestOf(invocation))
    failIfSuspicious(joinDifferences(updated.map(({ difference }) => difference)))
    saved = updated.map(({ resolved }) => saveResolved(resolved, { directory, isDry, isKeptAside: false }))
  } finally {
    lock?.release()
  }
  const converted = isDry ? undefined : await convertAgain(invocation)
  return report(invocation, { updated, saved, converted })
}

/** Each of its packages is a project of its own: what is named is locked anew with all that it needs. */
async function updateCollection(invocation: Invocation): Promise<CommandResult> {
  const { line } = invocation
  const { entries } = await openCollection(invocation, { mustExist: true })
  const unknown = line.operands.find((name) => entries.every((entry) => entry.name !== name))
  if (unknown !== undefined || line.values.latest === true) {
    fail({
      code: 'usage',
      message:
        unknown === undefined
          ? '--latest is for projects: the ranges of a collection stand in packages.json'
          : `${shown(unknown)} is no package of the collection`,
      hint: 'type `lock2build add NAME@RANGE` for another range, `lock2build list` for the names',
    })
  }
  return convertEdited(invocation, {
    refresh: line.operands.length === 0 ? 'all' : line.operands,
    before: beforeOf(invocation),
  })
}

/** `--min-age` */
function beforeOf({ line }: Invocation): Date | undefined {
  const age = line.values['min-age']
  return typeof age === 'string' ? resolveClock.daysAgo(readAge('min-age', age) / DAY) : undefined
}

function requestOf(invocation: Invocation): UpdateRequest {
  const { directory, line, environment, progress } = invocation
  const files = projectFiles(directory)
  const settings = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  const { spec } = findPreviousSpec(files)
  return {
    directory,
    environment,
    names: line.operands,
    isLatest: line.values.latest === true,
    lock: settings.lock,
    preferred: Object.values(spec?.ecosystems ?? {}).map((part) => part.lock.file),
    registry: settings.registry,
    tool: typeof line.values.tool === 'string' ? line.values.tool : undefined,
    before: beforeOf(invocation),
    omit: [],
    offline: settings.offline ?? false,
    progress,
  }
}

const DAY = 24 * 60 * 60 * 1000

/** Nobody asked for another digest of a version that stays: the registry, or somebody before it, gives something else than before. */
function failIfSuspicious({ integrity }: Difference): void {
  const changed = integrity.filter(isSuspicious)
  const [first] = changed
  if (first === undefined) return
  fail({
    code: 'integrity-changed',
    message: `${shown(`${first.name}@${first.version}`)} would keep its version and not its digest${changed.length > 1 ? `, as would ${changed.length - 1} more` : ''}: nothing was written`,
    hint: 'published versions do not change: find out what answers in the place of your registry',
  })
}

/** Only what was converted before, and as it was. */
async function convertAgain(invocation: Invocation): Promise<CommandResult | undefined> {
  const { line, environment, directory } = invocation
  const files = projectFiles(directory)
  const { spec } = findPreviousSpec(files)
  if (spec === undefined) return undefined
  const settings = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  const conversion = asConversion(invocation, settings, spec)
  return convert({ ...conversion, line: { ...conversion.line, operands: [] } }, { isStep: true })
}

interface Outcome {
  readonly updated: readonly UpdatedLock[]
  readonly saved: readonly SavedResolution[]
  readonly converted: CommandResult | undefined
}

function report({ line }: Invocation, { updated, saved, converted }: Outcome): CommandResult {
  const isDry = line.values['dry-run'] === true
  const parts = updated.map(({ ecosystem, difference }) => [ecosystem, difference] as const)
  const whole = joinDifferences(parts.map(([, difference]) => difference))
  const title = isDry ? 'Dependencies that can be updated' : 'Updated dependencies'
  return {
    ...(line.values.markdown === true ? { output: printMarkdown({ title, parts }) } : {}),
    lines: [
      ...changeLines(whole),
      ...raisedLines(updated),
      ...resolutionLines({ isDry, isStep: converted !== undefined, saved }),
    ],
    json: (): JsonObject => ({
      ...resolutionJson({ isDry, saved }),
      raised: updated.flatMap(({ raised }) => raised.map((range) => ({ ...range }))),
      changes: changesJson(whole),
      converted: converted !== undefined,
    }),
    warnings: [...saved.flatMap(({ resolution }) => resolution.warnings), ...(converted?.warnings ?? [])],
  }
}

function raisedLines(updated: readonly UpdatedLock[]): readonly Line[] {
  return updated.flatMap(({ raised }) =>
    raised.map(({ file, name, from, to }): Line => [`  ${file}: ${name} ${from} → ${to}`]),
  )
}

function changeLines(whole: Difference): readonly Line[] {
  if (isSame(whole)) return [['nothing to update']]
  const lines = printDiff(whole, { limit: Number.MAX_SAFE_INTEGER, moves: 20 })
  return [[summarize(whole) || 'the same packages'], ...lines.map((text): Line => [`  ${text}`])]
}
