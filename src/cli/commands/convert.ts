/** The bare command: derive the files, write them all or none, say what happened and what to type next. */
import { cacheDirectory } from '../../io/cache-directory.ts'
import { projectFiles } from '../../io/project-files.ts'
import { lockProject } from '../../io/project-lock.ts'
import { saveAll, wouldChange, type Change } from '../../io/save.ts'
import { loadOwnUserConfig } from '../../io/user-config.ts'
import type { Problem } from '../../problem.ts'
import { diffSpecs } from '../../spec/diff.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { connectOverNetwork } from '../connect.ts'
import { conversionJson, conversionLines, type Conversion, type FileState } from '../conversion.ts'
import { derive, ownNames, type Derived, type DeriveRequest } from '../derive.ts'
import { checkDirectory } from '../detect.ts'
import { defaultSystems } from '../options.ts'
import { findPreviousSpec, type PreviousSpec } from '../previous-spec.ts'
import { readSettings, type Settings } from '../settings.ts'

export async function convert(invocation: Invocation): Promise<CommandResult> {
  const { line, environment, directory } = invocation
  checkDirectory(directory, line.operands[0])
  const files = projectFiles(directory)
  const settings = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  const isDry = line.values['dry-run'] === true
  const lock = isDry ? undefined : lockProject(directory, cacheDirectory(environment))
  try {
    const previous = findPreviousSpec(files)
    const derived = await derive(requestOf(invocation, settings, previous))
    return report(invocation, previous, derived, save(invocation, derived, isDry))
  } finally {
    lock?.release()
  }
}

function requestOf(
  { environment, directory, progress }: Invocation,
  settings: Settings,
  previous: PreviousSpec,
): DeriveRequest {
  return {
    directory,
    environment,
    lock: settings.lock,
    registry: settings.registry,
    omit: settings.omit ?? [],
    systems: settings.systems ?? defaultSystems,
    flake: settings.flake ?? false,
    previous: previous.spec,
    connect: connectOverNetwork({ environment, offline: settings.offline ?? false }),
    progress,
  }
}

interface Written {
  readonly files: readonly FileState[]
  readonly unknown: readonly string[]
}

function save({ directory, line, progress }: Invocation, { files }: Derived, isDry: boolean): Written {
  const options = { force: line.values.force === true, names: ownNames() }
  progress.show('writing')
  const changes = wouldChange(directory, files, options)
  const saved = isDry ? undefined : saveAll(directory, files, options)
  const changed = new Map(changes.map((change) => [change.path, change]))
  const kept = new Set(saved?.kept)
  const states = files.map(({ path, owner }): FileState => {
    return { path, owner, state: kept.has(path) ? 'kept' : stateOf(changed.get(path)) }
  })
  const removed = changes.filter((change) => change.kind === 'removed')
  return {
    files: [...states, ...removed.map(({ path, owner }): FileState => ({ path, owner, state: 'removed' }))],
    unknown: saved?.unknown ?? [],
  }
}

function stateOf(change: Change | undefined): FileState['state'] {
  if (change === undefined) return 'unchanged'
  return change.kind === 'added' ? 'new' : 'updated'
}

function report(invocation: Invocation, previous: PreviousSpec, derived: Derived, written: Written): CommandResult {
  const { line, directory } = invocation
  const conversion: Conversion = {
    directory,
    isDry: line.values['dry-run'] === true,
    isVerbose: line.values.verbose === true,
    isFirst: previous.spec === undefined,
    flake: derived.files.some((file) => file.path === 'flake.nix'),
    locks: derived.locks,
    files: written.files,
    changes: diffSpecs(previous.spec, derived.spec),
  }
  return {
    lines: conversionLines(conversion),
    json: conversionJson(conversion),
    warnings: [...previous.problems.map(asIgnored), ...derived.warnings, ...written.unknown.map(unknownFile)],
  }
}

function asIgnored({ code, message, where }: Problem): Problem {
  return { code, message: `the last run's file could not be read and counts for nothing: ${message}`, where }
}

function unknownFile(file: string): Problem {
  return {
    code: 'not-ours',
    message: 'lock2build did not write this file',
    where: { file },
    hint: 'move it elsewhere: lock2build/ is written anew by every run',
  }
}
