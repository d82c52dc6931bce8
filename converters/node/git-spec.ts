/**
 * npm's spellings of a git commit, as they stand in lock files: `git+ssh://git@host/u/r.git#<commit>`, `git+https://…`,
 * `git+http://…`, `git://…`, `https://github.com/u/r.git#…`, `git@host:u/r.git#…`, `github:u/r#…`, `u/r#…`, with
 * `::path:<directory>` after the commit. Public hosts are fetched over https, which needs no key
 * (npm-package-arg, hosted-git-info).
 */

export interface GitSpec {
  /** What git can fetch. */
  readonly url: string
  /** Full commit; undefined when the text names none. */
  readonly rev?: string | undefined
  readonly subdir?: string | undefined
  /** npm's own spelling, which its check compares as text. */
  readonly canonical: string
  /** The URL holds a user name with a password or token. */
  readonly hasCredentials: boolean
}

interface Host {
  readonly domain: string
  /** Sourcehut and gists have no `user/` or `.git` in the usual place. */
  readonly suffix: '.git' | ''
}

const hosts: Readonly<Record<string, Host>> = {
  github: { domain: 'github.com', suffix: '.git' },
  gitlab: { domain: 'gitlab.com', suffix: '.git' },
  bitbucket: { domain: 'bitbucket.org', suffix: '.git' },
  gist: { domain: 'gist.github.com', suffix: '.git' },
  sourcehut: { domain: 'git.sr.ht', suffix: '' },
}
const domains = new Set(Object.values(hosts).map((host) => host.domain))

const SHORTHAND = /^(github|gitlab|bitbucket|gist|sourcehut):(?!\/)([^#]+)$/i
const GITHUB_PATH = /^[^/@.:\s][^/@:\s]*\/[^/@:\s]+$/
const SCP = /^(?:git\+ssh:\/\/)?([A-Za-z0-9][A-Za-z0-9._-]*)@([A-Za-z0-9][A-Za-z0-9.-]*):(?!\d+(?:\/|$))([^:\s]+)$/
const URL_SCHEME = /^(?:git\+(?:ssh|https|http|file)|git|ssh):\/\//i
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** Reads the text, or gives undefined when it is not a git spelling at all (a version, an archive's URL, a path). */
export function findGitSpec(text: string): GitSpec | undefined {
  const hash = text.indexOf('#')
  const address = hash === -1 ? text : text.slice(0, hash)
  const repository = findRepository(address)
  if (repository === undefined) return undefined
  const fragment = hash === -1 ? '' : text.slice(hash + 1)
  return { ...repository, ...readFragment(fragment), canonical: repository.canonical + text.slice(address.length) }
}

interface Repository {
  readonly url: string
  readonly canonical: string
  readonly hasCredentials: boolean
}

function findRepository(address: string): Repository | undefined {
  if (/^https?:\/\//i.test(address)) return isHostedPage(address) ? fromUrl(`git+${address}`) : undefined
  const shorthand = SHORTHAND.exec(address)
  if (shorthand !== null) return hosted(hosts[(shorthand[1] ?? '').toLowerCase()], shorthand[2] ?? '')
  if (GITHUB_PATH.test(address)) return hosted(hosts['github'], address)
  const scp = SCP.exec(address)
  if (scp !== null) return fromScp(scp[1] ?? '', scp[2] ?? '', scp[3] ?? '')
  return URL_SCHEME.test(address) ? fromUrl(address) : undefined
}

/** `https://github.com/u/r` means the repository; `https://github.com/u/r/archive/x.tar.gz` is a file. */
function isHostedPage(address: string): boolean {
  if (!/^https?:\/\/(?:github\.com|gitlab\.com|bitbucket\.org)\//i.test(address) || !URL.canParse(address)) return false
  const url = new URL(address)
  return url.search === '' && url.pathname.replace(/\/$/, '').split('/').length === 3 && !url.pathname.endsWith('.tgz')
}

function hosted(host: Host | undefined, path: string): Repository | undefined {
  if (host === undefined) return undefined
  const clean = path.slice(path.indexOf('@') + 1).replace(/\.git$/, '')
  const bare = host.domain === 'gist.github.com' ? clean.slice(clean.lastIndexOf('/') + 1) : clean
  return {
    url: `https://${host.domain}/${bare}${host.suffix}`,
    canonical: `git+ssh://git@${host.domain}/${bare}.git`,
    hasCredentials: false,
  }
}

function fromScp(user: string, host: string, path: string): Repository | undefined {
  const known = Object.values(hosts).find(({ domain }) => domain === host)
  if (known !== undefined) return hosted(known, path)
  return { url: `${user}@${host}:${path}`, canonical: `git+ssh://${user}@${host}:${path}`, hasCredentials: false }
}

function fromUrl(address: string): Repository | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  const overSsh = /^(?:git\+)?ssh:/i.test(address)
  const hasCredentials = url.password !== '' || (!overSsh && url.username !== '')
  const known = Object.values(hosts).find(({ domain }) => domain === url.hostname)
  if (known !== undefined && domains.has(url.hostname) && !hasCredentials) return hosted(known, url.pathname.slice(1))
  return { url: address.replace(/^git\+/i, ''), canonical: address, hasCredentials }
}

function readFragment(fragment: string): { rev?: string | undefined; subdir?: string | undefined } {
  let rev: string | undefined
  let subdir: string | undefined
  for (const part of fragment.split('::')) {
    if (COMMIT.test(part)) rev = part
    else if (part.startsWith('path:')) subdir = part.slice('path:'.length).replace(/^\/+/, '')
  }
  return { rev, subdir }
}
