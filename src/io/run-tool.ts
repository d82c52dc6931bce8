/** Runs a project's own tool in a copy of the project. It can ask nothing, and whatever it starts ends with this process. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ResolveWorld, ToolOutcome, ToolRun } from '../model/resolver.ts'
import { copyWithNeighbours, type ProjectCopy } from './copy-neighbours.ts'
import { failIo } from './inside.ts'
import { projectFiles } from './project-files.ts'

export interface ToolRunnerOptions {
  /** Absolute: the project. */
  readonly directory: string
  /** An empty directory, removed afterwards by whoever made it. */
  readonly scratch: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Nothing can be reached over HTTP. */
  readonly offline: boolean
}

/** The copy is made with the first run. */
export function toolRunner(options: ToolRunnerOptions): ResolveWorld['runTool'] {
  let copied: Promise<ProjectCopy> | undefined
  return async (run) => {
    const { directory: copy, inOriginal } = await (copied ??= copyWithNeighbours(
      options.directory,
      join(options.scratch, 'project'),
    ))
    await prepare(copy, run)
    const temporary = join(options.scratch, 'tmp')
    await mkdir(temporary, { recursive: true })
    const environment = { ...environmentOf(options), TMPDIR: temporary, ...run.environment }
    const { exit, stdout, stderr } = await execute(run, copy, environment)
    // Who reads it knows the project, not the copy.
    const files = readFiles(copy, run.read ?? [])
    return { exit, stdout: inOriginal(stdout), stderr: inOriginal(stderr), files, directory: realpathSync(copy) }
  }
}

async function prepare(copy: string, { write = new Map(), remove = [] }: ToolRun): Promise<void> {
  try {
    for (const path of [...remove, ...write.keys()]) await rm(join(copy, path), { recursive: true, force: true })
    for (const [path, text] of write) {
      await mkdir(dirname(join(copy, path)), { recursive: true })
      await writeFile(join(copy, path), text)
    }
  } catch (error) {
    failIo(error, 'writing', copy)
  }
}

function readFiles(copy: string, paths: readonly string[]): ReadonlyMap<string, string> {
  const files = projectFiles(copy)
  return new Map(
    paths.flatMap((path) => {
      const text = files.find(path)
      return text === undefined ? [] : [[path, text] as const]
    }),
  )
}

/** A proxy that nobody serves. */
const NO_PROXY_THERE = 'http://127.0.0.1:9'

const offlineVariables = Object.fromEntries(
  ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [
    [name, NO_PROXY_THERE],
    [name.toUpperCase(), NO_PROXY_THERE],
  ]),
)

/** The user's, without what `npm run` or git say of the program that they started: it is lock2build, not the tool. */
function environmentOf({ environment, offline }: ToolRunnerOptions): Record<string, string | undefined> {
  const kept = Object.entries(environment).filter(([name]) => !ofTheCaller.test(name))
  return {
    ...Object.fromEntries(kept),
    NO_COLOR: '1',
    TERM: 'dumb',
    GIT_TERMINAL_PROMPT: '0',
    SSH_ASKPASS_REQUIRE: 'never',
    ...(offline ? { ...offlineVariables, no_proxy: undefined, NO_PROXY: undefined } : {}),
  }
}

const ofTheCaller =
  /^(?:npm_(?:package|lifecycle)_.*|npm_(?:command|execpath|node_execpath)|npm_config_(?:user_agent|local_prefix)|INIT_CWD|FORCE_COLOR|PWD|OLDPWD|GIT_(?:DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR))$/

const DEFAULT_TIMEOUT = 900_000
const MAX_OUTPUT = 1024 * 1024

type Ended = Pick<ToolOutcome, 'exit' | 'stdout' | 'stderr'>

function execute(
  { program, args, timeout = DEFAULT_TIMEOUT, onLine }: ToolRun,
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Ended> {
  // Its own process group: its helpers end with it, and none of them has a terminal to ask on.
  const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  child.stdin.on('error', () => {}).end()
  const stdout = collect(child.stdout, onLine)
  const stderr = collect(child.stderr, onLine)
  const kill = () => killGroup(child)
  // Before what was made for it is removed.
  process.prependOnceListener('exit', kill)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    kill()
  }, timeout)
  return new Promise<Ended>((resolve, reject) => {
    child.once('error', (error) => reject(asIo(error, program)))
    child.once('close', (code) => {
      resolve({ exit: isLate ? 'timeout' : (code ?? 'signal'), stdout: stdout(), stderr: stderr() })
    })
    // What it left running holds its pipes: nothing of that is waited for.
    child.once('exit', kill)
  }).finally(() => {
    clearTimeout(timer)
    process.off('exit', kill)
  })
}

/** What it says, the end of it where it is long. */
function collect(stream: ChildProcessWithoutNullStreams['stdout'], onLine: ToolRun['onLine']): () => string {
  let text = ''
  let line = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_OUTPUT)
    if (onLine === undefined) return
    const lines = `${line}${chunk}`.split(/\r?\n|\r/)
    line = (lines.pop() ?? '').slice(-MAX_OUTPUT)
    for (const each of lines) onLine(each)
  })
  return () => text
}

function killGroup({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it has ended already.
  }
}

function asIo(error: unknown, program: string): unknown {
  try {
    return failIo(error, 'starting', program)
  } catch (problem) {
    return problem
  }
}
