/**
 * Reader of yarn.lock version 1 (yarn 0.x and 1.x, "Yarn Classic"): https://classic.yarnpkg.com/en/docs/yarn-lock. The file maps what
 * is asked for to what was found; the tree is made from it, as yarn makes it, and package.json says what the project asks for.
 */
import type { LockReader, ReadContext, ReadResult } from '../../../../src/model/converter.ts'
import { fail, failIfAny, shown } from '../../../../src/problem.ts'
import type { Problem } from '../../../../src/problem.ts'
import { readNpmConfig } from '../../npmrc.ts'
import { findNamedManager, managerPackage } from '../../package-managers.ts'
import { buildYarnLock } from './build-yarn-lock.ts'
import { checkGraph } from './check-graph.ts'
import { EndlessNesting, hoist } from './hoist.ts'
import type { Hoisting } from './hoist.ts'
import type { HoistedPlace } from './hoisted-place.ts'
import type { FoundPackage } from './pattern.ts'
import { projectGraph } from './yarn-graph.ts'
import { parseYarnLock } from './yarn-lock-text.ts'
import { ignoredSettings } from './ignored-settings.ts'
import { findManifest, loadProject } from './yarn-project.ts'
import { lockText } from '../project-files.ts'

/** The last release; every lock file of version 1 is read by it. */
const YARN_VERSION = '1.22.22'

export const yarnClassic: LockReader = { read: readYarnClassic }

function readYarnClassic(context: ReadContext): ReadResult {
  const { file } = context
  const { registries } = readNpmConfig(context)
  const { entries, byPattern } = parseYarnLock(lockText(context), file)
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const warn = (problem: Problem): void => void warnings.push(problem)
  const loading = { context, report, warn }
  const project = loadProject(loading)
  if (project === undefined) {
    failIfAny(problems)
    throw new Error('a project without a manifest is a problem')
  }
  const check = checkGraph({ entries, project, report, reach: context.files.reach })
  const { graph, aggregator } = projectGraph({
    ...project,
    byPattern,
    findManifest: (dir, kind) => (check.isInside(dir, kind) ? findManifest(dir, loading) : undefined),
    onMissing: check.onMissing,
    onMisfit: check.onMisfit,
  })
  failIfAny(problems)
  const places = hoistOrFail({ graph, aggregator }, file)
  const named = findNamedManager(context)
  const version = named?.word === 'yarn' && named.version?.startsWith('1.') === true ? named.version : YARN_VERSION
  const digests = version === named?.version ? named.digests : []
  const manager = managerPackage('yarn', { version, digests, registries, file })
  const lock = buildYarnLock({
    project,
    graph,
    places,
    aggregator,
    manager,
    ignored: ignoredSettings(context),
    file,
    locating: { registries, report, reach: context.files.reach },
  })
  failIfAny(problems)
  return { lock, warnings }
}

function hoistOrFail<F extends FoundPackage>(hoisting: Hoisting<F>, file: string): readonly HoistedPlace<F>[] {
  try {
    return hoist(hoisting)
  } catch (error) {
    if (!(error instanceof EndlessNesting)) throw error
    const names = [...new Set(error.names)].slice(0, 3).map(shown).join(' and ')
    const message = `${names} would have to stand inside each other without end: versions need each other in a circle`
    return fail({
      code: 'lock-limit',
      message,
      where: { file },
      hint: 'force one version of them with "resolutions" in package.json',
    })
  }
}
