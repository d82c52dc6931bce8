/** The embedded builder behind a memory: where nothing changed since it had nothing to do, it is not even loaded. */
import { resolve } from 'node:path'
import { buildPlaces, isBuilt } from '../build/build-store.ts'
import { findStamp, saveStamp } from '../build/build-stamp.ts'
import { findBuildTool, type BuildTool } from '../build/build-tool.ts'
import { linkResult } from '../build/out-link.ts'
import { baseDirectory } from './base-directory.ts'
import { buildState } from './build-state.ts'
import type { BuildOutcome, BuildRequest } from './commands/build.ts'

export async function buildRemembered(request: BuildRequest): Promise<BuildOutcome> {
  const { cache, link } = request
  const tool = findTool(request)
  const state = buildState(request, tool)
  const stamp = findStamp(cache, state.question, state.digest)
  const isAgain = request.invocation.line.values.rebuild === true
  if (stamp !== undefined && !isAgain && isBuilt(cache, stamp.key)) {
    const result = buildPlaces(cache, stamp.key).out
    if (link !== undefined) linkResult(link, result, cache)
    return nothingToDo(result, stamp.key)
  }
  const { buildEmbedded } = await import('./build-embedded.ts')
  const outcome = await buildEmbedded(request, tool)
  // Whatever was converted or saved meanwhile shows in the state, and is looked at again by the next run.
  const isSame = state.isSettled && buildState(request, tool).digest === state.digest
  if (outcome.key !== undefined && outcome.result !== undefined && isSame) {
    saveStamp(cache, state.question, state.digest, { key: outcome.key })
  }
  return outcome
}

export function findTool({ invocation, cache }: BuildRequest): BuildTool {
  const { line, environment } = invocation
  const { node } = line.values
  const chosen = typeof node === 'string' ? resolve(baseDirectory(line), node) : undefined
  return findBuildTool({ chosen, environment, cache })
}

function nothingToDo(result: string, key: string): BuildOutcome {
  return {
    result,
    key,
    lines: [['nothing to do: it was built before from the same inputs']],
    json: { key, built: [] },
  }
}
