/**
 * Which of Bun's two linkers makes node_modules: `linker` of bunfig.toml, else isolated for a workspace whose lock file has
 * configVersion 1: https://bun.com/docs/pm/isolated-installs
 */
import { fail, shown } from '../../../../src/problem.ts'
import type { ReadContext } from '../../../../src/model/converter.ts'
import type { BunRelease } from './bun-release.ts'

export type Linker = 'hoisted' | 'isolated'

export interface LinkerChoice {
  readonly configVersion: number | undefined
  readonly hasMembers: boolean
  readonly release: BunRelease
}

/** Throws `config-invalid` for a linker that Bun does not have. */
export function findLinker({ files }: ReadContext, { configVersion, hasMembers, release }: LinkerChoice): Linker {
  if (!release.hasIsolated) return 'hoisted'
  const file = 'bunfig.toml'
  const setting = findSetting(files.find(file) ?? '')
  if (setting === undefined) return configVersion === 1 && hasMembers ? 'isolated' : 'hoisted'
  if (setting.value === 'hoisted' || setting.value === 'isolated') return setting.value
  const message = `install.linker is ${shown(setting.value)}; Bun has "hoisted" and "isolated"`
  return fail({
    code: 'config-invalid',
    message,
    where: { file, key: 'install.linker', line: setting.line },
    hint: 'correct it',
  })
}

interface Setting {
  readonly value: string
  readonly line: number
}

/** `linker = "…"` below `[install]`, or `install.linker = "…"` above every table. All else in the file is Bun's. */
function findSetting(text: string): Setting | undefined {
  let table = ''
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    const heading = /^\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line)?.[1]
    if (heading !== undefined) table = heading.replace(/[\s"']/g, '')
    const [, key = '', quoted] = /^([\w."'-]+)\s*=\s*("[^"]*"|'[^']*')\s*(?:#.*)?$/.exec(line) ?? []
    const name = key.replace(/["']/g, '')
    if (quoted === undefined || (table === '' ? name : `${table}.${name}`) !== 'install.linker') continue
    return { value: quoted.slice(1, -1), line: index + 1 }
  }
  return undefined
}
