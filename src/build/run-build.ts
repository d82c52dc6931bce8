/** Builds what is planned: dependencies first, each once, in the sandbox; what is there already is not built again. */
import { closeSync, mkdirSync, openSync, statfsSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { failIo, hasCode } from '../io/inside.ts'
import { removeTree, type StoreSpace } from '../io/store-space.ts'
import { isThere } from '../io/surroundings.ts'
import { ProblemError, type Problem } from '../problem.ts'
import { buildEnvironment } from './build-environment.ts'
import { buildPlaces, failurePlaces, forgetFailure, isBuilt, replaceWith } from './build-store.ts'
import type { BuildTool } from './build-tool.ts'
import { finishTree, type FinishOptions } from './finish-tree.ts'
import { readTail } from './log-tail.ts'
import { inSandbox, jobText, type PlannedBuild } from './plan-build.ts'
import { populateInputs } from './populate-inputs.ts'
import { runPure } from './run-pure.ts'
import type { Places, Sandbox } from './sandbox.ts'
import { runningIsolated, shimPath, toolVersions } from './tool-traits.ts'

export interface BuildOptions {
  /** Below the cache directory. */
  readonly space: StoreSpace
  /** Asked only when something is built. */
  readonly sandbox: () => Sandbox
  readonly tool: BuildTool
  /** Gives paths in the store for source ids. Asked only when something is built. */
  readonly fetch: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly keepFailed: boolean
  /** From archives alone: nothing that is kept unpacked is believed. */
  readonly isFresh?: boolean
  /** Called before each build. */
  readonly onStart?: (build: PlannedBuild) => void
}

/** A build that failed, with the end of what it said. */
export class BuildFailure extends ProblemError {
  readonly log: string
  /** Its last lines. */
  readonly tail: readonly string[]
  constructor(problem: Problem, log: string, tail: readonly string[]) {
    super([problem])
    this.log = log
    this.tail = tail
  }
}

/** The builds that were not there and are now; the last one is what was asked for. Throws `build-failed`, `io`, and what fetching throws. */
export async function runBuild(build: PlannedBuild, options: BuildOptions): Promise<readonly PlannedBuild[]> {
  const { space } = options
  if (isBuilt(space.root, build.key)) return []
  const built: PlannedBuild[] = []
  for (const dependency of build.dependencies) built.push(...(await runBuild(dependency, options)))
  const entry = await makeEntry(build, options)
  // Another process was faster, with the same result.
  if (!space.place(entry, buildPlaces(space.root, build.key).entry)) removeTree(entry)
  return [...built, build]
}

/** A finished entry under a temporary name. Whatever the dependencies need is built already. */
export async function makeEntry(build: PlannedBuild, options: BuildOptions): Promise<string> {
  options.onStart?.(build)
  try {
    const pure = build.recipe.isPure ? await attempt(build, options, runPure) : REFUSED
    const made = pure === REFUSED ? await attempt(build, options, runIsolated) : pure
    if (made === REFUSED) throw new Error('the shim refused a build that it was not told to refuse')
    return made
  } catch (error) {
    if (!hasCode(error, ...diskErrors)) throw error
    return failIo(error, 'building in', options.space.root)
  }
}

/** What any write in a build's directories may end with; anything else is a bug of ours. */
const diskErrors = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE']

/** The shim's exit code when packages have scripts after all. */
const REFUSED = 75

/** One run in directories of its own. */
export interface BuildRun {
  readonly build: PlannedBuild
  readonly options: BuildOptions
  /** Host directories: the build's own, which exists, and that of its inputs, which does not yet. */
  readonly paths: { readonly build: string; readonly inputs: string }
  readonly log: number
}

export interface RunOutcome {
  /** Exit code, or name of a signal. */
  readonly exit: number | string
  /** What kept it apart. */
  readonly sandbox: string
  /** How the result is to be finished. */
  readonly finish: FinishOptions
}

async function attempt(
  build: PlannedBuild,
  options: BuildOptions,
  run: (run: BuildRun) => Promise<RunOutcome>,
): Promise<string | typeof REFUSED> {
  const { space, tool } = options
  const home = space.temporary()
  const paths = { build: join(home, 'build'), inputs: join(home, 'inputs') }
  const entry = join(home, 'entry')
  prepare(home, [entry, paths.build, join(paths.build, 'home'), join(paths.build, 'tmp')])
  const log = openLog(join(entry, 'log'))
  const { exit, sandbox, finish } = await run({ build, options, paths, log })
  closeSync(log)
  const out = join(paths.build, 'out')
  if (exit === REFUSED) {
    removeTree(home)
    return REFUSED
  }
  if (exit !== 0 || !isThere(out)) return failBuild(build, home, exit, options)
  replaceWith(space, out, join(entry, 'out'))
  finishTree(join(entry, 'out'), finish)
  const record = { name: build.recipe.name, key: build.key, sandbox, ...toolVersions(tool) }
  writeFileSync(join(entry, 'build.json'), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o444 })
  forgetFailure(space.root, build.recipe.name, build.key)
  const finished = space.temporary()
  replaceWith(space, entry, finished)
  removeTree(home)
  return finished
}

async function runIsolated({ build, options, paths, log }: BuildRun): Promise<RunOutcome> {
  const { space, tool } = options
  const sandbox = options.sandbox()
  const sources = await options.fetch(build.inputs.flatMap((input) => (input.kind === 'source' ? [input.id] : [])))
  const outputOf = ({ key }: PlannedBuild) => buildPlaces(space.root, key).out
  const mounts = populateInputs({ directory: paths.inputs, inputs: build.inputs, tool, sources, outputOf })
  const places = sandbox.places(paths)
  const job = build.job(inSandbox(places, availableParallelism(), tool))
  writeFileSync(join(paths.inputs, 'job.json'), jobText(job), { mode: 0o644 })
  const { command, programs, shared } = runningIsolated(tool, places.inputs)
  const exit = await sandbox.run({
    ...paths,
    mounts,
    log,
    shared,
    command: [...command, `${places.inputs}/${shimPath(tool.kind)}`, build.recipe.command, `${places.inputs}/job.json`],
    environment: buildEnvironment(places.build, programs),
  })
  return { exit, sandbox: sandbox.kind, finish: { outputs: outputsOf(build, places, outputOf) } }
}

/** Links that the shim made into other results, by what they start with. */
function outputsOf(
  { inputs }: PlannedBuild,
  places: Places,
  outputOf: (build: PlannedBuild) => string,
): ReadonlyMap<string, string> {
  return new Map(
    inputs.flatMap((input) =>
      input.kind === 'output' ? [[`${places.inputs}/${input.at}`, outputOf(input.build)] as const] : [],
    ),
  )
}

function prepare(home: string, directories: readonly string[]): void {
  try {
    for (const path of [home, ...directories]) mkdirSync(path, { recursive: true, mode: 0o755 })
  } catch (error) {
    failIo(error, 'making', home)
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, 'w', 0o644)
  } catch (error) {
    return failIo(error, 'writing', path)
  }
}

function failBuild(build: PlannedBuild, home: string, exit: number | string, options: BuildOptions): never {
  const { space, keepFailed, tool } = options
  const { name } = build.recipe
  const { log, kept } = failurePlaces(space.root, name, build.key)
  const tail = readTail(join(home, 'entry', 'log'))
  const isFull = isDiskFull(space.root, tail)
  replaceWith(space, join(home, 'entry', 'log'), log)
  if (keepFailed) replaceWith(space, home, kept)
  else removeTree(home)
  if (isFull) throw new BuildFailure(fullDisk(name, space.root), log, tail)
  const how =
    exit === 0 ? 'it made nothing' : typeof exit === 'string' ? `it was ended by ${exit}` : `exit code ${exit}`
  const headers =
    tool.kind === 'node' && tool.headers === undefined && tail.some((line) => /gyp|node\.h|common\.gypi/.test(line))
  const hint = headers
    ? 'node’s headers are not beside this node: use one that has include/node, `--node PATH`'
    : keepFailed
      ? `its directory is kept: ${kept}`
      : (build.recipe.hint?.() ?? 'read the log; `--keep-failed` keeps the directory of the build')
  throw new BuildFailure(
    { code: 'build-failed', message: `the build of ${name} failed: ${how}`, where: { file: log }, hint },
    log,
    tail,
  )
}

/** A full disk may have no room for saying so, when the log lies on it. */
function isDiskFull(root: string, tail: readonly string[]): boolean {
  if (tail.some((line) => /\bENOSPC\b|\bno space left on device\b/i.test(line))) return true
  const { bavail, bsize } = statfsSync(root)
  return bavail * bsize < FULL
}

/** Bytes: less than any build can go on with. */
const FULL = 64 * 1024

function fullDisk(name: string, root: string): Problem {
  return {
    code: 'io',
    message: `the build of ${name} failed: no space left on the disk`,
    where: { file: root },
    hint: 'the disk is full: free some space; `lock2build cache prune` removes what nothing uses',
  }
}
