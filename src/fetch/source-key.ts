/** Under which digest a source of a spec stands in the store, in a mirror, and in the Nix store. */
import { isStrong, parseSri } from '../digest/sri.ts'
import { fail, shown } from '../problem.ts'
import type { SpecSource } from '../spec/build-spec.ts'
import type { SourceKey } from '../store/source-store.ts'

/** undefined: a file of the project, which is known by its path and perhaps by a weak digest only. */
export function findSourceKey(source: SpecSource): SourceKey | undefined {
  if ('path' in source) return undefined
  const [digest] = parseSri(source.hash)
  if (digest === undefined || !isStrong(digest)) {
    fail({ code: 'spec-invalid', message: `${shown(source.hash)} is not a digest that can be trusted` })
  }
  return { form: 'git' in source ? 'tree' : 'file', digest }
}
