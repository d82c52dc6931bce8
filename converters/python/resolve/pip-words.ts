/** What pip says of an index that refuses, fails or has nothing, and pip-compile of a conflict: nothing, unless it is asked to say more. */
import type { LouderRun } from '../../../src/resolve/project-tool.ts'

/** `args`: those of the first run, with enough of `--verbose`. */
export function louderPip(args: readonly string[], unclear = /\(from versions: none\)/): LouderRun {
  return { unclear, args, tell }
}

function tell(output: string): readonly string[] {
  const telling = /Could not fetch URL .* - skipping$|(?:The user requested|\S+ \S+ depends on) .*/
  return output.split('\n').flatMap((line) => telling.exec(line.trimEnd())?.[0] ?? [])
}
