/** What a tool cannot be told is refused, never forgotten. */
import type { ResolveRequest } from '../model/resolver.ts'
import { fail } from '../problem.ts'

/** `hints`: what its users do instead, by what it cannot be told. Throws `usage`. */
export function refuseOptions(
  name: string,
  request: ResolveRequest,
  hints: Readonly<Partial<Record<'before' | 'registry', string>>>,
): void {
  if (request.before !== undefined && hints.before !== undefined) {
    const message = `${name} cannot be given --before or --min-age`
    fail({ code: 'usage', message, hint: `leave it out, or ${hints.before}` })
  }
  if (request.registry !== undefined && hints.registry !== undefined) {
    fail({ code: 'usage', message: `${name} cannot be given --registry`, hint: `leave it out, and ${hints.registry}` })
  }
}
