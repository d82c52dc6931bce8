/**
 * A build in which no code of a package runs, outside of the sandbox: so its result can share files with packages that are kept
 * unpacked, which saves fetching, decompressing and writing them.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { failIo } from '../io/inside.ts'
import { removeTree } from '../io/store-space.ts'
import { startingThreads } from '../io/thread-start.ts'
import type { RunHere } from '../model/recipe.ts'
import { buildEnvironment } from './build-environment.ts'
import { dieWithParent } from './die-with-parent.ts'
import { populateProject } from './populate-inputs.ts'
import { jobText, type Input, type PlannedBuild } from './plan-build.ts'
import { runChild } from './run-child.ts'
import type { BuildRun, RunOutcome } from './run-build.ts'
import { runningPure, shimPath, toolPart, type RunningPure } from './tool-traits.ts'

/** Directory of unpacked packages, below the cache directory. */
const UNPACKED = 'unpacked'

export async function runPure(run: BuildRun): Promise<RunOutcome> {
  const { build, options } = run
  const running = runningPure(options.tool)
  const finish = { outputs: new Map<string, string>(), areFilesSealed: running.areFilesSealed }
  const here = running.isOwn && options.isFresh !== true ? await startHere(build) : undefined
  try {
    return { exit: await runFrom(run, running, here), sandbox: 'unneeded', finish }
  } finally {
    void here?.end()
  }
}

async function startHere({ recipe }: PlannedBuild): Promise<RunHere | undefined> {
  const { startHere: start } = recipe
  return start === undefined ? undefined : startingThreads(start)
}

async function runFrom(
  { build, options, paths, log }: BuildRun,
  running: RunningPure,
  here: RunHere | undefined,
): Promise<number | string> {
  const { space, tool, fetch } = options
  const unpacked = options.isFresh === true ? `${paths.build}.unpacked` : join(space.root, UNPACKED, shimDigest(build))
  const wanted = notKept(build, unpacked)
  const sources = await fetch(wanted)
  const found = new Map(
    build.inputs.flatMap((input) => (input.kind === 'source' ? [[input.at, sources.get(input.id)] as const] : [])),
  )
  writeInputs(build, paths.inputs)
  const job = build.job({
    build: paths.build,
    // One archive is decompressed before a second thread has started.
    workers: wanted.length === 1 ? 1 : availableParallelism(),
    // What is kept unpacked is never read from its archive.
    locate: ({ at }) => found.get(at) ?? `${paths.inputs}/${at}`,
    tool: (part) => toolPart(tool, part),
    ...(running.keepsUnpacked ? { unpacked } : {}),
  })
  const shim = join(paths.inputs, shimPath(tool.kind))
  // Starting another process takes as long as making the links of some hundred packages.
  if (wanted.length === 0 && here !== undefined) {
    if (await here.run(job, shim)) return 0
    removeTree(join(paths.build, 'out'))
  }
  const jobFile = join(paths.inputs, 'job.json')
  writeFileSync(jobFile, jobText(job), { mode: 0o644 })
  return runChild(dieWithParent([...running.command, shim, build.recipe.command, jobFile]), {
    environment: buildEnvironment(paths.build, running.programs),
    cwd: paths.build,
    log,
  })
}

/** Sources of which the archive is needed. */
function notKept({ recipe, inputs }: PlannedBuild, unpacked: string): readonly string[] {
  const isKept = ({ id, at }: SourceInput): boolean => {
    const name = basename(at)
    const kept = recipe.keptAs === undefined ? name : recipe.keptAs(id, name)
    return kept !== undefined && existsSync(`${unpacked}/${kept}`)
  }
  return inputs.flatMap((input) => (input.kind === 'source' && !isKept(input) ? [input.id] : []))
}

type SourceInput = Extract<Input, { kind: 'source' }>

/** Another shim may unpack in another way. */
function shimDigest({ inputs, recipe }: PlannedBuild): string {
  const shim = inputs.find(({ at }) => at === shimPath(recipe.tool))
  const bytes = shim?.kind === 'file' ? shim.bytes : ''
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

function writeInputs({ inputs }: PlannedBuild, directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o755 })
    for (const input of inputs) {
      if (input.kind !== 'file' && input.kind !== 'project') continue
      const to = join(directory, input.at)
      mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
      if (input.kind === 'project') populateProject(input, to)
      else writeFileSync(to, input.bytes, { mode: 0o644 })
    }
  } catch (error) {
    failIo(error, 'preparing', directory)
  }
}
