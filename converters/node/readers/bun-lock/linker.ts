/**
 * Which of Bun's two linkers makes node_modules: `linker` of bunfig.toml, else isolated for a workspace whose lock file has
 * configVersion 1: https://bun.com/docs/pm/isolated-installs
 */
import type { IgnoredSetting } from '../../../../src/model/lock.ts'
import { fail, shown } from '../../../../src/problem.ts'
import type { ReadContext } from '../../../../src/model/converter.ts'
import { parseIni } from '../../ini.ts'
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
  const file = BUNFIG
  const setting = readInstall(files.find(file) ?? '').find(({ name }) => name === 'linker')
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

const leavingOut: ReadonlyMap<string, IgnoredSetting['leavesOut']> = new Map([
  ['dev = false', 'dev'],
  ['production = true', 'dev'],
  ['optional = false', 'optional'],
  ['peer = false', 'peer'],
])

/** What makes Bun install less than its lock file says, or hoist and link otherwise. */
export function ignoredSettings({ files }: Pick<ReadContext, 'files'>, linker: Linker): readonly IgnoredSetting[] {
  const fromBunfig = readInstall(files.find(BUNFIG) ?? '').flatMap(({ name, value, line }) => {
    const text = `${name} = ${value}`
    const where = { file: BUNFIG, key: `install.${name}`, line }
    const leavesOut = leavingOut.get(text)
    if (leavesOut !== undefined) return [{ text, where, leavesOut }]
    const isOther = /^(?:hoist|publicHoist)Pattern$/.test(name) || text === 'globalStore = true'
    return linker === 'isolated' && isOther ? [{ text, where }] : []
  })
  return [...fromBunfig, ...ignoredOfNpmrc(files.find(NPMRC) ?? '', linker)]
}

/** The little that Bun reads of what pnpm and npm are told there. */
function ignoredOfNpmrc(npmrc: string, linker: Linker): readonly IgnoredSetting[] {
  return parseIni(npmrc).flatMap(({ key, isItem, value, line }) => {
    const text = `${key}${isItem ? '[]' : ''}=${value}`
    const where = { file: NPMRC, key, line }
    if (key === 'omit') {
      const leavesOut = kinds.find((kind) => kind === value)
      return leavesOut === undefined ? [] : [{ text, where, leavesOut }]
    }
    const isOther = /^(?:public-)?hoist-pattern$/.test(key) || text === 'hoist=false'
    return linker === 'isolated' && isOther ? [{ text, where }] : []
  })
}

const kinds = ['dev', 'optional', 'peer'] as const

const BUNFIG = 'bunfig.toml'
const NPMRC = '.npmrc'

interface Setting {
  /** Below `install`. */
  readonly name: string
  /** Text without quotes; all else as it is written. */
  readonly value: string
  readonly line: number
}

/** `linker = "…"` below `[install]`, or `install.linker = "…"` above every table. */
function readInstall(text: string): readonly Setting[] {
  const settings: Setting[] = []
  let table = ''
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    const heading = /^\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line)?.[1]
    if (heading !== undefined) table = heading.replace(/[\s"']/g, '')
    const [, key = '', value = ''] = /^([\w."'-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s#"'][^#]*)\s*(?:#.*)?$/.exec(line) ?? []
    const name = key.replace(/["']/g, '')
    const [whole, below] = /^install\.(\w+)$/.exec(table === '' ? name : `${table}.${name}`) ?? []
    if (whole === undefined || below === undefined) continue
    settings.push({ name: below, value: value.replace(/^(["'])(.*)\1$/, '$2').trim(), line: index + 1 })
  }
  return settings
}
