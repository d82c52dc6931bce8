/** What the user wants, from the places it may be said in: command line, environment, project, user's own file. Nearest wins. */
import type { ConfigText } from '../model/converter.ts'
import type { ProjectFiles } from '../model/world.ts'
import { fail, failIfAny, shown, type Problem } from '../problem.ts'
import { systemName } from '../spec/source-text.ts'
import type { ParsedLine } from './arguments.ts'
import { readProjectConfig, readUserConfig } from './config-file.ts'
import { allOptions, environmentName, type OptionRow } from './options.ts'

/** Only what was said somewhere; the commands have the defaults. */
export interface Settings {
  readonly lock?: string
  readonly omit?: readonly string[]
  readonly systems?: readonly string[]
  readonly registry?: string
  readonly flake?: boolean
  readonly usePackageManager?: boolean
  readonly offline?: boolean
  /** Variables of the project's own build; only the project can say them. */
  readonly env?: Readonly<Record<string, string>>
}

export interface SettingsRequest {
  readonly line: ParsedLine
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly files: ProjectFiles
  /** The user's own file, if there is one. */
  readonly user: ConfigText | undefined
}

/** Throws `usage` and `config-invalid`. */
export function readSettings({ line, environment, files, user }: SettingsRequest): Settings {
  const settings: Settings = {
    ...(user === undefined ? {} : readUserConfig(user)),
    ...readProjectConfig(files),
    ...fromEnvironment(environment),
    ...fromLine(line),
  }
  if (settings.systems?.length === 0) {
    fail({
      code: 'usage',
      message: 'no system is named',
      hint: 'name one, x86_64-linux for example, or leave the setting out',
    })
  }
  const wrong = settings.systems?.find((system) => !systemName.test(system))
  if (wrong !== undefined) {
    fail({
      code: 'usage',
      message: `${shown(wrong)} is not the name of a Nix system`,
      hint: 'an example is x86_64-linux',
    })
  }
  return settings
}

const rows = allOptions.filter((row) => row.setting !== undefined)

function fromLine({ values }: ParsedLine): Settings {
  const typed: Readonly<Record<string, unknown>> = values
  return collect((row) => typed[row.name])
}

/** LOCK2BUILD_OMIT=dev,optional · LOCK2BUILD_FLAKE=1 · an empty value says nothing. Throws `usage`. */
function fromEnvironment(environment: SettingsRequest['environment']): Settings {
  const problems: Problem[] = []
  const settings = collect((row) => {
    const text = environment[environmentName(row)]
    return text === undefined || text === '' ? undefined : parseVariable(row, text, problems)
  })
  failIfAny(problems)
  return settings
}

function parseVariable(row: OptionRow, text: string, problems: Problem[]): unknown {
  const refuse = (hint: string) => {
    problems.push({ code: 'usage', message: `${environmentName(row)} cannot be ${shown(text)}`, hint })
  }
  if (row.value === undefined) {
    if (['1', 'true'].includes(text)) return true
    if (['0', 'false'].includes(text)) return false
    return refuse('it is 1 or 0')
  }
  if (row.repeatable !== true) return text
  const values = text.split(/[,\s]+/).filter((value) => value !== '')
  const { choices } = row
  if (choices !== undefined && !values.every((value) => choices.includes(value))) {
    return refuse(`it is a list of ${choices.join(', ')}`)
  }
  return values
}

function collect(find: (row: OptionRow) => unknown): Settings {
  return Object.fromEntries(
    rows.flatMap((row) => {
      const value = find(row)
      return value === undefined ? [] : [[row.setting, value]]
    }),
  )
}
