/** What the last run wrote: the pins of this one, and what changes are told against. */
import type { OutputFile } from '../model/output-file.ts'
import type { ProjectFiles } from '../model/world.ts'
import { ProblemError, type Problem } from '../problem.ts'
import type { BuildSpec } from '../spec/build-spec.ts'
import { readSpec } from '../spec/read.ts'

export const SPEC_FILE = 'lock2build/spec.json'

export interface PreviousSpec {
  /** What stands in the file. */
  readonly text: string | undefined
  readonly spec: BuildSpec | undefined
  /** Why an existing one could not be read. The file is ours and written anew, so this stops nothing. */
  readonly problems: readonly Problem[]
}

/** The text is read at once, and what it says when somebody asks: with the lock file alone many a run needs none of it. */
export function findPreviousSpec(files: ProjectFiles): PreviousSpec {
  try {
    return new WrittenSpec(files.find(SPEC_FILE))
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { text: undefined, spec: undefined, problems: error.problems }
  }
}

class WrittenSpec implements PreviousSpec {
  readonly text: string | undefined
  #said: Pick<PreviousSpec, 'spec' | 'problems'> | undefined

  constructor(text: string | undefined) {
    this.text = text
  }

  get spec(): BuildSpec | undefined {
    return (this.#said ??= readText(this.text)).spec
  }

  get problems(): readonly Problem[] {
    return (this.#said ??= readText(this.text)).problems
  }
}

function readText(text: string | undefined): Pick<PreviousSpec, 'spec' | 'problems'> {
  try {
    return { spec: text === undefined ? undefined : readSpec(text, SPEC_FILE), problems: [] }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return { spec: undefined, problems: error.problems }
  }
}

/** The same, for whom this run's is known: a text that was written again word for word says what this run's spec says. */
export function asWrittenAgain(
  previous: PreviousSpec,
  { spec, files }: { readonly spec: BuildSpec; readonly files: readonly OutputFile[] },
): PreviousSpec {
  const text = files.find(({ path }) => path === SPEC_FILE)?.text
  return text !== undefined && text === previous.text ? { text, spec, problems: [] } : previous
}
