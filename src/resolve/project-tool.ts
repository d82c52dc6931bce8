/**
 * A program that resolves a project, as its user has it: found, asked for its version, run in lock-only mode. What it makes counts
 * only when all went well; when it fails, its own words say why.
 */
import type { Resolution, ResolveRequest, ResolveWorld, ToolOutcome, ToolRun } from '../model/resolver.ts'
import { fail, type Problem } from '../problem.ts'
import { lastWords } from '../text/tool-words.ts'
import { failEmpty, failTool } from './tool-failure.ts'

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
  /** Runs it. Throws `tool-failed`, `network`, `network-needed`, `not-found`; and `tool-failed` when none of the files in `read` is there then. */
  lock(run: LockRun): Promise<ToolResolution>
}

export interface ToolResolution extends Resolution {
  /** Where it was made: a copy of the project; absolute. */
  readonly directory: string
}

export type LockRun = Pick<ToolRun, 'args' | 'write' | 'remove' | 'environment'> & {
  readonly read: readonly [string, ...string[]]
  readonly warnings?: readonly Problem[]
  readonly louder?: LouderRun
}

/** Tools that pass over an index that refuses, fails or has nothing say so only when they are asked to say more. */
export interface LouderRun {
  /** Of what it said when it failed: it leaves open why. */
  readonly unclear: RegExp
  /** In the place of its words, for a second run. */
  readonly args: readonly string[]
  /** The lines that tell. */
  readonly tell: (output: string) => readonly string[]
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
    lock: async ({ warnings = [], louder, ...wanted }) => {
      world.progress(`resolving with ${name} ${version}`)
      const first = await run(wanted)
      const isUnclear = first.exit !== 0 && louder?.unclear.test(`${first.stdout}\n${first.stderr}`) === true
      const outcome = isUnclear ? await askAgain(first, louder, (args) => run({ ...wanted, args })) : first
      const failed = { title: `${name} ${version}`, offline: request.offline }
      if (outcome.exit !== 0) failTool(outcome, failed)
      if (outcome.files.size === 0) failEmpty(outcome, failed, wanted.read)
      return { files: outcome.files, tool: { name, version }, warnings, directory: outcome.directory }
    },
  }
}

/** What it said, and then what tells why; or what it made, if nothing is wrong any more. */
async function askAgain(
  first: ToolOutcome,
  { args, tell }: LouderRun,
  run: (args: readonly string[]) => Promise<ToolOutcome>,
): Promise<ToolOutcome> {
  const second = await run(args)
  if (second.exit === 0) return second
  const lines = new Set(tell(`${second.stdout}\n${second.stderr}`))
  return { ...first, stderr: [first.stderr, ...lines].join('\n') }
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
