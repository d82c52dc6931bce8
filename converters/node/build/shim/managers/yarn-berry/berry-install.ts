/**
 * Yarn 2 and later install by themselves, from a cache folder made of the pinned archives: with the lock file as it is
 * (`--immutable`), without a network. The result is what Yarn leaves: node_modules directories, or what Plug'n'Play needs.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isStored, makeBerryCache, warnOfUnverified } from './berry-cache.ts'
import { berryLinkPlugin } from './berry-link-plugin.ts'
import { berryProgram } from './berry-program.ts'
import type { BerryProgram } from './berry-program.ts'
import { isPnp, pnpFiles } from './pnp-files.ts'
import { replaceStandIns } from './stand-ins.ts'
import { fail } from '../../failure.ts'
import { deliverProject, refuseOverrides, writeProject } from '../../installed-project.ts'
import type { Building } from '../../lay-out.ts'
import { tailOf } from '../../run-program.ts'
import type { Answer, Environment, ProgramRun } from '../../run-program.ts'
import { selectPlaces } from '../../selection.ts'
import type { Places } from '../../selection.ts'

export async function installBerry(building: Building): Promise<void> {
  const { job, spec } = building
  refuseOverrides(
    job,
    'Yarn installs by itself here and verifies what it gets. Change the package with yarn patch, switch its scripts off with dependenciesMeta in package.json.',
  )
  if (job.omit.includes('optional')) fail('omit: Yarn has no installation without optional dependencies.')
  const root = job.work
  await writeProject(root, building)
  const program = berryProgram(root, { spec, archive: job.manager, nodedir: job.nodedir, state: building.state })
  const run = await (fitsStandIns(root) ? installStandIns : installPackages)({ root, building, program })
  if (run.code !== 0) fail(`yarn ${spec.plan.manager?.version ?? ''} could not install:\n${tailOf(run.output)}`)
  await deliverProject(root, building, { instead: isPnp(root) ? pnpFiles : [] })
}

interface Installing {
  /** The project's directory while building. */
  readonly root: string
  readonly building: Building
  readonly program: BerryProgram
}

/**
 * Whether Yarn only copies packages, as far as one can tell without it: then stand-ins are enough for it. Plugins of the project may
 * look into packages; in other modes Yarn looks at every file.
 */
export function fitsStandIns(root: string): boolean {
  const file = `${root}/.yarnrc.yml`
  const settings = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return (
    isStored(root) &&
    /^nodeLinker: +(["']?)node-modules\1 *$/m.test(settings) &&
    !/^(?:nmMode|plugins) *:/m.test(settings)
  )
}

async function installPackages({ root, building, program }: Installing): Promise<ProgramRun> {
  const cache = await makeBerryCache(root, placesOf(building), { building, program })
  warnOfUnverified(cache)
  const env = { YARN_CHECKSUM_BEHAVIOR: cache.unverified.length === 0 ? 'throw' : 'ignore' }
  return runInstall({ root, building, program }, env)
}

/** Yarn starts and resolves while its cache is made. */
async function installStandIns({ root, building, program }: Installing): Promise<ProgramRun> {
  const { spec, pool, state } = building
  const plugin = `${state}/berry-link-plugin.cjs`
  writeFileSync(plugin, berryLinkPlugin)
  const making = makeBerryCache(root, placesOf(building), { building, program, packages: `${state}/packages` })
  const locals = Object.keys(spec.plan.local).map((dir) => (dir === '' ? root : `${root}/${dir}`))
  let areReplaced = false
  const answer: Answer = async (question) => {
    if (question === 'cache') return [...(await making).unchecked]
    // Asked by each linker, whether it is the one of the project or not.
    areReplaced ||= await replaceStandIns(locals, pool)
    return []
  }
  const running = runInstall(
    { root, building, program },
    { YARN_PLUGINS: plugin, YARN_CHECKSUM_BEHAVIOR: 'throw' },
    answer,
  )
  const [cache, run] = await Promise.all([making, running])
  warnOfUnverified(cache)
  return run
}

function placesOf({ spec, job, npm }: Building): Places {
  return selectPlaces(spec.plan, job, npm)
}

function runInstall({ building, program }: Installing, env: Environment, answer?: Answer): Promise<ProgramRun> {
  const isWhole = building.job.omit.length === 0
  const immutable = { YARN_ENABLE_IMMUTABLE_INSTALLS: isWhole ? '1' : '0' }
  return program.run(['install', ...(isWhole ? ['--immutable'] : [])], { ...immutable, ...env }, answer)
}
