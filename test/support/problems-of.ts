/** The problems that something throws or rejects with. Fails when it does not, or with anything that is not a ProblemError. */
import { ProblemError, type Problem } from '../../src/problem.ts'

export async function problemsOf(action: Promise<unknown> | (() => unknown)): Promise<readonly Problem[]> {
  try {
    await (typeof action === 'function' ? action() : action)
  } catch (error) {
    if (error instanceof ProblemError) return error.problems
    throw error
  }
  throw new Error('no problem was thrown')
}
