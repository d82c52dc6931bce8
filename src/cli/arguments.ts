/** The words of the command line → a command, its options and operands. commander is known to this file only. */
import { Command, CommanderError, Option } from 'commander'
import { fail, shown, type Problem } from '../problem.ts'
import { bareCommand, commands, findCommand, type CommandRow } from './commands.ts'
import { allOptions, commonOptions, printOption, type OptionName, type OptionRow } from './options.ts'
import { findReplacement } from './replaced-options.ts'
import { findClosest } from './suggest.ts'

export interface ParsedLine {
  readonly command: CommandRow
  /** Only those that were typed. */
  readonly values: Readonly<Partial<Record<OptionName, string | boolean | readonly string[]>>>
  readonly operands: readonly string[]
}

/** Options may stand before and after the command's name. Throws `usage`. */
export function parseArguments(words: readonly string[]): ParsedLine {
  const { values, operands } = parseOptions(words)
  const named = operands[0] === 'help' ? { ...values, help: true } : values
  const rest = operands[0] === 'help' ? operands.slice(1) : operands
  const command = findCommand(rest[0] ?? '')
  const line = {
    command: command ?? bareCommand,
    values: named,
    operands: command === undefined ? rest : rest.slice(1),
  }
  if (named.help !== true && named.version !== true) checkLine(line)
  return line
}

function parseOptions(words: readonly string[]): Pick<ParsedLine, 'values' | 'operands'> {
  const program = new Command()
    .exitOverride()
    .helpOption(false)
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
  // Only those that may be meant: to declare them all is a fiftieth of a conversion.
  const meant = allOptions.filter((row) => words.some((word) => mayMean(word, row)))
  for (const row of meant) for (const option of commanderOptions(row)) program.addOption(option)
  try {
    const { operands, unknown } = program.parseOptions([...words])
    // commander takes `-18` for a number.
    const strange = unknown[0] ?? operands.find((word) => /^-\d/.test(word))
    if (strange !== undefined) failUnknown(strange)
    const typed = Object.entries(program.opts()).filter(([key]) => program.getOptionValueSource(key) === 'cli')
    return { values: Object.fromEntries(typed.map(([key, value]) => [dashed(key), value])), operands }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return fail(usage(error.message.replace(/^error: /, ''), 'type `lock2build --help` for the options'))
  }
}

/** Several short options may stand in one word. */
function mayMean(word: string, { name, short }: OptionRow): boolean {
  if (!word.startsWith('-')) return false
  return word.startsWith('--') ? word.startsWith(`--${name}`) || word.startsWith(`--no-${name}`) : short !== undefined
}

function commanderOptions(row: OptionRow): readonly Option[] {
  const option = new Option(
    printOption(row)
      .trim()
      .replace(/ (\w+)$/, ' <$1>'),
    row.summary,
  )
  if (row.repeatable === true) option.argParser((value: string, before: unknown) => addChoice(row, value, before))
  else if (row.choices !== undefined) option.choices(row.choices)
  // A setting that a configuration file switches on can be switched off again.
  const isSwitch = row.setting !== undefined && row.value === undefined
  return isSwitch || row.negatable === true ? [option, new Option(`--no-${row.name}`)] : [option]
}

/** `--omit dev,optional` is two values, as npm has it. */
function addChoice(row: OptionRow, value: string, before: unknown): readonly string[] {
  const values = value.split(',')
  const wrong = values.find((each) => row.choices !== undefined && !row.choices.includes(each))
  if (wrong !== undefined) {
    fail(usage(`--${row.name} cannot be ${shown(wrong)}`, `it is one of ${(row.choices ?? []).join(', ')}`))
  }
  return [...(Array.isArray(before) ? before : []), ...values]
}

/** commander's keys are camel case. */
function dashed(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function failUnknown(word: string): never {
  const option = word.replace(/=.*/s, '')
  const replacement = findReplacement(option)
  if (replacement !== undefined) fail(usage(`${shown(option)} is an option of node2nix`, replacement))
  const closest = findClosest(
    option,
    allOptions.map((row) => `--${row.on === true ? 'no-' : ''}${row.name}`),
  )
  const hint = closest === undefined ? 'type `lock2build --help` for the options' : `did you mean \`${closest}\`?`
  fail(usage(`there is no option ${shown(option)}`, hint))
}

/** Who types it may have forgotten the command. */
function ownersOf(option: string): string {
  const owners = commands.filter(({ options }) => options.some((name) => name === option)).map(title)
  return owners.length === 0 ? '' : `it is an option of ${owners.join(', ')}; `
}

function checkLine({ command, values, operands }: ParsedLine): void {
  const known: readonly string[] = [...command.options, ...commonOptions]
  const foreign = Object.keys(values).find((name) => !known.includes(name))
  const hint = `type \`lock2build ${command === bareCommand ? '' : `${command.name} `}--help\``
  if (foreign !== undefined)
    fail(usage(`--${foreign} does not belong to ${title(command)}`, `${ownersOf(foreign)}${hint}`))
  const surplus = operands[command.operands.max]
  if (surplus !== undefined) {
    const meant = command === bareCommand ? findClosestCommand(operands[0] ?? '') : undefined
    fail(usage(`${shown(surplus)} is one word too many`, meant ?? hint))
  }
  if (operands.length < command.operands.min)
    fail(usage(`${title(command)} needs one more word`, `it is typed: ${command.usage}`))
  const { choices } = command.operands
  const [first] = operands
  if (choices !== undefined && first !== undefined && !choices.includes(first)) {
    fail(usage(`${title(command)} cannot be given ${shown(first)}`, `it is one of ${choices.join(', ')}`))
  }
}

function title(command: CommandRow): string {
  return command === bareCommand ? 'a conversion' : `\`lock2build ${command.name}\``
}

/** A hint for a word that is neither a command nor a directory. */
export function findClosestCommand(word: string): string | undefined {
  const closest = findClosest(word, [...commands.map((command) => command.name), 'help'])
  return closest === undefined ? undefined : `did you mean \`lock2build ${closest}\`?`
}

function usage(message: string, hint: string): Problem {
  return { code: 'usage', message, hint }
}
