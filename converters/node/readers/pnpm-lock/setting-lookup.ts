/** Where a setting of pnpm is said: in pnpm-workspace.yaml before .npmrc, which has `node-linker` for `nodeLinker`. */
import type { ReadContext } from '../../../../src/model/converter.ts'
import { shown } from '../../../../src/problem.ts'
import type { Problem, Where } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { parseIni } from '../../ini.ts'
import type { WorkspaceAbove } from './workspace-above.ts'

type Report = (problem: Problem) => void

interface IniSetting {
  readonly file: string
  readonly value: string
  readonly line: number
}

export type IniLines = readonly (readonly [string, IniSetting])[]

/** Of a member with a lock file of its own, what it says itself takes the place of what the workspace says. */
export function readIni({ files }: ReadContext, above: WorkspaceAbove | undefined): IniLines {
  const own = parseIniOf('.npmrc', files)
  if (above === undefined) return own
  const isOwn = new Set(own.map(([key]) => key))
  return [...parseIniOf(`${above.path}/.npmrc`, above.files).filter(([key]) => !isOwn.has(key)), ...own]
}

function parseIniOf(file: string, files: ReadContext['files']): IniLines {
  return parseIni(files.find('.npmrc') ?? '').map(({ key, value, line }) => [key, { file, value, line }] as const)
}

/** A setting by its name in pnpm-workspace.yaml; .npmrc has `node-linker` for `nodeLinker`. */
export class SettingLookup {
  readonly #ini = new Map<string, IniSetting[]>()
  readonly #workspace: Fields | undefined
  readonly #report: Report

  constructor(ini: IniLines, workspace: Fields | undefined, report: Report) {
    this.#workspace = workspace
    this.#report = report
    for (const [key, setting] of ini) {
      const known = this.#ini.get(key)
      if (known === undefined) this.#ini.set(key, [setting])
      else known.push(setting)
    }
  }

  text(name: string): string | undefined {
    return this.#isInWorkspace(name) ? this.#workspace?.text(name) : this.#last(name)?.value
  }

  boolean(name: string): boolean | undefined {
    if (this.#isInWorkspace(name)) return this.#workspace?.boolean(name)
    const found = this.#last(name)
    if (found === undefined || found.value === 'true' || found.value === 'false') {
      return found === undefined ? undefined : found.value === 'true'
    }
    return this.#wrong(name, found, 'true or false')
  }

  integer(name: string): number | undefined {
    if (this.#isInWorkspace(name)) return this.#workspace?.integer(name)
    const found = this.#last(name)
    if (found === undefined) return undefined
    return /^\d{1,9}$/.test(found.value) ? Number(found.value) : this.#wrong(name, found, 'a whole number')
  }

  list(name: string): readonly string[] | undefined {
    if (this.#isInWorkspace(name)) {
      const raw = this.#workspace?.raw(name)
      return typeof raw === 'string' ? [raw] : this.#workspace?.texts(name)
    }
    const found = this.#ini.get(kebab(name))
    return found?.map(({ value }) => value).filter((value) => value !== '')
  }

  where(name: string): Where {
    if (this.#isInWorkspace(name) && this.#workspace !== undefined) return this.#workspace.where(name)
    const last = this.#last(name)
    return { file: last?.file ?? '.npmrc', key: kebab(name), line: last?.line }
  }

  #isInWorkspace(name: string): boolean {
    return this.#workspace?.has(name) === true
  }

  #last(name: string): IniSetting | undefined {
    return this.#ini.get(kebab(name))?.at(-1)
  }

  #wrong(name: string, { file, value, line }: IniSetting, wanted: string): undefined {
    const message = `${wanted} should stand here, and there is ${shown(value)}`
    this.#report({ code: 'config-invalid', message, where: { file, key: kebab(name), line } })
    return undefined
  }
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
