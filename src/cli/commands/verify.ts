/**
 * `lock2build verify`: are the stored sources what the spec names, and does a fresh build give what was built? What is there is not
 * fetched again; what is missing is, because a build needs it.
 */
import { buildPlaces, isBuilt } from '../../build/build-store.ts'
import { leadsElsewhere } from '../../build/out-link.ts'
import type { PlannedBuild } from '../../build/plan-build.ts'
import { rebuild } from '../../build/rebuild.ts'
import { findSourceKey } from '../../fetch/source-key.ts'
import { ProblemError, shown, type Problem } from '../../problem.ts'
import type { SpecSource } from '../../spec/build-spec.ts'
import { sourceStore } from '../../store/source-store.ts'
import { prepare, runPrepared, type Prepared } from '../build-embedded.ts'
import { findTarget, type Target } from '../build-target.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { currentSpec } from '../current-spec.ts'
import { checkDirectory } from '../detect.ts'
import { counted, styled, type Line } from '../printable.ts'
import { thisSystem } from '../../io/this-system.ts'
import { readRequest, type BuildRequest } from './build.ts'

export async function verify(invocation: Invocation): Promise<CommandResult> {
  const { line, directory } = invocation
  checkDirectory(directory, line.operands[0])
  const request = readRequest(invocation)
  const { spec, text } = await currentSpec(invocation, request.settings)
  const target = await findTarget(request, spec)
  const sources = await verifySources(await neededSources(target, request.omit), request.cache, invocation)
  const prepared = prepare(request, text, target)
  const { planned, options } = prepared
  const wasBuilt = isBuilt(request.cache, planned.key)
  const problems: Problem[] = [...sources.problems]
  await runPrepared(prepared)
  const builds = withDependencies(prepared)
  for (const build of builds) problems.push(...(await differences(() => rebuild(build, options))))
  const result = buildPlaces(request.cache, planned.key).out
  return {
    lines: [
      sourcesLine(sources),
      ...(problems.length === 0 ? [sameLine(builds, wasBuilt)] : []),
      ...linkLines(request, result),
    ],
    json: () => ({
      attribute: request.attribute,
      sources: { needed: sources.needed, verified: sources.verified, damaged: sources.damaged },
      result,
      rebuilt: builds.map(({ recipe }) => recipe.name),
      wasBuilt,
    }),
    problems,
  }
}

interface VerifiedSources {
  readonly needed: number
  readonly verified: number
  /** Ids of sources whose bytes were not the ones that the spec names. */
  readonly damaged: readonly string[]
  readonly problems: readonly Problem[]
}

async function neededSources({ ecosystem, part }: Target, omit: readonly string[]) {
  const builder = await ecosystem.loadBuilder()
  const keys = new Set(builder.neededSources(part, { system: thisSystem(), omit }))
  return new Map(Object.entries(part.sources).filter(([id]) => keys.has(id)))
}

/** A damaged source is taken away, and fetched again by the build. */
async function verifySources(
  sources: ReadonlyMap<string, SpecSource>,
  cache: string,
  { progress }: Invocation,
): Promise<VerifiedSources> {
  const store = sourceStore(cache)
  const damaged: string[] = []
  let verified = 0
  for (const [id, source] of sources) {
    progress.show('verifying', verified, sources.size)
    const key = findSourceKey(source)
    if (key === undefined || !store.has(key)) continue
    if ((await store.findVerified(key)) === undefined) damaged.push(id)
    else verified += 1
  }
  const problems = damaged.map((id): Problem => {
    const message = `the stored source of ${shown(id)} was not what the spec names; it has been removed`
    const hint = 'find out what wrote into the cache directory: the disk may be failing'
    return { code: 'integrity-mismatch', message, hint }
  })
  return { needed: sources.size, verified, damaged, problems }
}

/** Each once, dependencies first. Supplements are other packages of a collection, to be verified by their own names. */
function withDependencies({ planned, before }: Prepared): readonly PlannedBuild[] {
  const found = new Map<string, PlannedBuild>()
  const visit = (each: PlannedBuild): void => {
    if (before.some((other) => other.planned === each)) return
    for (const dependency of each.dependencies) visit(dependency)
    found.set(each.key, each)
  }
  visit(planned)
  return [...found.values()]
}

async function differences(work: () => Promise<void>): Promise<readonly Problem[]> {
  try {
    await work()
    return []
  } catch (error) {
    if (error instanceof ProblemError && error.problems.every(({ code }) => code === 'not-reproducible')) {
      return error.problems
    }
    throw error
  }
}

function sourcesLine({ needed, verified, damaged }: VerifiedSources): Line {
  const missing = needed - verified - damaged.length
  const rest = missing === 0 ? '' : `, ${counted(missing, 'source')} not there before`
  return [`${counted(verified, 'source')} of ${needed} in the store, as the spec names them${rest}`]
}

function sameLine(builds: readonly PlannedBuild[], wasBuilt: boolean): Line {
  const what = wasBuilt ? 'what was built before' : 'what was built a moment ago: nothing was there to compare with'
  return [styled('green', 'verified'), `: ${counted(builds.length, 'fresh build')}, the same as ${what}`]
}

/** `./result` may be of another attribute, so this is no problem; but nobody should take it for what was verified. */
function linkLines({ link, cache, attribute }: BuildRequest, result: string): readonly Line[] {
  if (link === undefined || !leadsElsewhere(link, result, cache)) return []
  const words = attribute === 'package' ? '' : ` -A ${attribute}`
  const what = 'leads to another result: of older files, of another attribute, or built with Nix'
  return [
    [
      styled('yellow', 'not verified'),
      `: ${link} ${what}; \`lock2build build --with embedded${words}\` links this one`,
    ],
  ]
}
