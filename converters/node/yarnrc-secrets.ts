/**
 * Tokens of registries in `.yarnrc.yml` (Yarn 2 and later), the project's and the user's, as if they stood in an `.npmrc`. Read line by
 * line, because the whole grammar need not be loaded for it: what is not understood gives no token. The values are secrets.
 * https://yarnpkg.com/configuration/yarnrc#npmScopes
 */
import type { ReadContext } from '../../src/model/converter.ts'
import type { NpmConfig } from './npmrc.ts'

export const YARNRC = '.yarnrc.yml'

/** The configuration with what Yarn's says beside it; Yarn's goes first. */
export function withYarnSecrets(config: NpmConfig, { files, userConfig, environment }: ReadContext): NpmConfig {
  const user = userConfig.filter(({ file }) => file.endsWith(YARNRC)).map(({ text }) => text)
  const project = files.find(YARNRC)
  const settings = new Map<string, string>()
  for (const text of [...user, ...(project === undefined ? [] : [project])]) {
    for (const [path, value] of readLines(text)) settings.set(path, expandYarnVariables(value, environment))
  }
  const addresses = [...settings].filter(([path]) => path.endsWith('npmRegistryServer'))
  if (settings.size === 0) return config
  const secrets = new Map(config.secrets)
  // One host has one token here: the general one wins over that of a scope without a registry of its own.
  const deepFirst = [...settings].sort(([a], [b]) => Number(b.includes('\n')) - Number(a.includes('\n')))
  for (const [path, value] of deepFirst) addSecret(secrets, path, value, { settings, config })
  const scopes = new Map(config.registries.scopes)
  for (const [path, value] of addresses) if (URL.canParse(value)) scopes.set(`yarn:${path}`, value)
  return { ...config, secrets, registries: { ...config.registries, scopes } }
}

/** `${NAME}` and `${NAME:-default}`. */
export function expandYarnVariables(text: string, environment: ReadContext['environment']): string {
  return text.replace(
    /\$\{([A-Za-z0-9_]+)(?::?-([^}]*))?\}/g,
    (_, name: string, fallback = '') => environment[name] ?? fallback,
  )
}

interface Known {
  readonly settings: ReadonlyMap<string, string>
  readonly config: NpmConfig
}

const TOKEN = 'npmAuthToken'
const IDENT = 'npmAuthIdent'

function addSecret(secrets: Map<string, string>, path: string, value: string, known: Known): void {
  const name = path.slice(path.lastIndexOf('\n') + 1)
  if (value === '' || (name !== TOKEN && name !== IDENT)) return
  const registry = registryAt(path.split('\n').slice(0, -1), known)
  if (registry === undefined || !URL.canParse(registry)) return
  const { host, pathname } = new URL(registry)
  const key = `//${host}${pathname.replace(/\/?$/, '/')}`
  if (name === TOKEN) secrets.set(`${key}:_authToken`, value)
  // `user:password`, or the same in base64.
  else secrets.set(`${key}:_auth`, value.includes(':') ? Buffer.from(value).toString('base64') : value)
}

/** Of the setting's place: the top, `npmScopes` → name, `npmRegistries` → address. */
function registryAt(place: readonly string[], { settings, config }: Known): string | undefined {
  const main = settings.get('npmRegistryServer') ?? config.registries.main
  if (place.length === 0) return main
  const [kind, name = ''] = place
  if (kind === 'npmScopes') return settings.get(`npmScopes\n${name}\nnpmRegistryServer`) ?? main
  return kind === 'npmRegistries' ? (name.startsWith('//') ? `https:${name}` : name) : undefined
}

const LINE =
  /^( *)(?:"([^"]*)"|'([^']*)'|([^\s"'#-](?:[^:]|:(?=\S))*)): *(?:"([^"]*)"|'([^']*)'|([^\s#"'].*?))?(?: +#.*)?$/

/** Keys on the way to a value, joined by line feeds → value. */
function* readLines(text: string): Generator<readonly [string, string]> {
  const open: { readonly indent: number; readonly key: string }[] = []
  for (const line of text.split(/\r?\n/)) {
    const [, indent = '', double, single, plain, ...values] = LINE.exec(line) ?? []
    const key = double ?? single ?? plain
    if (key === undefined) continue
    while ((open.at(-1)?.indent ?? -1) >= indent.length) open.pop()
    open.push({ indent: indent.length, key })
    const value = values.find((each) => each !== undefined)
    if (value !== undefined) yield [open.map((each) => each.key).join('\n'), value]
  }
}
