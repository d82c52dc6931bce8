/** Completion scripts, made from the tables of commands and options. Everything in them is our own text. */
import { allOptions, commonOptions, optionRow, type OptionName, type OptionRow } from '../options.ts'
import { bareCommand, commands, type CommandResult, type CommandRow, type Invocation } from '../commands.ts'

const printers: Readonly<Record<string, () => string>> = { bash: printBash, zsh: printZsh, fish: printFish }

export async function completion({ line }: Invocation): Promise<CommandResult> {
  const shell = line.operands[0] ?? ''
  const print = printers[shell]
  if (print === undefined) throw new Error(`no completion for ${shell}`)
  const script = print()
  return { output: script, json: () => ({ shell, script }) }
}

const named = commands.filter((command) => command !== bareCommand)

function longOf(row: OptionRow): string {
  return row.on === true ? `--no-${row.name}` : `--${row.name}`
}

function optionsOf(command: CommandRow): readonly OptionRow[] {
  return [...command.options, ...commonOptions].map((name: OptionName) => optionRow(name))
}

function printBash(): string {
  const values = allOptions.flatMap((row) => (row.value === undefined ? [] : [`      ${bashValue(row)}`]))
  const cases = named.map(
    (command) =>
      `    ${command.name}) words="${[...optionsOf(command).map(longOf), ...(command.operands.choices ?? [])].join(' ')}" ;;`,
  )
  const bare = [...named.map((command) => command.name), ...optionsOf(bareCommand).map(longOf)].join(' ')
  return `# bash completion for lock2build
_lock2build() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="" word words
  COMPREPLY=()
  case "$previous" in
${values.join('\n')}
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in ${named.map((command) => command.name).join('|')}) command="$word"; break ;; esac
  done
  case "$command" in
${cases.join('\n')}
    *) words="${bare}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$current" in -*) ;; *) COMPREPLY+=($(compgen -d -- "$current")) ;; esac
}
complete -F _lock2build lock2build l2b
`
}

function bashValue(row: OptionRow): string {
  const names = row.short === undefined ? longOf(row) : `-${row.short}|${longOf(row)}`
  const reply =
    row.choices === undefined
      ? `compgen ${bashFiles(row)} -- "$current"`
      : `compgen -W "${row.choices.join(' ')}" -- "$current"`
  return `${names}) COMPREPLY=($(${reply})); return ;;`
}

function bashFiles(row: OptionRow): string {
  if (row.value === 'DIR') return '-d'
  return row.value === 'FILE' || row.value === 'PATH' ? '-f' : '-W ""'
}

function printZsh(): string {
  const lists = named.map((command) => {
    const choices = command.operands.choices
    const operand = choices === undefined ? "'*:file:_files'" : `'1:word:(${choices.join(' ')})'`
    return `    ${command.name}) _arguments ${optionsOf(command).map(zshOption).join(' ')} ${operand} ;;`
  })
  return `#compdef lock2build l2b
_lock2build() {
  local -a names=(${named.map((command) => zshQuote(`${command.name}:${command.summary}`)).join(' ')})
  local command=\${words[(r)(${named.map((command) => command.name).join('|')})]}
  case "$command" in
${lists.join('\n')}
    *) _describe command names; _arguments ${optionsOf(bareCommand).map(zshOption).join(' ')} '*:directory:_files -/' ;;
  esac
}
# Found in fpath this file is the function itself; read by eval it announces it.
if [ "$funcstack[1]" = _lock2build ]; then _lock2build "$@"; else compdef _lock2build lock2build l2b; fi
`
}

function zshOption(row: OptionRow): string {
  const text = `[${row.summary.replace(/[[\]\\:]/g, '\\$&')}]`
  const repeat = row.repeatable === true ? '*' : ''
  return zshQuote(`${repeat}${longOf(row)}${row.value === undefined ? '' : '='}${text}${zshValue(row)}`)
}

function zshValue(row: OptionRow): string {
  if (row.value === undefined) return ''
  if (row.choices !== undefined) return `:${row.value}:(${row.choices.join(' ')})`
  return `:${row.value}:${row.value === 'DIR' ? '_files -/' : '_files'}`
}

function zshQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function printFish(): string {
  const names = named.map((command) => command.name).join(' ')
  const commandLines = named.map(
    (command) =>
      `complete -c lock2build -n "not __fish_seen_subcommand_from ${names}" -a ${command.name} -d ${fishQuote(command.summary)}`,
  )
  const bare = optionsOf(bareCommand).map((row) => fishOption(row, `not __fish_seen_subcommand_from ${names}`))
  const others = named.flatMap((command) => {
    const when = `__fish_seen_subcommand_from ${command.name}`
    const choices = command.operands.choices
    const words =
      choices === undefined ? [] : [`complete -c lock2build -n "${when}" -f -a ${fishQuote(choices.join(' '))}`]
    return [...words, ...optionsOf(command).map((row) => fishOption(row, when))]
  })
  return `# fish completion for lock2build
${[...commandLines, ...bare, ...others].join('\n')}
complete -c l2b -w lock2build
`
}

function fishOption(row: OptionRow, when: string): string {
  const short = row.short === undefined ? '' : ` -s ${row.short}`
  const value =
    row.value === undefined ? '' : row.choices === undefined ? ' -r' : ` -x -a ${fishQuote(row.choices.join(' '))}`
  return `complete -c lock2build -n "${when}"${short} -l ${longOf(row).slice(2)}${value} -d ${fishQuote(row.summary)}`
}

function fishQuote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}
