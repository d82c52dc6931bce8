/** The embedded builder behind a memory: where nothing changed since it had nothing to do, it is not even loaded. */
import { buildPlaces, isBuilt } from '../build/build-store.ts'
import { findStamp, saveStamp } from '../build/build-stamp.ts'
import { projectFiles } from '../io/project-files.ts'
import { linkResult } from '../build/out-link.ts'
import { lookedBeside } from '../io/repository.ts'
import { buildState, stateWith } from './build-state.ts'
import type { ToolName } from '../model/recipe.ts'
import type { BuildOutcome, BuildRequest } from './commands/build.ts'
import { findTool } from './find-tool.ts'

export async function buildRemembered(request: BuildRequest): Promise<BuildOutcome> {
  const { cache, link } = request
  const tools = toolNames(request.invocation.directory).map((name) => findTool(request, name))
  const state = await buildState(request, tools)
  const found = findStamp(cache, state.question)
  const known = found?.beside ?? []
  const before = stateWith(state, known)
  const stamp = found?.state === before.digest ? found : undefined
  const isAgain = request.invocation.line.values.rebuild === true
  if (stamp !== undefined && !isAgain && isBuilt(cache, stamp.key)) {
    const result = buildPlaces(cache, stamp.key).out
    if (link !== undefined) linkResult(link, result, cache)
    return nothingToDo(result, stamp.key)
  }
  const { buildEmbedded } = await import('./build-embedded.ts')
  const outcome = await buildEmbedded(request, { isChecked: stamp !== undefined })
  if (outcome.key === undefined || outcome.result === undefined) return outcome
  // Where nothing was converted anew, not everything was looked at.
  const beside = [...new Set([...(stamp?.beside ?? []), ...lookedBeside()])].sort()
  // What was not looked at before the build may have changed since it was read: only the next run can tell.
  const isKnown = JSON.stringify(beside) === JSON.stringify(known)
  // Whatever was converted or saved meanwhile shows in the state, and is looked at again by the next run.
  const after = stateWith(await buildState(request, tools), beside)
  const isSame = isKnown && before.isSettled && after.digest === before.digest
  if (isSame || !isKnown) {
    saveStamp(cache, state.question, { state: isSame ? before.digest : '', key: outcome.key, beside })
  }
  return outcome
}

/** What the last conversion's builds run on: their ecosystems are called as the tools are. */
function toolNames(directory: string): readonly ToolName[] {
  const text = projectFiles(directory).find('lock2build/spec.json') ?? ''
  const names = (['node', 'python', 'php'] as const).filter((name) => text.includes(`\n    "${name}": {`))
  return names.length === 0 ? ['node'] : names
}

function nothingToDo(result: string, key: string): BuildOutcome {
  return {
    result,
    key,
    lines: [['nothing to do: it was built before from the same inputs']],
    json: { key, built: [] },
  }
}
