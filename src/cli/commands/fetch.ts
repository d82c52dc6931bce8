/** `lock2build fetch`: every source of the committed spec into the store, verified. What is there already is not fetched again. */
import { resolve } from 'node:path'
import { openMirror } from '../../fetch/mirror.ts'
import { storedSources, type FetchedPart, type StoredSource } from '../../fetch/stored-source.ts'
import { cacheDirectory } from '../../io/cache-directory.ts'
import { projectFiles } from '../../io/project-files.ts'
import { thisSystem } from '../../io/this-system.ts'
import { loadOwnUserConfig } from '../../io/user-config.ts'
import { fail } from '../../problem.ts'
import type { BuildSpec } from '../../spec/build-spec.ts'
import { sourceStore } from '../../store/source-store.ts'
import { baseDirectory } from '../base-directory.ts'
import type { CommandResult, Invocation } from '../commands.ts'
import { currentSpec } from '../current-spec.ts'
import { checkDirectory } from '../detect.ts'
import type { Target, TargetOutcome } from '../fetch-targets.ts'
import { fetchParts, neededParts } from '../needed-sources.ts'
import type { FetchedParts, FetchRequest, NeededPart } from '../needed-sources.ts'
import { counted, printBytes, styled, type Line } from '../printable.ts'
import { readSettings } from '../settings.ts'

export async function fetch(invocation: Invocation): Promise<CommandResult> {
  const { line, environment, directory, progress } = invocation
  checkDirectory(directory, line.operands[0])
  const files = projectFiles(directory)
  const settings = readSettings({ line, environment, files, user: loadOwnUserConfig(environment) })
  const targets = await findTargets(invocation)
  const { spec } = await currentSpec(invocation, settings)
  const systems = line.values['all-systems'] === true ? spec.systems : [systemOf(spec)]
  const cache = cacheDirectory(environment)
  const python = await findPython(invocation, cache)
  const parts = await neededParts(spec, { systems, omit: settings.omit ?? [], python })
  const { from } = line.values
  progress.show('looking at what is there')
  const request: FetchRequest = {
    store: sourceStore(cache),
    directory,
    environment,
    registry: settings.registry,
    offline: settings.offline ?? false,
    from: typeof from === 'string' ? openMirror(resolve(baseDirectory(line), from)) : undefined,
    progress,
  }
  const { fetched, outcomes } = await fetchInto(targets, parts, request)
  return report({ fetched, outcomes, systems, store: cache })
}

async function fetchInto(
  targets: readonly Target[],
  parts: readonly NeededPart[],
  request: FetchRequest,
): Promise<Pick<Reported, 'fetched' | 'outcomes'>> {
  const onStored = (source: StoredSource): void => {
    for (const target of targets) target.offer?.(source)
  }
  try {
    const fetched = await fetchParts(parts, { ...request, onStored })
    const sources = targets.length === 0 ? [] : storedSources(parts.map((part) => asFetched(part, fetched)))
    const outcomes: TargetOutcome[] = []
    for (const target of targets) outcomes.push(await target.carry(sources))
    return { fetched, outcomes }
  } finally {
    for (const target of targets) await target.abandon?.()
  }
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

/** Of `--python`: builds with it need no wheels of other versions. */
async function findPython(invocation: Invocation, cache: string): Promise<string | undefined> {
  if (invocation.line.values.python === undefined) return undefined
  return (await import('../find-tool.ts')).findTool({ invocation, cache }, 'python').version
}

/** What carries sources elsewhere is loaded only when it is asked for. */
async function findTargets(invocation: Invocation): Promise<readonly Target[]> {
  const names = ['nix', 'store', 'cache', 'compression', 'sign', 'mirror'] as const
  if (names.every((name) => invocation.line.values[name] === undefined)) return []
  return (await import('../fetch-targets.ts')).readTargets(invocation)
}

function asFetched({ ecosystem, sources }: NeededPart, { paths }: FetchedParts): FetchedPart {
  return { sources, paths: paths.get(ecosystem.name) ?? new Map() }
}

interface Reported {
  readonly fetched: FetchedParts
  readonly outcomes: readonly TargetOutcome[]
  readonly systems: readonly string[]
  readonly store: string
}

function report({ fetched: { outcome }, outcomes, systems, store }: Reported): CommandResult {
  const { total, fetched, bytes } = outcome
  const targets = Object.fromEntries(outcomes.map(({ name, json }) => [name, json]))
  return {
    lines: [summary(outcome), ...outcomes.map(({ line }) => line)],
    json: () => ({ systems, store, sources: total, fetched, bytes, ...targets }),
  }
}

function summary({ total, fetched, bytes }: FetchedParts['outcome']): Line {
  const there = counted(total, 'source')
  if (fetched === 0) return [styled('green', 'complete'), `: ${there} in the store, verified`]
  const how = bytes === 0 ? '' : ` (${printBytes(bytes)})`
  return [styled('green', 'fetched'), ` ${counted(fetched, 'source')}${how}; ${there} in the store, verified`]
}
