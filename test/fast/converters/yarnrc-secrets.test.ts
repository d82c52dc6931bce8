/** Tokens in `.yarnrc.yml` are sent to the registries they are for, and nowhere else. */
import { describe, expect, test } from 'vitest'
import { nodeConverter } from '../../../converters/node/converter.ts'
import type { ReadContext } from '../../../src/model/converter.ts'

function headersFor(url: string, project: string, user?: string): Readonly<Record<string, string>> {
  const context: ReadContext = {
    file: 'yarn.lock',
    files: { find: (path) => (path === '.yarnrc.yml' ? project : undefined), directories: () => [] },
    userConfig: user === undefined ? [] : [{ file: '~/.yarnrc.yml', text: user }],
    environment: { TOKEN: 'from-environment' },
  }
  return nodeConverter.credentials(context)(url)
}

const settings = `
npmRegistryServer: "https://mirror.example/npm"
npmAuthToken: "\${TOKEN}"

npmScopes:
  mine: # ours
    npmRegistryServer: 'https://packages.example'
    npmAuthIdent: "user:password"
  other:
    npmAuthToken: for-other

npmRegistries:
  "//third.example:8080":
    npmAuthToken: third
plugins:
  - path: .yarn/plugins/x.cjs
    npmAuthToken: no
`

describe('a token', () => {
  test.each([
    ['https://mirror.example/npm/ms/-/ms-2.1.3.tgz', 'Bearer from-environment'],
    ['https://packages.example/@mine/a/-/a-1.0.0.tgz', `Basic ${btoa('user:password')}`],
    ['https://third.example:8080/a', 'Bearer third'],
  ])('for %s', (url, authorization) => {
    expect(headersFor(url, settings)).toEqual({ authorization })
  })

  test.each(['https://elsewhere.example/a.tgz', 'http://packages.example/a.tgz', 'https://third.example/a'])(
    'is not for %s',
    (url) => expect(headersFor(url, settings)).toEqual({}),
  )

  test('may stand in the user’s own file, for a registry that the project names', () => {
    const user = 'npmScopes:\n  mine:\n    npmAuthToken: ${TOKEN:-none}\n'
    const project = 'npmScopes:\n  mine:\n    npmRegistryServer: https://packages.example\n'
    expect(headersFor('https://packages.example/@mine/a', project, user)).toEqual({
      authorization: 'Bearer from-environment',
    })
  })

  test('is nothing where the file is none', () => {
    expect(headersFor('https://mirror.example/npm/a', '\t: [')).toEqual({})
  })
})
