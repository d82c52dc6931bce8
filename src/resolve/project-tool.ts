/**
 * A program that resolves a project, as its user has it: found, asked for its version, run in lock-only mode. What it makes counts
 * only when all went well; when it fails, its own words say why.
 */
import type { Resolution, ResolveRequest, ResolveWorld, ToolOutcome, ToolRun } from '../model/resolver.ts'
import { fail, shown, type Problem } from '../problem.ts'
import { lastWords } from '../text/tool-words.ts'

export interface ToolNeed {
  /** As its users call it. */
  readonly name: string
  /** Absolute path of the program, and words that come before all others; undefined: it is not there. */
  readonly command: readonly [string, ...string[]] | undefined
  /** The version that the project asks for; any other one is refused. */
  readonly wanted?: string | undefined
  /** What a user types to have it. */
  readonly get: string
  /** Of all its runs; see ToolRun. */
  readonly environment?: ToolRun['environment']
}

export interface ProjectTool {
  readonly version: string
  /** Runs it. Throws `tool-failed`, `network`, `network-needed`; and `tool-failed` when none of the files in `read` is there then. */
  lock(run: LockRun): Promise<Resolution>
}

export type LockRun = Pick<ToolRun, 'args' | 'write' | 'remove' | 'environment'> & {
  readonly read: readonly [string, ...string[]]
  readonly warnings?: readonly Problem[]
}

/** Throws `tool-missing`: there is none, or it is of another version than `wanted`. */
export async function openTool(need: ToolNeed, request: ResolveRequest, world: ResolveWorld): Promise<ProjectTool> {
  const { name, command } = need
  if (command === undefined) return failMissing(need, `there is no ${name} on PATH, which resolves this project`)
  const run = startWith(command, need, world)
  const asked = await run({ args: ['--version'] })
  const version = findVersion(asked.stdout)
  if (asked.exit !== 0 || version === undefined) return failVersionless(need, asked)
  if (need.wanted !== undefined && need.wanted !== version) {
    return failMissing(need, `the project asks for ${name} ${need.wanted}, and ${name} on PATH is ${version}`)
  }
  return {
    version,
    lock: async ({ warnings = [], ...wanted }) => {
      world.progress(`resolving with ${name} ${version}`)
      const outcome = await run(wanted)
      if (outcome.exit !== 0) failTool(outcome, { title: `${name} ${version}`, offline: request.offline })
      if (outcome.files.size === 0) failEmpty(outcome, `${name} ${version}`, wanted.read)
      return { files: outcome.files, tool: { name, version }, warnings }
    },
  }
}

type Start = (run: Omit<ToolRun, 'program'>) => Promise<ToolOutcome>

function startWith([program, ...words]: readonly [string, ...string[]], need: ToolNeed, world: ResolveWorld): Start {
  return (run) =>
    world.runTool({
      ...run,
      program,
      args: [...words, ...run.args],
      environment: { ...need.environment, ...run.environment },
    })
}

/** `pnpm 9.1.0`, `pip 23.2 from /usr/…`, `1.22.22`: the first number with dots. */
function findVersion(text: string): string | undefined {
  return /\d+(?:\.\d+)+(?:[-+.]?[0-9A-Za-z][\w.+-]*)?/.exec(text)?.[0]
}

function failMissing({ get }: ToolNeed, message: string, details?: readonly string[]): never {
  return fail({
    code: 'tool-missing',
    message,
    ...(details === undefined ? {} : { details }),
    hint: `get it with \`${get}\`, then type the same once more`,
  })
}

/** Programs that choose a version of themselves (Corepack's, pnpm) fail here, when they have not the one that is wanted. */
function failVersionless(need: ToolNeed, { stdout, stderr }: ToolOutcome): never {
  const wanted = need.wanted === undefined ? '' : ` ${need.wanted}`
  const message = `${need.name}${wanted}, which resolves this project, does not start`
  return failMissing(need, message, lastWords(stdout, stderr))
}

interface Failure {
  /** `pnpm 9.1.0` */
  readonly title: string
  readonly offline: boolean
}

/** The words of all of them for a registry that is not reached. */
const unreachable =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_PNPM_NO_OFFLINE_\w+)\b|ConnectionRefused|FailedToOpenSocket|error sending request|client error \(Connect\)|network connectivity is disabled|Max retries exceeded|Failed to establish a new connection|ConnectionError|ConnectError|All attempts to connect|Could not connect|Network is unreachable|Temporary failure in name resolution|network was disabled|has been blocked because of your configuration settings|Couldn't find any versions .* in our cache|\bin offline mode\b/

function failTool({ exit, stdout, stderr }: ToolOutcome, { title, offline }: Failure): never {
  const details = lastWords(stdout, stderr)
  if (exit === 'timeout') {
    fail({ code: 'tool-failed', message: `${title} did not come to an end`, details, hint: 'run it by itself once' })
  }
  if (details.some((line) => unreachable.test(line))) {
    const hint = 'run it once without --offline: the tool keeps what it finds'
    if (offline) fail({ code: 'network-needed', message: `${title} needs the network to resolve`, details, hint })
    fail({ code: 'network', message: `${title} cannot reach what it asks`, details, hint: 'check the connection' })
  }
  const how = exit === 'signal' ? 'it was killed' : `exit code ${exit}`
  const hint = 'what it says is about the manifest: change that, and type the same once more'
  return fail({ code: 'tool-failed', message: `${title} does not resolve this project: ${how}`, details, hint })
}

function failEmpty({ stdout, stderr }: ToolOutcome, title: string, read: readonly string[]): never {
  const files = read.map((file) => shown(file)).join(' or ')
  const message = `${title} ends well, and writes no ${files}`
  return fail({
    code: 'tool-failed',
    message,
    details: lastWords(stdout, stderr),
    hint: 'use a newer release of it',
  })
}
