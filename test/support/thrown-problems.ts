import { ProblemError, type Problem } from '../../src/problem.ts'

/** The problems that a synchronous call throws. Anything else it throws, or nothing thrown at all, fails the test. */
export function thrownProblems(call: () => unknown): readonly Problem[] {
  try {
    call()
  } catch (error) {
    if (error instanceof ProblemError) return error.problems
    throw error
  }
  throw new Error('nothing was thrown')
}
