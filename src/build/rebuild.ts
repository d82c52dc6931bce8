/** The same build once more, compared with the result that there is. */
import { join } from 'node:path'
import { removeTree } from '../io/store-space.ts'
import { fail, shown } from '../problem.ts'
import { buildPlaces, failurePlaces, replaceWith } from './build-store.ts'
import { differenceTexts, findDifference } from './compare-trees.ts'
import type { PlannedBuild } from './plan-build.ts'
import { makeEntry, type BuildOptions } from './run-build.ts'

/** What was built before must be there. Throws `not-reproducible`; then the second result is kept beside failed builds. */
export async function rebuild(build: PlannedBuild, options: BuildOptions): Promise<void> {
  const { root } = options.space
  const again = await makeEntry(build, { ...options, isFresh: true })
  const first = buildPlaces(root, build.key).out
  const difference = findDifference(first, join(again, 'out'))
  if (difference === undefined) return removeTree(again)
  const { name } = build.recipe
  const { kept } = failurePlaces(root, `${name}-again`, build.key)
  replaceWith(options.space, again, kept)
  fail({
    code: 'not-reproducible',
    message: `built again, ${name} is not the same: ${shown(difference.path)} ${differenceTexts[difference.kind]}`,
    where: { file: join(first, difference.path) },
    hint: `compare it with ${join(kept, 'out', difference.path)}: a date, a random name or an order got into it, or something wrote into the cache`,
  })
}
