/** The committed spec, for commands that work with it: it must be there, and be what the lock file gives now. */
import { projectFiles } from '../io/project-files.ts'
import { fail, failIfAny, ProblemError, type Problem } from '../problem.ts'
import type { BuildSpec } from '../spec/build-spec.ts'
import type { Invocation } from './commands.ts'
import { deriveAgain } from './derive-again.ts'
import { findPreviousSpec, SPEC_FILE } from './previous-spec.ts'
import type { Settings } from './settings.ts'

const CONVERT = 'run `lock2build`: it reads the lock file and writes lock2build/'

export interface CurrentSpec {
  readonly spec: BuildSpec
  /** What stands in the file. */
  readonly text: string
}

/**
 * Where there is no lock file (a mirror's other end may have lock2build/ alone) the spec counts as it is. Throws `stale`,
 * `spec-invalid`, and what is wrong with the lock file.
 */
export async function currentSpec(invocation: Invocation, settings: Settings): Promise<CurrentSpec> {
  const files = projectFiles(invocation.directory)
  const { spec, problems } = findPreviousSpec(files)
  failIfAny(problems)
  const derived = await findDerivedSpec(invocation, settings, spec)
  const text = files.find(SPEC_FILE)
  if (spec === undefined || text === undefined) return failStale('it is not there')
  if (derived !== undefined && derived !== text) return failStale('it is not what the lock file gives now')
  return { spec, text }
}

/** undefined: there is a spec, and no lock file to compare it with. */
async function findDerivedSpec(
  invocation: Invocation,
  settings: Settings,
  spec: BuildSpec | undefined,
): Promise<string | undefined> {
  try {
    const { files } = await deriveAgain(invocation, settings, spec)
    return files.find(({ path }) => path === SPEC_FILE)?.text
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const isOnly = (code: Problem['code']) => error.problems.every((problem) => problem.code === code)
    if (isOnly('network-needed'))
      return failStale(spec === undefined ? 'it is not there' : 'it does not pin everything that the lock file names')
    if (isOnly('nothing-here') && spec !== undefined) return undefined
    throw error
  }
}

function failStale(message: string): never {
  return fail({ code: 'stale', message, where: { file: SPEC_FILE }, hint: CONVERT })
}
