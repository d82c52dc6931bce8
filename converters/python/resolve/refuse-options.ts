/** What a tool cannot be told is refused, never forgotten. */
import type { ResolveRequest } from '../../../src/model/resolver.ts'
import { fail } from '../../../src/problem.ts'

/** Throws `usage`. */
export function refuseOptions(
  name: string,
  request: ResolveRequest,
  options: readonly ('before' | 'registry')[],
): void {
  const option = options.find((each) => request[each] !== undefined)
  if (option === undefined) return
  fail({
    code: 'usage',
    message: `${name} cannot be given --${option}`,
    hint: option === 'before' ? 'leave it out' : 'leave it out, and name the index where the project names its own',
  })
}
