/**
 * `lock2build resolve`: a lock file where there is none, as the project's own package manager writes it. One that is there is
 * where the resolution starts: what it pins stays, as long as it fits.
 */
import { cacheDirectory } from '../../io/cache-directory.ts'
import { projectFiles } from '../../io/project-files.ts'
import { lockProject } from '../../io/project-lock.ts'
import { resolveClock } from '../../io/resolve-clock.ts'
import { loadOwnUserConfig } from '../../io/user-config.ts'
import { fail, shown } from '../../problem.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { checkDirectory } from '../detect.ts'
import { resolutionJson, resolutionLines, saveResolved, type SavedResolution } from '../resolution.ts'
import { findResolvers, resolveProject, type ResolvedProject } from '../resolve-project.ts'
import { readSettings, type Settings } from '../settings.ts'
import { convert, type ConvertOptions } from './convert.ts'

export async function resolve(invocation: Invocation): Promise<CommandResult> {
  const { line, directory } = invocation
  checkDirectory(directory, line.operands[0])
  // What is kept aside is a part of what a conversion writes.
  if (line.values['write-lock'] === false) return resolveThenConvert(invocation)
  const isDry = line.values['dry-run'] === true
  const saved = await resolveAndSave(invocation)
  return {
    lines: resolutionLines({ isDry, saved }),
    json: () => resolutionJson({ isDry, saved }),
    warnings: saved.flatMap(({ resolution }) => resolution.warnings),
  }
}

/** A dry run ends with the resolution: there is no lock file that could be converted. */
export async function resolveThenConvert(
  invocation: Invocation,
  { isStep = false }: ConvertOptions = {},
): Promise<CommandResult> {
  const { line } = invocation
  const isDry = line.values['dry-run'] === true
  const saved = await resolveAndSave(invocation)
  const report = { isDry, isStep: true, saved }
  const warnings = saved.flatMap(({ resolution }) => resolution.warnings)
  if (isDry) return { lines: resolutionLines(report), json: () => resolutionJson(report), warnings }
  const converted = await convert({ ...invocation, line: { ...line, values: withoutOwn(line.values) } }, { isStep })
  return {
    ...converted,
    lines: [...resolutionLines(report), ...(converted.lines ?? [])],
    json: () => ({ ...resolutionJson(report), ...converted.json() }),
    warnings: [...warnings, ...(converted.warnings ?? [])],
  }
}

async function resolveAndSave(invocation: Invocation): Promise<readonly SavedResolution[]> {
  const { line, environment, directory } = invocation
  const isDry = line.values['dry-run'] === true
  const settings = readSettings({
    line,
    environment,
    files: projectFiles(directory),
    user: loadOwnUserConfig(environment),
  })
  const lock = isDry ? undefined : lockProject(directory, cacheDirectory(environment))
  try {
    const target = { directory, isDry, isKeptAside: line.values['write-lock'] === false }
    return (await resolveAll(invocation, settings)).map((each) => saveResolved(each, target))
  } finally {
    lock?.release()
  }
}

/** One after the other: each uses the network and the processors as it can. */
async function resolveAll(
  { line, environment, directory, progress }: Invocation,
  settings: Settings,
): Promise<readonly ResolvedProject[]> {
  const request = {
    directory,
    environment,
    tool: typeof line.values.tool === 'string' ? line.values.tool : undefined,
    registry: settings.registry,
    before: readBefore(line.values.before),
    omit: settings.omit ?? [],
    offline: settings.offline ?? false,
    progress,
  }
  const resolved: ResolvedProject[] = []
  for (const found of await findResolvers(request)) resolved.push(await resolveProject(request, found))
  return resolved
}

/** Throws `usage`. */
function readBefore(text: unknown): Date | undefined {
  if (typeof text !== 'string') return undefined
  const hint = 'write it as 2026-01-31, or 2026-01-31T12:00:00Z'
  return resolveClock.parse(text) ?? fail({ code: 'usage', message: `--before ${shown(text)} is not a date`, hint })
}

/** Of the conversion that follows. */
function withoutOwn(values: Invocation['line']['values']): Invocation['line']['values'] {
  const { before: _before, tool: _tool, resolve: _resolve, 'write-lock': _aside, ...others } = values
  return others
}
