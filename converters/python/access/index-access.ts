/** Indexes with credentials, from everything that pip, Poetry, PDM and uv read. Nothing of it is ever written or shown. */
import type { ConfigText, ReadContext } from '../../../src/model/converter.ts'
import { Fields, rootFields } from '../../../src/text/fields.ts'
import { parseToml } from '../../../src/text/toml-document.ts'

export interface IndexAccess {
  /** Absolute, without credentials. */
  readonly url: URL
  /** undefined: it is configured, and needs none (or they are in the netrc). */
  readonly login?: Login | undefined
}

export interface Login {
  readonly username: string
  readonly password: string
}

type Environment = ReadContext['environment']

/** Project before user, user before system; the first that fits a URL counts. Throws `config-invalid`. */
export function findIndexes(context: ReadContext): readonly IndexAccess[] {
  const { environment, files, userConfig, registry } = context
  const manifest = files.find('pyproject.toml')
  const project = manifest === undefined ? [] : readProject({ file: 'pyproject.toml', text: manifest }, context)
  const user = [...userConfig].reverse().flatMap((config) => readUserConfig(config, environment))
  const texts = [registry, ...environmentUrls(environment), ...lockFileUrls(context)]
  const typed = texts.flatMap((text) => (text === undefined ? [] : (accessOf(text, environment) ?? [])))
  const poetryNames = poetryLogins(userConfig)
  const named = project.map((index) => withLogin(index, poetryNames, environment))
  return [...typed, ...named, ...user.map((index) => withLogin(index, poetryNames, environment))]
}

interface NamedIndex extends IndexAccess {
  readonly name?: string | undefined
}

/** `https://${USER}:${PASSWORD}@host/simple`. */
function accessOf(written: string, environment: Environment, login?: Partial<Login>): IndexAccess | undefined {
  const text = expand(written, environment)
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const username = decode(url.username) || expand(login?.username ?? '', environment)
  const password = decode(url.password) || expand(login?.password ?? '', environment)
  url.username = ''
  url.password = ''
  return username === '' && password === '' ? { url } : { url, login: { username, password } }
}

function expand(text: string, environment: Environment): string {
  return text.replace(/\$\{(\w+)\}/g, (whole, name: string) => environment[name] ?? whole)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function environmentUrls(environment: Environment): readonly string[] {
  const names = [
    'PIP_INDEX_URL',
    'PIP_EXTRA_INDEX_URL',
    'UV_DEFAULT_INDEX',
    'UV_INDEX',
    'UV_INDEX_URL',
    'UV_EXTRA_INDEX_URL',
  ]
  // uv allows `name=https://…`.
  const words = names.flatMap((name) => (environment[name] ?? '').split(/\s+/))
  return words.map((word) => word.replace(/^[\w.-]+=(?=https?:)/i, ''))
}

/** requirements.txt and Pipfile.lock name their indexes themselves, with variables where the credentials belong. */
function lockFileUrls({ file, files }: ReadContext): readonly string[] {
  if (!/\.(?:txt|in)$|(?:^|\/)Pipfile\.lock$/.test(file)) return []
  return [...(files.find(file) ?? '').matchAll(/https?:\/\/[^\s"'#]+/g)]
    .map(([url]) => url)
    .filter((url) => url.includes('@'))
}

function readProject(config: ConfigText, { environment }: ReadContext): readonly NamedIndex[] {
  const root = parse(config)
  const tool = root?.object('tool')
  return [
    ...namedIndexes(tool?.object('poetry')?.objects('source'), environment),
    ...namedIndexes(tool?.object('uv')?.objects('index'), environment),
    ...namedIndexes(tool?.object('pdm')?.objects('source'), environment),
  ]
}

function readUserConfig(config: ConfigText, environment: Environment): readonly NamedIndex[] {
  switch (config.kind) {
    case 'pip':
      return readPip(config.text, environment)
    case 'uv': {
      const root = parse(config)
      const urls = [root?.text('index-url'), ...(root?.texts('extra-index-url') ?? [])]
      const plain = urls.flatMap((url) => (url === undefined ? [] : (accessOf(url, environment) ?? [])))
      return [...namedIndexes(root?.objects('index'), environment), ...plain]
    }
    case 'poetry':
      return tables(parse(config)?.object('repositories'), environment)
    case 'pdm':
      return tables(parse(config)?.object('pypi'), environment)
  }
  return []
}

function namedIndexes(list: readonly Fields[] | undefined, environment: Environment): readonly NamedIndex[] {
  return (list ?? []).flatMap((fields) => indexAt(fields, fields.text('name'), environment))
}

function tables(parent: Fields | undefined, environment: Environment): readonly NamedIndex[] {
  return (parent?.keys() ?? []).flatMap((name) => {
    const raw = parent?.raw(name)
    const fields = typeof raw === 'object' && raw !== null ? parent?.object(name) : undefined
    return fields === undefined ? [] : indexAt(fields, name, environment)
  })
}

function indexAt(fields: Fields, name: string | undefined, environment: Environment): readonly NamedIndex[] {
  const url = fields.text('url')
  const login = { username: fields.text('username') ?? '', password: fields.text('password') ?? '' }
  const access = url === undefined ? undefined : accessOf(url, environment, login)
  return access === undefined ? [] : [{ ...access, ...(name === undefined ? {} : { name }) }]
}

/** `index-url` and `extra-index-url` of any section; values go on in indented lines. */
function readPip(text: string, environment: Environment): readonly IndexAccess[] {
  const values = text.matchAll(/^(?:extra-)?index[-_]url[ \t]*[=:]([^\n]*(?:\n[ \t]+[^\n]*)*)/gim)
  return [...values].flatMap(([, value = '']) => value.split(/\s+/).flatMap((url) => accessOf(url, environment) ?? []))
}

/** `[http-basic.<name>]` of Poetry's auth.toml. */
function poetryLogins(userConfig: readonly ConfigText[]): ReadonlyMap<string, Login> {
  const logins = new Map<string, Login>()
  for (const config of userConfig.filter(({ kind }) => kind === 'poetry')) {
    const basic = parse(config)?.object('http-basic')
    for (const name of basic?.keys() ?? []) {
      const fields = basic?.object(name)
      const [username, password] = [fields?.text('username'), fields?.text('password')]
      if (username !== undefined) logins.set(name, { username, password: password ?? '' })
    }
  }
  return logins
}

/** An index without credentials gets those that belong to its name: POETRY_HTTP_BASIC_<NAME>_…, UV_INDEX_<NAME>_…, auth.toml. */
function withLogin(index: NamedIndex, poetry: ReadonlyMap<string, Login>, environment: Environment): IndexAccess {
  if (index.name === undefined || index.login !== undefined) return index
  const word = index.name.toUpperCase().replace(/[^A-Z0-9]/g, '_')
  for (const prefix of [`POETRY_HTTP_BASIC_${word}`, `UV_INDEX_${word}`]) {
    const username = environment[`${prefix}_USERNAME`]
    const password = environment[`${prefix}_PASSWORD`]
    if (username !== undefined || password !== undefined) {
      return { ...index, login: { username: username ?? '', password: password ?? '' } }
    }
  }
  const login = poetry.get(index.name)
  return login === undefined ? index : { ...index, login }
}

function parse({ file, text }: ConfigText): Fields | undefined {
  const document = parseToml(text, { file, purpose: 'config' })
  return rootFields(document)
}
