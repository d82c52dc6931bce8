/** What went wrong while something was found out about a package, as problems of the package. */
import { ProblemError, shown, type Problem, type Where } from '../problem.ts'

export interface PlacedPackage {
  readonly id: string
  /** In the lock file. */
  readonly where: Where
}

/**
 * With its name and its place in the lock file. Anything but a problem is thrown again. `unknown` says what the network was wanted for:
 * the end of "six@1.0 …".
 */
export function packageProblems(
  error: unknown,
  pkg: PlacedPackage,
  unknown = 'is pinned neither by the lock file nor by an earlier run',
): readonly Problem[] {
  if (!(error instanceof ProblemError)) throw error
  const offline = error.problems.find((problem) => problem.code === 'network-needed')
  // One per package, in terms of what is missing rather than of which request came first.
  if (offline !== undefined) {
    const message = `${shown(pkg.id)} ${unknown}, and the network is switched off`
    return [{ ...offline, message, where: pkg.where }]
  }
  return error.problems.map((problem) => ({
    ...problem,
    message: `${shown(pkg.id)}: ${problem.message}`,
    where: problem.where ?? pkg.where,
  }))
}
