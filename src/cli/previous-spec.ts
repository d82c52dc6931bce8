/** What the last run wrote: the pins of this one, and what changes are told against. */
import type { ProjectFiles } from '../model/world.ts'
import { ProblemError, type Problem } from '../problem.ts'
import type { BuildSpec } from '../spec/build-spec.ts'
import { readSpec } from '../spec/read.ts'

export const SPEC_FILE = 'lock2build/spec.json'

export interface PreviousSpec {
  readonly spec: BuildSpec | undefined
  /** Why an existing one could not be read. The file is ours and written anew, so this stops nothing. */
  readonly problems: readonly Problem[]
}

export function findPreviousSpec(files: ProjectFiles): PreviousSpec {
  try {
    const text = files.find(SPEC_FILE)
    return { spec: text === undefined ? undefined : readSpec(text, SPEC_FILE), problems: [] }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { spec: undefined, problems: error.problems }
  }
}
