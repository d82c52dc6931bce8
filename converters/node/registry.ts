/**
 * Registry rules: where a package's archive and manifest are. The only file that knows the default registry's address.
 * npm writes that address into lock files as a word for "the registry that is configured" (its replace-registry-host).
 */

export const DEFAULT_REGISTRY = 'https://registry.npmjs.org/'

/** Hosts whose URLs npm takes for the default registry's (yarn 1 is a mirror of it under another name). */
const YARN_REGISTRY = /^https?:\/\/registry\.yarnpkg\.com\//

/** Of the default registry, and spelled as a URL parser would print it: nothing to escape, no segment `.` or `..`. */
const CANONICAL = new RegExp(String.raw`^${DEFAULT_REGISTRY.replaceAll('.', '\\.')}(?!\.|.*/\.)[A-Za-z0-9@._~/-]*$`)

/** What `.npmrc`, the environment and `--registry` say about registries. */
export interface Registries {
  /** The registry of names without a scope of their own; ends with `/`. */
  readonly main: string
  /** `@scope` → registry, each ending with `/`. */
  readonly scopes: ReadonlyMap<string, string>
  /** npm's replace-registry-host: `npmjs`, `never`, `always`, a host name or a URL. */
  readonly replaceHost: string
}

export const defaultRegistries: Registries = { main: DEFAULT_REGISTRY, scopes: new Map(), replaceHost: 'npmjs' }

/** The registry a package name belongs to. */
export function getRegistry(registries: Registries, name: string): string {
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : undefined
  return (scope === undefined ? undefined : registries.scopes.get(scope)) ?? registries.main
}

/**
 * The archive's URL by the registry's convention: `tarballUrl(r, '@s/a', '1.0.0+x')` is `<r>@s/a/-/a-1.0.0.tgz`
 * (a registry drops build metadata when a version is published).
 */
export function tarballUrl(registry: string, name: string, version: string): string {
  const bare = name.slice(name.indexOf('/') + 1)
  return `${registry}${name}/-/${bare}-${PLAIN_VERSION.test(version) ? version : publishedVersion(version)}.tgz`
}

/** Nearly every version: nothing to leave out or to escape. */
const PLAIN_VERSION = /^[A-Za-z0-9._-]*$/

function publishedVersion(version: string): string {
  return encodeURIComponent(version.split('+', 1)[0] ?? version)
}

/** The URL of the manifest of one version, which holds its digests. */
export function manifestUrl(registry: string, name: string, version: string): string {
  return `${registry}${name.replace('/', '%2f')}/${encodeURIComponent(version)}`
}

/** The registry that an archive URL belongs to, when it follows the registry's convention; the inverse of {@link tarballUrl}. */
export function findRegistryOf(url: string, name: string): string | undefined {
  const escaped = name.replace('/', '%2f')
  for (const spelling of [name, escaped, escaped.replace('%2f', '%2F')]) {
    const at = url.indexOf(`/${spelling}/-/`)
    if (at !== -1) return url.slice(0, at + 1)
  }
  return undefined
}

/** A lock file's URL as npm fetches it: the default registry's host gives way to the configured registry. */
export function replaceRegistry(registries: Registries, url: string): string {
  // The common case, kept free of URL parsing: nothing is configured.
  if (registries.main === DEFAULT_REGISTRY && url.startsWith(DEFAULT_REGISTRY)) return url
  const resolved = url.replace(YARN_REGISTRY, DEFAULT_REGISTRY)
  if (registries.main === DEFAULT_REGISTRY && registries.replaceHost === 'npmjs' && CANONICAL.test(resolved))
    return resolved
  const replaced = replacedHost(registries.replaceHost)
  if (replaced === undefined) return resolved
  if (registries.main === DEFAULT_REGISTRY && replaced.host !== undefined && !resolved.includes(replaced.host))
    return resolved
  return moveToRegistry(resolved, replaced, new URL(registries.main))
}

interface Replaced {
  /** undefined: every host. */
  readonly host?: string
  /** Only URLs below this path, without a final slash. */
  readonly path?: string
}

function replacedHost(setting: string): Replaced | undefined {
  if (setting === 'never') return undefined
  if (setting === 'always') return {}
  if (setting === 'npmjs') return { host: new URL(DEFAULT_REGISTRY).hostname }
  if (!URL.canParse(setting)) return { host: setting }
  const url = new URL(setting)
  const path = url.pathname.replace(/\/$/, '')
  return path === '' ? { host: url.hostname } : { host: url.hostname, path }
}

function moveToRegistry(text: string, replaced: Replaced, registry: URL): string {
  const url = new URL(text)
  if (replaced.host !== undefined && url.hostname !== replaced.host) return text
  if (replaced.path !== undefined && !isBelow(url.pathname, replaced.path)) return text
  url.protocol = registry.protocol
  url.hostname = registry.hostname
  url.port = registry.port
  const prefix = registry.pathname.replace(/\/$/, '')
  if (replaced.path !== undefined) url.pathname = prefix + url.pathname.slice(replaced.path.length)
  else if (prefix !== '' && !isBelow(url.pathname, prefix)) url.pathname = prefix + url.pathname
  return url.toString()
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}
