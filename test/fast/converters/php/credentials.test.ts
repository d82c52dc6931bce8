import { expect, test } from 'vitest'
import { phpCredentials } from '../../../../converters/php/access/credentials.ts'
import type { ReadContext } from '../../../../src/model/converter.ts'
import { problemsOf } from '../../../support/problems-of.ts'

interface Texts {
  readonly environment?: unknown
  readonly project?: unknown
  readonly home?: unknown
}

function headers(url: string, { environment, project, home }: Texts) {
  const text = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value))
  const context: ReadContext = {
    file: 'composer.lock',
    files: { find: (path: string) => (path === 'auth.json' ? text(project) : undefined), list: () => [] } as never,
    userConfig: home === undefined ? [] : [{ file: '~/.config/composer/auth.json', text: JSON.stringify(home) }],
    environment: { COMPOSER_AUTH: text(environment) },
  }
  return phpCredentials(context)(url)
}

const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
const login = (host: string, username: string, password = 'pw') => ({
  'http-basic': { [host]: { username, password } },
})

test('the environment counts before the project, and that before the user', () => {
  const url = 'https://repo.example/a.zip'
  const [environment, project, home] = ['env', 'project', 'home'].map((name) => login('repo.example', name))
  expect(headers(url, { environment, project, home })).toEqual(basic('env', 'pw'))
  expect(headers(url, { project, home })).toEqual(basic('project', 'pw'))
  expect(headers(url, { home })).toEqual(basic('home', 'pw'))
  expect(headers(url, {})).toEqual({})
})

test('credentials reach their own host and port alone', () => {
  const home = login('repo.example', 'me')
  for (const url of ['https://other.example/a', 'https://repo.example:8443/a', 'https://a.repo.example/a']) {
    expect(headers(url, { home })).toEqual({})
  }
})

test('what is named by a host alone is not sent in clear text', () => {
  expect(headers('http://repo.example/a', { home: login('repo.example', 'me') })).toEqual({})
  expect(headers('http://127.0.0.1:80/a', { home: login('127.0.0.1', 'me') })).toEqual(basic('me', 'pw'))
})

test('a token of GitHub counts for where its archives are, and not for where they are redirected to', () => {
  const home = { 'github-oauth': { 'github.com': 'gh' } }
  expect(headers('https://api.github.com/repos/a/b/zipball/1', { home })).toEqual({ authorization: 'token gh' })
  expect(headers('https://codeload.github.com/a/b/legacy.zip/1', { home })).toEqual({})
})

test.each([
  [{ bearer: { 'git.example': 'b' } }, { authorization: 'Bearer b' }],
  [{ 'gitlab-oauth': { 'git.example': 'o' } }, { authorization: 'Bearer o' }],
  [{ 'gitlab-token': { 'git.example': 't' } }, { 'private-token': 't' }],
  [{ 'gitlab-token': { 'git.example': { username: 'deploy', token: 't' } } }, basic('deploy', 't')],
  [{ config: { bearer: { 'git.example': 'c' } } }, { authorization: 'Bearer c' }],
])('%j is understood', (home, expected) => {
  expect(headers('https://git.example/a.zip', { home })).toEqual(expected)
})

test('a file that cannot be read is a problem that does not show it', async () => {
  const problems = await problemsOf(() => headers('https://git.example/a', { home: ['s3cret'] }))
  expect(problems.map(({ code }) => code)).toEqual(['config-invalid'])
  expect(JSON.stringify(problems)).not.toContain('s3cret')
})
