/** `lock2build fetch`: every source of the committed spec into the store, verified. What is there already is not fetched again. */
import { resolve } from 'node:path'
import { openMirror } from '../../fetch/mirror.ts'
import { cacheDirectory } from '../../io/cache-directory.ts'
import { projectFiles } from '../../io/project-files.ts'
import { thisSystem } from '../../io/this-system.ts'
import { loadOwnUserConfig } from '../../io/user-config.ts'
import { fail } from '../../problem.ts'
import type { BuildSpec } from '../../spec/build-spec.ts'
import { sourceStore } from '../../store/source-store.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { currentSpec } from '../current-spec.ts'
import { checkDirectory } from '../detect.ts'
import { fetchParts, neededParts, type FetchedParts } from '../needed-sources.ts'
import { counted, printBytes, styled, type Line } from '../printable.ts'
import { readSettings } from '../settings.ts'

export async function fetch(invocation: Invocation): Promise<CommandResult> {
  const { line, environment, directory, progress } = invocation
  checkDirectory(directory, line.operands[0])
  const files = projectFiles(directory)
  const settings = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  const { spec } = await currentSpec(invocation, settings)
  const systems = line.values['all-systems'] === true ? spec.systems : [systemOf(spec)]
  const parts = await neededParts(spec, { systems, omit: settings.omit ?? [] })
  const cache = cacheDirectory(environment)
  const from = typeof line.values.from === 'string' ? resolve(line.values.from) : undefined
  progress.show('looking at what is there')
  const fetched = await fetchParts(parts, {
    store: sourceStore(cache),
    directory,
    environment,
    registry: settings.registry,
    offline: settings.offline ?? false,
    from: from === undefined ? undefined : openMirror(from),
    progress,
  })
  return report(fetched, systems, cache)
}

/** This machine, if the spec was made for machines like it. */
function systemOf({ systems }: BuildSpec): string {
  const system = thisSystem()
  if (systems.includes(system)) return system
  fail({
    code: 'usage',
    message: `lock2build/spec.json is made for ${systems.join(', ')}, and this machine is ${system}`,
    hint: `type \`lock2build fetch --all-systems\`, or make it for this machine, too: \`lock2build --system ${[...systems, system].join(',')}\``,
  })
}

function report({ outcome }: FetchedParts, systems: readonly string[], store: string): CommandResult {
  const { total, fetched, bytes } = outcome
  return {
    lines: [summary(outcome)],
    json: () => ({ systems, store, sources: total, fetched, bytes }),
  }
}

function summary({ total, fetched, bytes }: FetchedParts['outcome']): Line {
  const there = counted(total, 'source')
  if (fetched === 0) return [styled('green', 'complete'), `: ${there} in the store, verified`]
  const how = bytes === 0 ? '' : ` (${printBytes(bytes)})`
  return [styled('green', 'fetched'), ` ${counted(fetched, 'source')}${how}; ${there} in the store, verified`]
}
