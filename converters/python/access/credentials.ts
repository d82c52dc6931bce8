/**
 * Request headers for a URL: of the configured index that it is below (the longest path wins), else of one on the same origin, else of
 * the netrc.
 */
import type { Credentials, ReadContext } from '../../../src/model/converter.ts'
import { findIndexes, type IndexAccess, type Login } from './index-access.ts'
import { parseNetrc, type Netrc } from './netrc.ts'

/** Read when the first URL is asked for. Throws `config-invalid` then. */
export function pythonCredentials(context: ReadContext): Credentials {
  let access: Access | undefined
  return (text) => {
    if (!URL.canParse(text)) return {}
    access ??= readAccess(context)
    const login = findLogin(access, new URL(text))
    if (login === undefined) return {}
    const plain = `${login.username}:${login.password}`
    return { authorization: `Basic ${Buffer.from(plain, 'utf8').toString('base64')}` }
  }
}

interface Access {
  readonly indexes: readonly IndexAccess[]
  readonly netrc: Netrc
}

function readAccess(context: ReadContext): Access {
  const netrc = context.userConfig.findLast(({ kind }) => kind === 'netrc')
  return { indexes: findIndexes(context), netrc: parseNetrc(netrc?.text ?? '') }
}

function findLogin({ indexes, netrc }: Access, url: URL): Login | undefined {
  const same = indexes.filter((index) => index.url.origin === url.origin)
  const below = same.filter((index) => isBelow(url, index.url))
  const byLength = below.toSorted((a, b) => b.url.pathname.length - a.url.pathname.length)
  const own = [...byLength, ...same].find(({ login }) => login !== undefined)?.login
  if (own !== undefined) return own
  // A lock file may name any URL: it must not be able to ask for a password in clear text.
  if (url.protocol !== 'https:' && same.length === 0) return undefined
  const entry =
    netrc.machines.get(url.hostname.replace(/^\[|\]$/g, '')) ?? (same.length > 0 ? netrc.fallback : undefined)
  return entry === undefined ? undefined : { username: entry.login, password: entry.password }
}

function isBelow(url: URL, index: URL): boolean {
  const prefix = index.pathname.replace(/\/*$/, '/')
  return url.pathname === index.pathname || url.pathname.startsWith(prefix)
}
