/** What the ecosystems know of how their versions compare, loaded for those that take part. */
import { ecosystems } from '../../converters/index.ts'
import type { Comparisons } from '../diff/diff-specs.ts'
import type { BuildSpec } from '../spec/build-spec.ts'

export async function loadComparisons(names: Iterable<string>): Promise<Comparisons> {
  const wanted = new Set(names)
  const found = ecosystems.filter(({ name }) => wanted.has(name))
  return new Map(
    await Promise.all(found.map(async ({ name, loadComparison }) => [name, await loadComparison()] as const)),
  )
}

/** Of every ecosystem that one of them has a part of. */
export function loadComparisonsOf(...specs: readonly (BuildSpec | undefined)[]): Promise<Comparisons> {
  return loadComparisons(
    specs.flatMap((spec) => [...Object.keys(spec?.ecosystems ?? {}), ...Object.keys(spec?.collection ?? {})]),
  )
}
