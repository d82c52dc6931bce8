/** How look-ups reach the world. The network and git are loaded when the first look-up asks for them: most runs need neither. */
import { cacheDirectory } from '../io/cache-directory.ts'
import { pinCache } from '../io/pin-cache.ts'
import { loadConfigured } from '../io/user-config.ts'
import type { Documents } from '../io/web.ts'
import type { Ecosystem, ReadContext } from '../model/converter.ts'
import type { Downloads, GitCheckouts, GitRepositories, Web } from '../model/world.ts'
import { fail } from '../problem.ts'
import type { Connect, Connection } from './derive.ts'

declare const LOCK2BUILD_VERSION: string

export interface NetworkOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly offline: boolean
  /** The project. */
  readonly directory: string
}

export function connectOverNetwork(options: NetworkOptions): Connect {
  const { environment, offline } = options
  if (offline) return () => ({ ...disconnected, cache: pinCache(cacheDirectory(environment)) })
  return (context, { ecosystem }): Connection => {
    let web: Promise<Web & Downloads> | undefined
    let git: Promise<GitRepositories> | undefined
    const getWeb = () => (web ??= loadWeb(options, context, ecosystem))
    const getGit = () => (git ??= loadGit(environment))
    return {
      web: {
        fetchJson: async (url) => (await getWeb()).fetchJson(url),
        fetchText: async (url, accept) => (await getWeb()).fetchText(url, accept),
        fetchDigests: async (url, wanted, expect) => (await getWeb()).fetchDigests(url, wanted, expect),
        fetchPart: async (url, wanted) => (await getWeb()).fetchPart(url, wanted),
      },
      downloads: { fetchFile: async (url, receive) => (await getWeb()).fetchFile(url, receive) },
      git: {
        fetchTreeDigest: async (url, rev) => (await getGit()).fetchTreeDigest(url, rev),
        fetchCommit: async (url, rev, file) => (await getGit()).fetchCommit(url, rev, file),
      },
      cache: pinCache(cacheDirectory(environment)),
    }
  }
}

/** What keeps files and commits; loaded when the first one is asked for. `offline` is not looked at. */
export interface Kept {
  readonly downloads: Downloads
  readonly git: GitCheckouts
}

export function connectForKeeping(options: NetworkOptions, context: ReadContext, ecosystem: Ecosystem): Kept {
  let web: Promise<Downloads> | undefined
  let git: Promise<GitCheckouts> | undefined
  return {
    downloads: {
      fetchFile: async (url, receive) => (await (web ??= loadWeb(options, context, ecosystem))).fetchFile(url, receive),
    },
    git: {
      checkOut: async (url, rev, directory) =>
        (await (git ??= loadGit(options.environment))).checkOut(url, rev, directory),
    },
  }
}

/** Every look-up is a `network-needed` problem. */
export const disconnected: Connection = {
  web: {
    fetchJson: async () => failOffline(),
    fetchText: async () => failOffline(),
    fetchDigests: async () => failOffline(),
    fetchPart: async () => failOffline(),
  },
  downloads: { fetchFile: async () => failOffline() },
  git: { fetchTreeDigest: async () => failOffline(), fetchCommit: async () => failOffline() },
}

/** The network as the user's configuration lets it be asked. `offline` is not looked at. */
export async function loadWeb(
  options: NetworkOptions,
  context: ReadContext,
  ecosystem: Ecosystem,
): Promise<Web & Downloads & Documents> {
  const { environment, directory } = options
  const [{ web }, { proxiesFrom }, converter] = await Promise.all([
    import('../io/web.ts'),
    import('../io/proxy.ts'),
    ecosystem.load(),
  ])
  const file = converter.findCertificateFile(context)
  return web({
    credentials: converter.credentials(context),
    proxies: proxiesFrom(environment),
    userAgent: `lock2build/${LOCK2BUILD_VERSION}`,
    ...(file === undefined ? {} : { ca: [loadConfigured(file, directory, environment)] }),
  })
}

async function loadGit(environment: NetworkOptions['environment']): Promise<GitRepositories & GitCheckouts> {
  const { gitRepositories } = await import('../io/git.ts')
  return gitRepositories({ environment })
}

function failOffline(): never {
  fail({
    code: 'network-needed',
    message: 'something must be looked up, and the network is switched off',
    hint: 'run lock2build once without --offline; what it finds is kept in lock2build/spec.json',
  })
}
