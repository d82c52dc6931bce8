/** `lock2build build` without Nix: plan, fetch what is missing, build in the sandbox, link. */
import { resolve } from 'node:path'
import { buildPlaces, isBuilt } from '../build/build-store.ts'
import { chooseSandbox } from '../build/choose-sandbox.ts'
import { hostIdentity } from '../build/host-identity.ts'
import { linkResult } from '../build/out-link.ts'
import { planBuild, type PlannedBuild } from '../build/plan-build.ts'
import { rebuild } from '../build/rebuild.ts'
import { BuildFailure, runBuild, type BuildOptions } from '../build/run-build.ts'
import { openMirror } from '../fetch/mirror.ts'
import { loadAssets } from '../io/assets.ts'
import { readProjectFile } from '../build/read-project-file.ts'
import { storeSpace } from '../io/store-space.ts'
import { sourceStore } from '../store/source-store.ts'
import { baseDirectory } from './base-directory.ts'
import { findTarget, type Target } from './build-target.ts'
import type { BuildOutcome, BuildRequest } from './commands/build.ts'
import { ensureConverted } from './ensure-converted.ts'
import { findTool } from './find-tool.ts'
import { fetchParts } from './needed-sources.ts'
import { counted, type Line } from './printable.ts'

/** `isChecked`: see {@link ensureConverted}. */
export async function buildEmbedded(request: BuildRequest, { isChecked = false } = {}): Promise<BuildOutcome> {
  const { invocation, settings, cache, link } = request
  const converted = await ensureConverted(invocation, settings, { isChecked })
  const target = await findTarget(request, converted.spec)
  const prepared = prepare(request, converted.text, target)
  const common = { lines: converted.lines, warnings: converted.warnings }
  try {
    const made = await runPrepared(prepared)
    const isAgain = invocation.line.values.rebuild === true
    if (isAgain) await rebuild(prepared.planned, prepared.options)
    const result = buildPlaces(cache, prepared.planned.key).out
    if (link !== undefined) linkResult(link, result, cache)
    return {
      ...common,
      result,
      key: prepared.planned.key,
      lines: [...common.lines, ...(isAgain ? [rebuiltLine] : madeLines(made))],
      json: outcomeJson(prepared, made),
    }
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error
    return {
      ...common,
      result: undefined,
      lines: [...common.lines, ...error.tail.map((line): Line => [`  ${line}`])],
      json: { ...outcomeJson(prepared, []), log: error.log, tail: error.tail },
      problems: error.problems,
    }
  }
}

export interface Prepared {
  readonly planned: PlannedBuild
  readonly options: BuildOptions
  /** Of supplements: other tools may build them. */
  readonly before: readonly Prepared[]
}

/** The builds that were not there and are now. Throws as {@link runBuild}. */
export async function runPrepared({ planned, options, before }: Prepared): Promise<readonly PlannedBuild[]> {
  const made: PlannedBuild[] = []
  if (!isBuilt(options.space.root, planned.key)) {
    for (const each of before) if (planned.dependencies.includes(each.planned)) made.push(...(await runPrepared(each)))
  }
  return [...made, ...(await runBuild(planned, options))]
}

/** Names the build and says how it would be made. Throws as {@link planBuild}. */
export function prepare(request: BuildRequest, specText: string, target: Target): Prepared {
  const tool = findTool(request, target.recipe.tool)
  const { invocation, cache } = request
  const { environment, line, progress } = invocation
  const { directory } = target
  const isOff = line.values.sandbox === false
  progress.show('preparing')
  const before = target.supplements.map((supplement) => prepare(request, specText, supplement))
  const planned = planBuild(target.recipe, {
    project: directory,
    specText: target.specText ?? specText,
    planned: new Map(before.map((each) => [each.planned.recipe, each.planned])),
    sources: target.part.sources,
    readFile: (path) => readProjectFile(directory, path),
    asset: (path) => loadAssets([path]).get(path) ?? '',
    tool,
    host: hostIdentity(),
    isIsolated: !isOff,
  })
  const options: BuildOptions = {
    space: storeSpace(cache),
    sandbox: () => chooseSandbox({ environment, isOff }),
    tool,
    fetch: (ids) => fetchFor(request, target, ids),
    keepFailed: line.values['keep-failed'] === true,
    onStart: ({ recipe }) => progress.show(`building ${recipe.name}`),
  }
  return { planned, options, before }
}

async function fetchFor(
  { invocation, settings, cache }: BuildRequest,
  { ecosystem, part }: Target,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { directory, environment, line, progress } = invocation
  const wanted = new Set(ids)
  const sources = new Map(Object.entries(part.sources).filter(([id]) => wanted.has(id)))
  if (sources.size === 0) return new Map()
  const { from } = line.values
  const { paths } = await fetchParts([{ ecosystem, file: part.lock.file, sources }], {
    store: sourceStore(cache),
    directory,
    environment,
    registry: settings.registry,
    offline: settings.offline ?? false,
    from: typeof from === 'string' ? openMirror(resolve(baseDirectory(line), from)) : undefined,
    progress,
  })
  return paths.get(ecosystem.name) ?? new Map()
}

const rebuiltLine: Line = ['built again: the result is the same']

function madeLines(made: readonly PlannedBuild[]): readonly Line[] {
  if (made.length === 0) return [['nothing to do: it was built before from the same inputs']]
  return [[`${counted(made.length, 'build')}: ${made.map(({ recipe }) => recipe.name).join(', ')}`]]
}

function outcomeJson({ planned }: Prepared, made: readonly PlannedBuild[]) {
  return { key: planned.key, built: made.map(({ recipe }) => recipe.name) }
}
