/**
 * Request headers of what auth.json says, of the project and of the user, and COMPOSER_AUTH
 * (https://getcomposer.org/doc/articles/authentication-for-private-packages.md). A host's credentials go to that host alone, and in
 * clear text only where it is named with the port of an http server.
 */
import type { Credentials, ReadContext } from '../../../src/model/converter.ts'
import { rootFields, type Fields } from '../../../src/text/fields.ts'
import { parseJson } from '../../../src/text/json-document.ts'

/** Read when the first URL is asked for. Throws `config-invalid` then. */
export function phpCredentials(context: ReadContext): Credentials {
  let files: readonly Fields[] | undefined
  return (text) => {
    if (!URL.canParse(text)) return {}
    files ??= readFiles(context)
    for (const file of files) {
      const headers = headersOf(file, new URL(text))
      if (headers !== undefined) return headers
    }
    return {}
  }
}

/** Those that count first come first: the environment, the project, the user. */
function readFiles({ files, userConfig, environment }: ReadContext): readonly Fields[] {
  const own = files.find('auth.json')
  const texts = [
    { file: 'COMPOSER_AUTH', text: environment['COMPOSER_AUTH'] },
    { file: 'auth.json', text: own },
    ...userConfig.toReversed(),
  ]
  return texts.flatMap(({ file, text }) => {
    if (text === undefined || text === '') return []
    const document = parseJson(text, { file, purpose: 'config' })
    const fields = rootFields(document)
    document.failIfAny()
    // In config.json the same stands below `config`.
    return fields === undefined ? [] : [fields.object('config') ?? fields]
  })
}

type Headers = Readonly<Record<string, string>>

function headersOf(file: Fields, url: URL): Headers | undefined {
  const origin = originOf(url)
  // What is named by a host alone is meant for https.
  if (url.protocol !== 'https:' && url.port === '' && !isLocal(url.hostname)) return undefined
  const basic = file.object('http-basic')?.object(origin)
  const [user, password] = [basic?.text('username'), basic?.text('password')]
  if (user !== undefined && password !== undefined) return { authorization: `Basic ${base64(`${user}:${password}`)}` }
  const bearer = file.object('bearer')?.text(origin)
  if (bearer !== undefined) return { authorization: `Bearer ${bearer}` }
  const github = file.object('github-oauth')?.text(origin)
  if (github !== undefined) return { authorization: `token ${github}` }
  const gitlab = file.object('gitlab-oauth')?.text(origin)
  if (gitlab !== undefined) return { authorization: `Bearer ${gitlab}` }
  return gitlabToken(file.object('gitlab-token'), origin)
}

/** A token, or one with the name that it is for: a personal token has none, or its user's. */
function gitlabToken(tokens: Fields | undefined, origin: string): Headers | undefined {
  const value = tokens?.raw(origin)
  if (typeof value === 'string') return { 'private-token': value }
  const named = value === undefined ? undefined : tokens?.object(origin)
  const token = named?.text('token')
  const user = named?.text('username')
  if (token === undefined || user === undefined) return undefined
  return ['gitlab-ci-token', 'private-token', 'oauth2'].includes(user)
    ? { 'private-token': token }
    : { authorization: `Basic ${base64(`${user}:${token}`)}` }
}

/** What Composer looks up: the host with its port, and github.com for all that GitHub serves from, but for where it redirects to. */
function originOf({ host, hostname }: URL): string {
  return hostname.endsWith('.github.com') && hostname !== 'codeload.github.com' ? 'github.com' : host
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
