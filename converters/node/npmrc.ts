/**
 * npm's configuration as far as it says where packages come from and who may ask for them. Order of precedence:
 * `--registry`, environment (`npm_config_*`), the project's `.npmrc`, the user's, the global one. Values are secrets: they
 * reach a request header or a URL, never a message.
 */
import { failIfAny } from '../../src/problem.ts'
import type { Problem, Where } from '../../src/problem.ts'
import type { ReadContext } from '../../src/model/converter.ts'
import { parseIni } from './ini.ts'
import { defaultRegistries } from './registry.ts'
import type { Registries } from './registry.ts'

const NPMRC = '.npmrc'
const ENVIRONMENT_PREFIX = /^npm_config_/i
/** npm's syntax: `${NAME}`, `${NAME?}` (empty when unset), a backslash before it keeps it as it is. */
const VARIABLE = /(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}/g

export interface NpmConfig {
  readonly registries: Registries
  /** `//host/path/:_authToken` and its relatives, by their whole key. */
  readonly secrets: ReadonlyMap<string, string>
  /** Path of a file with additional certificate authorities. */
  readonly cafile?: string | undefined
}

/** What the configuration is read from. */
export type NpmConfigContext = Pick<ReadContext, 'files' | 'userConfig' | 'environment' | 'registry'>

/** Throws `config-invalid`, with every problem of the files. */
export function readNpmConfig(context: NpmConfigContext): NpmConfig {
  const settings = collectNpmSettings(context)
  const problems: Problem[] = []
  const registry = (key: string): string | undefined => {
    const setting = settings.get(key)
    return setting === undefined ? undefined : checkRegistry(key, setting, problems)
  }
  const main = registry('registry') ?? defaultRegistries.main
  const scopes = new Map<string, string>()
  for (const key of settings.keys()) {
    if (!/^@[^/:]+:registry$/.test(key)) continue
    const url = registry(key)
    if (url !== undefined) scopes.set(key.slice(0, -':registry'.length), url)
  }
  failIfAny(problems)
  const replaceHost = settings.get('replace-registry-host')?.value ?? defaultRegistries.replaceHost
  return {
    registries: { main, scopes, replaceHost },
    secrets: collectSecrets(settings),
    cafile: settings.get('cafile')?.value,
  }
}

export interface NpmSetting {
  /** The last one, where there are several. */
  readonly value: string
  /** All of them, of the file or variable that counts. */
  readonly values: readonly string[]
  readonly where: Where
  /** The name of a variable that is used and not set. */
  readonly unset?: string | undefined
}

/** What is set, by its name, the nearest of npm's sources last: it wins. */
export function collectNpmSettings(context: NpmConfigContext): ReadonlyMap<string, NpmSetting> {
  const settings = new Map<string, NpmSetting>()
  const set = (key: string, setting: NpmSetting): void => {
    settings.delete(key)
    settings.set(key, setting)
  }
  const project = context.files.find(NPMRC)
  const user = context.userConfig.filter(({ file }) => !file.endsWith('.yarnrc.yml'))
  const files = [...user, ...(project === undefined ? [] : [{ file: NPMRC, text: project }])]
  for (const { file, text } of files) {
    for (const entry of parseIni(text)) {
      const key = expand(entry.key, context.environment).value
      const { value, unset } = expand(entry.value, context.environment)
      const earlier = entry.isItem ? settings.get(key) : undefined
      const values = [...(earlier?.where.file === file ? earlier.values : []), value]
      set(key, { value, values, unset, where: { file, key, line: entry.line } })
    }
  }
  for (const [name, value] of environmentSettings(context.environment)) {
    // npm separates the items of a list in a variable by empty lines.
    set(name, { value, values: value.split('\n\n'), where: { file: `npm_config_${name}`, key: name } })
  }
  if (context.registry !== undefined) {
    const value = context.registry
    set('registry', { value, values: [value], where: { file: '--registry' } })
  }
  return settings
}

/** `npm_config_replace_registry_host` is `replace-registry-host`; keys of one registry (`//host/:…`) stay as they are. */
function environmentSettings(environment: ReadContext['environment']): readonly (readonly [string, string])[] {
  const names = Object.keys(environment).filter((name) => ENVIRONMENT_PREFIX.test(name))
  return names.sort().flatMap((name) => {
    const value = environment[name]
    if (value === undefined || value === '') return []
    const key = name.replace(ENVIRONMENT_PREFIX, '')
    if (key.startsWith('//')) return [[key, value] as const]
    return [[key.replace(/(?!^)_/g, '-').toLowerCase(), value] as const]
  })
}

function expand(text: string, environment: ReadContext['environment']): { value: string; unset?: string | undefined } {
  let unset: string | undefined
  const value = text.replace(VARIABLE, (whole: string, slashes: string, name: string, optional?: string) => {
    if (slashes.length % 2 === 1) return whole.slice((slashes.length + 1) / 2)
    const found = environment[name]
    if (found === undefined && optional === undefined) unset = name
    return slashes.slice(slashes.length / 2) + (found ?? (optional === undefined ? `\${${name}}` : ''))
  })
  return { value, unset }
}

function checkRegistry(key: string, setting: NpmSetting, problems: Problem[]): string | undefined {
  const problem = registryProblem(key, setting)
  if (problem === undefined) return setting.value.endsWith('/') ? setting.value : `${setting.value}/`
  problems.push(problem)
  return undefined
}

function registryProblem(key: string, { value, where, unset }: NpmSetting): Problem | undefined {
  const invalid = (message: string, hint: string): Problem => ({ code: 'config-invalid', message, where, hint })
  if (unset !== undefined) {
    return invalid(`${key} uses the variable ${unset}, which is not set`, `set ${unset} in the environment`)
  }
  const hint = `write it as https://host/path/`
  if (!URL.canParse(value)) return invalid(`${key} is not a URL`, hint)
  const url = new URL(value)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return invalid(`${key} is neither https nor http`, hint)
  if (url.username === '' && url.password === '') {
    return url.search === '' && url.hash === '' ? undefined : invalid(`${key} has a query or a fragment`, hint)
  }
  return invalid(
    `${key} carries credentials`,
    `put them into //${url.host}${url.pathname}:_authToken in your own .npmrc`,
  )
}

function collectSecrets(settings: ReadonlyMap<string, NpmSetting>): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>()
  for (const [key, { value, unset }] of settings) {
    // A token whose variable is not set is no token: the registry may well answer without one.
    if (key.startsWith('//') && unset === undefined) secrets.set(key, value)
  }
  return secrets
}
