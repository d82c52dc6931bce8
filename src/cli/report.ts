/**
 * The only file that prints. stdout carries data (with `--json` exactly one object), stderr everything for people. A closed
 * pipe ends the printing, not the work. All text is escaped by printable.ts on its way out.
 */
import { relative, resolve } from 'node:path'
import { isAllWritten, isTerminal, writeStandard } from '../io/standard-streams.ts'
import type { Json, JsonObject } from '../model/json.ts'
import { exitCode, type Problem } from '../problem.ts'
import type { CommandResult } from './commands.ts'
import { counted, printable, printableJson, printLine, styled, type Line } from './printable.ts'
import { createProgress, type Progress } from './progress.ts'

declare const LOCK2BUILD_VERSION: string

export interface ReportOptions {
  /** Name of the command, for the JSON report. */
  readonly command: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** false: `--no-color`. */
  readonly color: boolean
  /** Absolute. Project-relative places are shown relative to the working directory. */
  readonly project: string
}

export interface Report {
  readonly progress: Progress
  /** Prints what a command gave back, and returns the exit code. */
  finish(result: CommandResult): number
  /** Prints a bug of ours with what to report, and returns the exit code. */
  crash(error: unknown): number
  /** Nothing that was printed still waits for its reader: the process may end. */
  isAllWritten(): boolean
}

/** More of one kind are counted instead of listed, unless `--verbose`. */
const SHOWN_PROBLEMS = 20

export function createReport(options: ReportOptions): Report {
  const hasColor = decideColor(options)
  const print = (lines: readonly Line[]) => {
    if (lines.length > 0) writeStandard('stderr', lines.map((line) => `${printLine(line, hasColor)}\n`).join(''))
  }
  const progress = createProgress({
    mode: progressMode(options),
    rewrite: (text) =>
      writeStandard('stderr', `\r\u001b[2K${printable(text).slice(0, (process.stderr.columns ?? 80) - 1)}`),
    print: (text) => print([[text]]),
  })
  // An interrupted run leaves a clean line to the shell.
  process.once('exit', () => progress.clear())
  const finish = (result: CommandResult) => {
    progress.clear()
    const { problems = [], warnings = [] } = result
    const exit = exitCode(problems)
    if (options.json) writeStandard('stdout', `${printableJson(reportObject(options.command, exit, result))}\n`)
    else if (result.output !== undefined) writeStandard('stdout', result.output)
    if (!options.quiet) print(result.lines ?? [])
    print(listProblems(warnings, 'warning', options))
    print(listProblems(problems, 'problem', options))
    return exit
  }
  return { progress, finish, crash: (error) => crash(error, finish, print), isAllWritten }
}

/** Members every report has; a command's own stand between them. */
function reportObject(
  command: string,
  exit: number,
  { json, warnings = [], problems = [] }: CommandResult,
): JsonObject {
  return {
    schemaVersion: 1,
    lock2build: LOCK2BUILD_VERSION,
    command,
    exitCode: exit,
    ...json(),
    warnings: warnings.map(problemObject),
    problems: problems.map(problemObject),
  }
}

function problemObject({ code, message, where, details, hint }: Problem): JsonObject {
  const members: Record<string, Json | undefined> = {
    code,
    message,
    file: where?.file,
    key: where?.key,
    line: where?.line,
    details,
    hint,
  }
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
}

type Kind = 'problem' | 'warning'

function listProblems(problems: readonly Problem[], kind: Kind, { verbose, project }: ReportOptions): readonly Line[] {
  const shown = verbose ? problems : problems.slice(0, SHOWN_PROBLEMS)
  const lines = shown.flatMap((problem) => problemLines(problem, kind, project))
  const rest = problems.length - shown.length
  return rest === 0 ? lines : [...lines, [`and ${counted(rest, `more ${kind}`)}; \`--verbose\` lists all`]]
}

function problemLines(problem: Problem, kind: Kind, project: string): readonly Line[] {
  const { where, details = [], hint } = problem
  const place: Line[] = where === undefined ? [] : [printPlace(where, project)]
  const code = kind === 'warning' ? styled('yellow', `warning ${problem.code}`) : styled('red', problem.code)
  const indent = where === undefined ? '' : '  '
  const message: Line = [indent, code, `: ${problem.message}`]
  const said = details.map((line): Line => [indent, styled('dim', `| ${line}`)])
  return [...place, message, ...said, ...(hint === undefined ? [] : [[indent, styled('dim', 'hint'), `: ${hint}`]])]
}

function printPlace({ file, key, line }: NonNullable<Problem['where']>, project: string): Line {
  const path = file.startsWith('~') ? file : fromWorkingDirectory(resolve(project, file))
  const place = line === undefined ? path : `${path}:${line}`
  return [styled('bold', place), ...(key === undefined || key === '' ? [] : [`: ${key}`])]
}

/** What lies far away is clearer with its absolute path. */
function fromWorkingDirectory(path: string): string {
  const near = relative(process.cwd(), path)
  return near === '' || near.startsWith('../../') ? path : near
}

function crash(error: unknown, finish: Report['finish'], print: (lines: readonly Line[]) => void): number {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : []
  const exit = finish({
    json: () => ({}),
    problems: [
      {
        code: 'internal',
        message,
        hint: 'this is a bug in lock2build, not in your project: please report the lines below, and the lock file if you can',
      },
    ],
  })
  print([
    [`lock2build ${LOCK2BUILD_VERSION}, node ${process.version}, ${process.platform} ${process.arch}`],
    ...stack.map((line) => [line]),
  ])
  return exit
}

/** https://no-color.org, https://force-color.org: the option decides, then FORCE_COLOR, then NO_COLOR, then the terminal. */
function decideColor({ color, environment }: ReportOptions): boolean {
  const force = environment['FORCE_COLOR'] ?? ''
  if (!color) return false
  if (force !== '') return force !== '0' && force !== 'false'
  if ((environment['NO_COLOR'] ?? '') !== '' || environment['TERM'] === 'dumb') return false
  return isTerminal('stderr')
}

function progressMode({ quiet, environment }: ReportOptions): 'live' | 'lines' | 'none' {
  if (quiet) return 'none'
  const isPlain = (environment['CI'] ?? '') !== '' || environment['TERM'] === 'dumb' || !isTerminal('stderr')
  return isPlain ? 'lines' : 'live'
}
