/**
 * `lock2build check`: derives the files again in memory and compares bytes. Needs no network and no permission to write, and
 * never asks Nix: a cached fixed output would hide that the files are stale.
 */
import { isSame, noDifference } from '../../diff/difference.ts'
import { diffSpecs } from '../../diff/diff-specs.ts'
import { printDiff } from '../../diff/print-diff.ts'
import { projectFiles } from '../../io/project-files.ts'
import { wouldChange, type Change } from '../../io/save.ts'
import { loadOwnUserConfig } from '../../io/user-config.ts'
import { COLLECTION_FILE } from '../../model/collection.ts'
import type { OutputFile } from '../../model/output-file.ts'
import { ProblemError, type Problem } from '../../problem.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { loadComparisonsOf } from '../comparisons.ts'
import { changesJson } from '../conversion.ts'
import { deriveAgain } from '../derive-again.ts'
import { ownFiles, type Derived } from '../derive.ts'
import { checkDirectory } from '../detect.ts'
import { findPreviousSpec, SPEC_FILE, type PreviousSpec } from '../previous-spec.ts'
import { styled, type Line } from '../printable.ts'
import { readSettings } from '../settings.ts'

const HINT = 'run `lock2build`, and commit what it writes'

export async function check(invocation: Invocation): Promise<CommandResult> {
  const { line, environment, directory } = invocation
  checkDirectory(directory, line.operands[0])
  const files = projectFiles(directory)
  const settings = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  const previous = findPreviousSpec(files)
  try {
    return await compare(invocation, previous, await deriveAgain(invocation, settings, previous.spec))
  } catch (error) {
    const unpinned = error instanceof ProblemError && error.problems.every(({ code }) => code === 'network-needed')
    if (!unpinned) throw error
    return unpinnedResult(error.problems, previous)
  }
}

async function compare(
  { directory, line }: Invocation,
  previous: PreviousSpec,
  derived: Derived,
): Promise<CommandResult> {
  const own = derived.files.filter((file) => file.owner === 'lock2build')
  const changes = wouldChange(directory, own, ownFiles(previous.spec))
  // Equal bytes are equal specs: comparing large ones is for telling people what changed.
  const isSpecSame = changes.every(({ path }) => path !== SPEC_FILE)
  const diff = isSpecSame
    ? noDifference
    : diffSpecs(previous.spec, derived.spec, await loadComparisonsOf(previous.spec, derived.spec))
  const isShown = previous.spec !== undefined && !isSame(diff)
  const limit = line.values.verbose === true ? Number.MAX_SAFE_INTEGER : 10
  return {
    lines: [
      ...(changes.length === 0 ? [upToDate(own)] : []),
      ...(isShown ? printDiff(diff, { limit }).map((text): Line => [`  ${text}`]) : []),
    ],
    json: () => ({
      locks: derived.locks.map((lock) => ({ ...lock })),
      files: own.map(({ path }) => ({ path, state: stateOf(changes, path) })),
      changes: changesJson(diff),
    }),
    warnings: derived.warnings,
    problems: [...staleProblems(changes, previous, own)],
  }
}

function upToDate(own: readonly OutputFile[]): Line {
  return [styled('green', 'up to date'), `: ${own.length} files are what the lock file gives`]
}

function stateOf(changes: readonly Change[], path: string): string {
  const change = changes.find((each) => each.path === path)
  if (change === undefined) return 'same'
  return change.kind === 'added' ? 'missing' : 'differs'
}

function staleProblems(
  changes: readonly Change[],
  previous: PreviousSpec,
  own: readonly OutputFile[],
): readonly Problem[] {
  if (changes.length > 0 && changes.filter(({ kind }) => kind === 'added').length === own.length) {
    return [{ code: 'stale', message: 'lock2build/ is not there', where: { file: 'lock2build' }, hint: HINT }]
  }
  return changes.map(({ path, kind }) => {
    const unreadable = path === SPEC_FILE ? previous.problems[0] : undefined
    const message = unreadable === undefined ? messages[kind] : `it could not be read: ${unreadable.message}`
    return { code: 'stale', message, where: unreadable?.where ?? { file: path }, hint: HINT }
  })
}

const messages: Readonly<Record<Change['kind'], string>> = {
  added: 'it is missing',
  changed: 'it is not what the lock file gives',
  removed: 'it is of an earlier run and no longer needed',
}

/** The lock file has sources that the spec does not pin: it changed, or was never converted. */
function unpinnedResult(problems: readonly Problem[], previous: PreviousSpec): CommandResult {
  const hint = 'run `lock2build` (it needs the network once), and commit what it writes'
  const missing = previous.spec === undefined ? 'lock2build/spec.json is missing or unreadable, and ' : ''
  return {
    json: () => ({
      changes: changesJson(noDifference),
      locks: [],
      files: [{ path: SPEC_FILE, state: previous.spec === undefined ? 'missing' : 'differs' }],
    }),
    problems: problems.map(({ message, where }) => {
      // A package that is not locked says so by itself.
      const what = where?.file === COLLECTION_FILE ? message : 'this source is pinned nowhere'
      return { code: 'stale', message: missing + what, where, hint }
    }),
  }
}
