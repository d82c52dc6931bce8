/** Credentials for indexes, wherever pip, Poetry, PDM and uv keep them; and whom they are not sent to. */
import { describe, expect, test } from 'vitest'
import { pythonCredentials } from '../../../../converters/python/access/credentials.ts'
import { parseNetrc } from '../../../../converters/python/access/netrc.ts'
import type { ConfigText } from '../../../../src/model/converter.ts'

interface Given {
  readonly file?: string
  readonly project?: Readonly<Record<string, string>>
  readonly config?: readonly ConfigText[]
  readonly environment?: Readonly<Record<string, string>>
}

/** `user:password` that a URL is asked for with. */
function loginFor(url: string, { file = 'poetry.lock', project = {}, config = [], environment = {} }: Given) {
  const files = { find: (path: string) => project[path], directories: () => [] }
  const headers = pythonCredentials({ file, files, userConfig: config, environment, registry: undefined })(url)
  const { authorization } = headers
  if (authorization === undefined) return undefined
  return Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8')
}

const source = (url: string) => ({ 'pyproject.toml': `[[tool.poetry.source]]\nname = "my-own"\nurl = "${url}"\n` })
const uvIndex = { 'pyproject.toml': '[[tool.uv.index]]\nname = "my-own"\nurl = "https://i.example/simple"\n' }
const https = source('https://i.example/simple/')
const file = 'https://i.example/files/a-1.0.tar.gz'

const places: readonly (readonly [string, Given])[] = [
  [
    'pip’s index-url',
    { config: [{ kind: 'pip', file: 'pip.conf', text: '[global]\nindex-url = https://u:p@i.example/simple' }] },
  ],
  [
    'pip’s extra-index-url on lines of its own',
    {
      config: [
        {
          kind: 'pip',
          file: 'pip.conf',
          text: '[install]\nextra-index-url:\n  https://o.example/\n  https://u:p@i.example/simple\n',
        },
      ],
    },
  ],
  ['pip’s variable', { environment: { PIP_EXTRA_INDEX_URL: 'https://o.example/ https://u:p@i.example/simple' } }],
  ['uv’s variable', { environment: { UV_INDEX: 'own=https://u:p@i.example/simple' } }],
  [
    'uv’s variables of a name',
    { project: uvIndex, environment: { UV_INDEX_MY_OWN_USERNAME: 'u', UV_INDEX_MY_OWN_PASSWORD: 'p' } },
  ],
  ['uv.toml', { config: [{ kind: 'uv', file: 'uv.toml', text: '[[index]]\nurl = "https://u:p@i.example/simple"' }] }],
  [
    'Poetry’s variables of a name',
    { project: https, environment: { POETRY_HTTP_BASIC_MY_OWN_USERNAME: 'u', POETRY_HTTP_BASIC_MY_OWN_PASSWORD: 'p' } },
  ],
  [
    'Poetry’s auth.toml',
    {
      project: https,
      config: [{ kind: 'poetry', file: 'auth.toml', text: '[http-basic.my-own]\nusername = "u"\npassword = "p"' }],
    },
  ],
  [
    'a variable in PDM’s source',
    {
      project: { 'pyproject.toml': '[[tool.pdm.source]]\nname = "x"\nurl = "https://${U}:p@i.example/simple"\n' },
      environment: { U: 'u' },
    },
  ],
  [
    'PDM’s own configuration',
    {
      config: [
        {
          kind: 'pdm',
          file: 'config.toml',
          text: '[pypi.x]\nurl = "https://i.example/simple"\nusername = "u"\npassword = "p"',
        },
      ],
    },
  ],
  [
    'an option of requirements.txt',
    {
      file: 'requirements.txt',
      project: { 'requirements.txt': '--index-url https://${U}:p@i.example/simple\n' },
      environment: { U: 'u' },
    },
  ],
  ['netrc', { config: [{ kind: 'netrc', file: '~/.netrc', text: 'machine i.example login u password p' }] }],
]

test.each(places)('%s is found', (_, given) => {
  expect(loginFor(file, given)).toBe('u:p')
  expect(loginFor('https://other.example/simple/a/', given)).toBeUndefined()
})

test('the index with the longest path that a URL is below wins', () => {
  const environment = { UV_INDEX: 'https://a:1@i.example/one https://b:2@i.example/one/two' }
  expect(loginFor('https://i.example/one/two/simple/', { environment })).toBe('b:2')
  expect(loginFor('https://i.example/one/twofold/', { environment })).toBe('a:1')
})

describe('in clear text', () => {
  const config = [{ kind: 'netrc', file: '~/.netrc', text: 'machine i.example login u password p' }]

  test('a password goes only where the project or the user names an http index', () => {
    expect(loginFor('http://i.example/simple/', { config })).toBeUndefined()
    expect(loginFor('http://i.example/simple/', { config, project: https })).toBeUndefined()
    expect(loginFor('http://i.example/x', { config, project: source('http://i.example/simple/') })).toBe('u:p')
  })
})

test('a netrc holds comments, macros, quoted words and a default, and is read past what is odd', () => {
  const text = `# of mine
machine A.example
  login "with space"
  password p\\"w
macdef init
machine wrong.example login x password y

machine b.example account z user me password #hash
default login anonymous password guest
machine`
  const { machines, fallback } = parseNetrc(text)
  expect([...machines]).toEqual([
    ['a.example', { login: 'with space', password: 'p"w' }],
    ['b.example', { login: 'me', password: '#hash' }],
  ])
  expect(fallback).toEqual({ login: 'anonymous', password: 'guest' })
})
