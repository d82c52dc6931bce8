/** `--help`: of the program, or of one command. Made from the tables. */
import type { ParsedLine } from '../arguments.ts'
import { bareCommand, commands, type CommandResult, type CommandRow } from '../commands.ts'
import { commonOptions, environmentName, optionRow, printOption, type OptionName } from '../options.ts'

const exitCodes = `Exit codes: 0 done, 1 failed, 2 usage or nothing to convert, 3 stale (check), 4 lock file or manifest unreadable,
5 policy or integrity violation, 6 network, 7 resolution impossible, 8 would overwrite a file that is not ours, 9 another run is at work,
10 a program that resolves is missing, 70 our bug`

/** The operand of `help` names the command, as does `lock2build check --help`. */
export function help({ command, operands }: ParsedLine): CommandResult {
  const isProgram = command === bareCommand && operands.length === 0
  const text = isProgram ? programHelp() : commandHelp(command)
  return { output: text, json: () => ({ help: text }) }
}

function programHelp(): string {
  const names = commands.filter((command) => command !== bareCommand)
  return [
    'lock2build: a lock file becomes a hermetic, reproducible build\n',
    `Usage: ${bareCommand.usage}`,
    ...names.map((command) => `       ${command.usage}`),
    `\n${columns(commands.map((command) => [commandTitle(command), command.summary]))}`,
    optionHelp('Options', bareCommand.options),
    optionHelp('Common options', commonOptions),
    examples(bareCommand),
    exitCodes,
    '\n`lock2build help COMMAND` says more about one command.\n',
  ].join('\n')
}

function commandTitle(command: CommandRow): string {
  return command === bareCommand ? '(no command)' : command.name
}

function commandHelp(command: CommandRow): string {
  const sections = [
    `${command.usage}\n\n${capitalized(command.summary)}.\n`,
    ...(command.options.length === 0 ? [] : [optionHelp('Options', command.options)]),
    optionHelp('Common options', commonOptions),
    examples(command),
  ]
  return sections.join('\n')
}

function optionHelp(title: string, names: readonly OptionName[]): string {
  const rows = names.map((name) => {
    const row = optionRow(name)
    const choices = row.choices === undefined ? '' : ` (${row.choices.join(', ')})`
    const more = row.repeatable === true ? '; may be repeated' : ''
    const setting = row.setting === undefined ? '' : ` [${environmentName(row)}]`
    return [printOption(row), `${row.summary}${choices}${more}${setting}`] as const
  })
  return `${title}:\n${columns(rows)}`
}

function examples(command: CommandRow): string {
  const rows = command.examples.map(({ type, does }) => [type, `# ${does}`] as const)
  return `Examples:\n${columns(rows)}`
}

/** Two columns; what does not fit into the first one pushes the second one down. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(30, Math.max(...rows.map(([left]) => left.length)))
  const lines = rows.map(([left, right]) =>
    left.length <= width ? `  ${left.padEnd(width)}  ${right}` : `  ${left}\n  ${''.padEnd(width)}  ${right}`,
  )
  return `${lines.join('\n')}\n`
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
