/**
 * Request headers for a URL, by npm's rule (npm-registry-fetch's auth.js): the longest `//host/path/` that has a secret
 * wins; a URL with none on the host of a configured registry gets that registry's.
 */
import type { Credentials } from '../../src/model/converter.ts'
import type { NpmConfig } from './npmrc.ts'

/** Headers per URL. A plain http URL gets a secret only where the registry itself is configured with that origin. */
export function credentialsOf(config: NpmConfig): Credentials {
  const registries = [config.registries.main, ...config.registries.scopes.values()].map((text) => new URL(text))
  return (text) => {
    if (config.secrets.size === 0 || !URL.canParse(text)) return {}
    const url = new URL(text)
    const sameHost = registries.filter((registry) => registry.host === url.host)
    // A lock file may name any URL: it must not be able to ask for a token in clear text.
    if (url.protocol !== 'https:' && !sameHost.some((registry) => registry.protocol === url.protocol)) return {}
    for (const candidate of [url, ...sameHost]) {
      const value = findAuthorization(config.secrets, candidate)
      if (value !== undefined) return { authorization: value }
    }
    return {}
  }
}

function findAuthorization(secrets: ReadonlyMap<string, string>, url: URL): string | undefined {
  // Both `//host/path/:_authToken` and `//host/path:_authToken` are in use.
  for (let key = `//${url.host}${url.pathname}`; key.length > 2; key = key.replace(/([^/]+|\/)$/, '')) {
    const value = authorizationAt(secrets, key)
    if (value !== undefined) return value
  }
  return undefined
}

function authorizationAt(secrets: ReadonlyMap<string, string>, key: string): string | undefined {
  const token = secrets.get(`${key}:_authToken`)
  if (token) return `Bearer ${token}`
  const basic = secrets.get(`${key}:_auth`)
  if (basic) return `Basic ${basic}`
  const username = secrets.get(`${key}:username`)
  const password = secrets.get(`${key}:_password`)
  if (!username || !password) return undefined
  const plain = `${username}:${Buffer.from(password, 'base64').toString('utf8')}`
  return `Basic ${Buffer.from(plain, 'utf8').toString('base64')}`
}
