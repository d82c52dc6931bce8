/**
 * Yarn 2 and later install by themselves, from a cache folder made of the pinned archives: with the lock file as it is
 * (`--immutable`), without a network. The result is what Yarn leaves: node_modules directories, or what Plug'n'Play needs.
 */
import { makeBerryCache, warnOfUnverified } from './berry-cache.ts'
import { berryProgram } from './berry-program.ts'
import { isPnp, pnpFiles } from './pnp-files.ts'
import { fail } from '../../failure.ts'
import { deliverProject, refuseOverrides, writeProject } from '../../installed-project.ts'
import type { Building } from '../../lay-out.ts'
import { tailOf } from '../../run-program.ts'
import { selectPlaces } from '../../selection.ts'

export async function installBerry(building: Building): Promise<void> {
  const { job, spec, npm } = building
  refuseOverrides(
    job,
    'Yarn installs by itself here and verifies what it gets. Change the package with yarn patch, switch its scripts off with dependenciesMeta in package.json.',
  )
  if (job.omit.includes('optional')) fail('omit: Yarn has no installation without optional dependencies.')
  const root = job.work
  await writeProject(root, building)
  const program = berryProgram(root, { spec, archive: job.manager, nodedir: job.nodedir, state: building.state })
  const cache = await makeBerryCache(root, selectPlaces(spec.plan, job, npm), { building, program })
  warnOfUnverified(cache)
  const isWhole = job.omit.length === 0
  const env = {
    YARN_CHECKSUM_BEHAVIOR: cache.unverified.length === 0 ? 'throw' : 'ignore',
    YARN_ENABLE_IMMUTABLE_INSTALLS: isWhole ? '1' : '0',
  }
  const run = await program.run(['install', ...(isWhole ? ['--immutable'] : [])], env)
  if (run.code !== 0) fail(`yarn ${spec.plan.manager?.version ?? ''} could not install:\n${tailOf(run.output)}`)
  await deliverProject(root, building, { instead: isPnp(root) ? pnpFiles : [] })
}
