/** Runs one command line: parse, load the command, report, set the exit code. Nothing else ends the process. */
import { resolve } from 'node:path'
import { ProblemError } from '../problem.ts'
import { parseArguments, type ParsedLine } from './arguments.ts'
import type { CommandResult } from './commands.ts'
import { baseDirectory } from './base-directory.ts'
import { createReport, type Report, type ReportOptions } from './report.ts'

/** `words`: the command line without node and the script. Sets process.exitCode. */
export async function run(words: readonly string[]): Promise<void> {
  endOnSignals()
  // Before the line is understood, what it asks of the report is taken from the words.
  let report = createReport({
    command: '',
    environment: process.env,
    json: words.includes('--json'),
    quiet: false,
    verbose: false,
    color: !words.includes('--no-color'),
    project: resolve('.'),
  })
  try {
    const line = parseArguments(words)
    report = createReport(reportOptions(line))
    process.exitCode = report.finish(await perform(line, report))
  } catch (error) {
    const isProblem = error instanceof ProblemError
    process.exitCode = isProblem ? report.finish({ json: () => ({}), problems: error.problems }) : report.crash(error)
  }
  // All is done. What node would do before it ends by itself is to tidy up the memory, a twentieth of a conversion's CPU time.
  if (report.isAllWritten()) process.exit()
}

async function perform(line: ParsedLine, { progress }: Report): Promise<CommandResult> {
  if (line.values.help === true) return (await import('./commands/help.ts')).help(line)
  if (line.values.version === true) return (await import('./commands/version.ts')).version()
  const command = await line.command.load()
  return command({ line, environment: process.env, directory: directoryOf(line), progress })
}

function reportOptions(line: ParsedLine): ReportOptions {
  const { command, values } = line
  return {
    command: command.name,
    environment: process.env,
    json: values.json === true,
    quiet: values.quiet === true,
    verbose: values.verbose === true,
    color: values.color !== false,
    project: directoryOf(line),
  }
}

function directoryOf(line: ParsedLine): string {
  const { command, operands } = line
  const base = baseDirectory(line)
  return command.operands.kind === 'directory' ? resolve(base, operands[0] ?? '.') : base
}

/** Listeners of `exit` remove what is temporary. */
function endOnSignals(): void {
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
}
