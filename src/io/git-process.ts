/** Starts git so that neither the environment, nor a hook, nor a repository's URL can make it run something else. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { ProblemError } from '../problem.ts'
import { hasCode } from './inside.ts'

export interface GitRun {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `user`: the user's and the system's configuration count. `none`: they do not, nor do attributes outside the repository. */
  readonly configuration: 'user' | 'none'
  /** Milliseconds; default 15 min. */
  readonly timeout?: number
}

export interface GitResult {
  readonly ok: boolean
  /** Standard error, its last 64 KiB. */
  readonly errors: string
}

export interface GitOutput extends GitResult {
  readonly output: Buffer
}

const MAX_ERRORS = 65_536

const overrides: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'protocol.allow=never',
  'protocol.https.allow=always',
  'protocol.http.allow=always',
  'protocol.ssh.allow=always',
  'protocol.git.allow=always',
  'protocol.file.allow=user',
  'protocol.ext.allow=never',
  'fetch.fsckObjects=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  // Bytes and seconds: a connection that is slower for that long is given up.
  'http.lowSpeedLimit=100',
  'http.lowSpeedTime=30',
]

const plainCheckout: readonly string[] = [
  'core.attributesFile=/dev/null',
  'core.autocrlf=false',
  'core.eol=lf',
  'advice.detachedHead=false',
]

/**
 * For looking into a repository of this machine, which takes milliseconds: waits for the end, and gives what git writes, up to
 * `limit` bytes (more is an `ok` of false). Throws `git` when there is no git.
 */
export function askGit(args: readonly string[], run: GitRun & { readonly limit: number }): GitOutput {
  const { error, status, stdout, stderr } = spawnSync('git', [...settingsOf(run), ...args], {
    cwd: run.cwd,
    env: gitEnvironment(run),
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: run.limit,
    timeout: run.timeout ?? 900_000,
  })
  if (error !== undefined && hasCode(error, 'ENOENT', 'EACCES')) throw notStarted(error)
  const errors = error === undefined ? stderr.toString('utf8').slice(-MAX_ERRORS) : error.message
  return { ok: error === undefined && status === 0, output: stdout, errors }
}

function settingsOf({ configuration }: GitRun): readonly string[] {
  const settings = configuration === 'none' ? [...overrides, ...plainCheckout] : overrides
  return settings.flatMap((setting) => ['-c', setting])
}

/** Throws `git` when there is no git, or when it takes too long. */
export function runGit(args: readonly string[], run: GitRun): Promise<GitResult> {
  const child = spawn('git', [...settingsOf(run), ...args], {
    cwd: run.cwd,
    env: gitEnvironment(run),
    stdio: ['ignore', 'ignore', 'pipe'],
    // Its own process group, so that its helpers can be ended with it; and no terminal that ssh could ask on.
    detached: true,
  })
  running.add(child)
  const timeout = run.timeout ?? 900_000
  let errors = ''
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    end(child)
  }, timeout)
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-MAX_ERRORS)))
  return new Promise<GitResult>((resolve, reject) => {
    child.once('error', (error) => reject(notStarted(error)))
    child.once('close', (code) => {
      resolve(
        isLate ? { ok: false, errors: `it took more than ${timeout / 1000} seconds` } : { ok: code === 0, errors },
      )
    })
  }).finally(() => {
    clearTimeout(timer)
    running.delete(child)
  })
}

/** git does not end its helpers when it is ended itself. */
function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM')
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) end(child)
})

function notStarted(cause: Error): ProblemError {
  const hint = 'install git, or put it on the PATH'
  return new ProblemError([{ code: 'git', message: 'git could not be started', hint, cause }])
}

/** Variables that point git at another repository (`git rev-parse --local-env-vars`) or loosen what it may do. */
const removed = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_CONFIG',
  'GIT_OBJECT_DIRECTORY',
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_GRAFT_FILE',
  'GIT_INDEX_FILE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_REPLACE_REF_BASE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_COMMON_DIR',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NAMESPACE',
  'GIT_TEMPLATE_DIR',
  'GIT_DEFAULT_HASH',
  'GIT_ALLOW_PROTOCOL',
  'GIT_PROTOCOL_FROM_USER',
  'GIT_ATTR_SOURCE',
]

const removedWithConfiguration = ['GIT_CONFIG_PARAMETERS', 'GIT_CONFIG_COUNT']

function gitEnvironment({ environment, configuration }: GitRun): Record<string, string | undefined> {
  const kept = { ...environment }
  for (const name of removed) delete kept[name]
  const always = {
    ...kept,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_LFS_SKIP_SMUDGE: '1',
    // Otherwise ssh asks for passphrases and unknown hosts on the terminal.
    SSH_ASKPASS: kept['SSH_ASKPASS'] ?? 'false',
    SSH_ASKPASS_REQUIRE: 'force',
  }
  if (configuration === 'none') {
    const bare: Record<string, string | undefined> = always
    for (const name of removedWithConfiguration) delete bare[name]
    return { ...bare, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1' }
  }
  return always
}
