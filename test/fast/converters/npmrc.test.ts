/** npm's configuration: where values come from, which one counts, and that secrets stay secret. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { credentialsOf } from '../../../converters/node/credentials.ts'
import { parseIni } from '../../../converters/node/ini.ts'
import { readNpmConfig } from '../../../converters/node/npmrc.ts'
import type { ReadContext } from '../../../src/model/converter.ts'
import { problemsOf } from '../../support/problems-of.ts'

interface World {
  readonly project?: string
  readonly user?: string
  readonly global?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly registry?: string
}

function context({ project, user, global, environment = {}, registry }: World): ReadContext {
  const configs = [
    { file: '/etc/npmrc', text: global },
    { file: '~/.npmrc', text: user },
  ]
  return {
    file: 'package-lock.json',
    files: { find: (path) => (path === '.npmrc' ? project : undefined), directories: () => [] },
    userConfig: configs.flatMap(({ file, text }) => (text === undefined ? [] : [{ file, text }])),
    environment,
    registry,
  }
}

const registryOf = (world: World) => readNpmConfig(context(world)).registries.main

describe('which registry counts', () => {
  const global = 'registry=https://global.example/'
  const user = 'registry=https://user.example/'
  const project = 'registry=https://project.example/'
  const environment = { npm_config_registry: 'https://environment.example/' }

  test('the option beats the environment, which beats the project, the user and the machine', () => {
    expect(registryOf({ global })).toBe('https://global.example/')
    expect(registryOf({ global, user })).toBe('https://user.example/')
    expect(registryOf({ global, user, project })).toBe('https://project.example/')
    expect(registryOf({ global, user, project, environment })).toBe('https://environment.example/')
    const registry = 'https://option.example'
    expect(registryOf({ global, user, project, environment, registry })).toBe('https://option.example/')
  })

  test('an empty environment variable is none', () => {
    expect(registryOf({ user, environment: { npm_config_registry: '' } })).toBe('https://user.example/')
  })

  test('environment names are read as npm reads them', () => {
    const { registries } = readNpmConfig(
      context({
        environment: { NPM_CONFIG_REPLACE_REGISTRY_HOST: 'never', 'npm_config_@s:registry': 'https://s.example' },
      }),
    )
    expect(registries.replaceHost).toBe('never')
    expect(registries.scopes.get('@s')).toBe('https://s.example/')
  })
})

describe('the file format', () => {
  test('comments, quotes, lists, escapes and keys without a value are read as npm reads them', () => {
    const text = [
      '; comment',
      '# comment',
      'a = 1 ; behind',
      'b="x = y"',
      "c='z'",
      'd[] = one',
      'e',
      'f = a\\;b\\#c',
      '',
      'g = "not closed',
      '[section]',
      'h = 1',
    ].join('\n')
    expect(parseIni(text).map(({ key, value, line }) => [key, value, line])).toEqual([
      ['a', '1', 3],
      ['b', 'x = y', 4],
      ['c', 'z', 5],
      ['d', 'one', 6],
      ['e', 'true', 7],
      ['f', 'a;b#c', 8],
      ['g', '"not closed', 10],
    ])
  })

  test('no text makes it fail', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseIni(text)))
  })

  test('__proto__ is a key like any other', () => {
    expect(registryOf({ project: '__proto__=x\nconstructor=y' })).toMatch(/^https:/)
  })
})

describe('variables', () => {
  const environment = { TOKEN: 'hunter2' }
  const secret = (value: string) =>
    readNpmConfig(context({ environment, project: `//h.example/:_authToken=${value}` })).secrets.get(
      '//h.example/:_authToken',
    )

  test('are replaced, and kept when escaped', () => {
    expect(secret('${TOKEN}')).toBe('hunter2')
    expect(secret('a-${TOKEN}-b')).toBe('a-hunter2-b')
    expect(secret('\\${TOKEN}')).toBe('${TOKEN}')
    expect(secret('x${UNSET?}')).toBe('x')
  })

  test('that are not set make a token absent, and a registry a problem', async () => {
    expect(secret('${UNSET}')).toBeUndefined()
    const problems = await problemsOf(() => registryOf({ project: '\nregistry=https://${UNSET}.example/' }))
    expect(problems).toMatchObject(
      [{ code: 'config-invalid', where: { file: '.npmrc', line: 2 }, hint: /UNSET/ }].map(({ hint, ...rest }) => ({
        ...rest,
        hint: expect.stringMatching(hint),
      })),
    )
  })

  test('never appear in a problem with their value', async () => {
    const project = 'registry=https://user:${TOKEN}@h.example/\n@s:registry=ftp://${TOKEN}/'
    const problems = await problemsOf(() => registryOf({ environment, project }))
    expect(problems).toHaveLength(2)
    expect(JSON.stringify(problems)).not.toContain('hunter2')
  })
})

describe('credentials', () => {
  const headers = (project: string, url: string) => credentialsOf(readNpmConfig(context({ project })))(url)

  test('the longest path that has a secret counts', () => {
    const project = '//h.example/:_authToken=outer\n//h.example/team/:_authToken=inner\n//h.example/old:_authToken=bare'
    expect(headers(project, 'https://h.example/a.tgz')).toEqual({ authorization: 'Bearer outer' })
    expect(headers(project, 'https://h.example/team/a/-/a.tgz')).toEqual({ authorization: 'Bearer inner' })
    expect(headers(project, 'https://h.example/old/a.tgz')).toEqual({ authorization: 'Bearer bare' })
  })

  test('other hosts and other ports get nothing', () => {
    const project = '//h.example/:_authToken=t'
    expect(headers(project, 'https://h.example.evil/a')).toEqual({})
    expect(headers(project, 'https://h.example:8443/a')).toEqual({})
    expect(headers(project, 'no url')).toEqual({})
  })

  test('a user name with a password, and ready-made basic credentials', () => {
    const password = Buffer.from('pass').toString('base64')
    const expected = { authorization: `Basic ${Buffer.from('me:pass').toString('base64')}` }
    expect(headers(`//h.example/:username=me\n//h.example/:_password=${password}`, 'https://h.example/')).toEqual(
      expected,
    )
    expect(headers('//h.example/:_auth=bWU6cGFzcw==', 'https://h.example/')).toEqual(expected)
  })

  test('archives elsewhere on the host of a registry get the registry’s', () => {
    const project = 'registry=https://h.example/npm/\n//h.example/npm/:_authToken=t'
    expect(headers(project, 'https://h.example/files/a.tgz')).toEqual({ authorization: 'Bearer t' })
  })

  test('a lock file cannot ask for a token in clear text', () => {
    const project = 'registry=https://h.example/\n//h.example/:_authToken=t'
    expect(headers(project, 'http://h.example/a.tgz')).toEqual({})
    expect(headers(project.replace('https', 'http'), 'http://h.example/a.tgz')).toEqual({ authorization: 'Bearer t' })
  })
})
