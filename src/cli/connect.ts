/** How look-ups reach the world. The network and git are loaded when the first look-up asks for them: most runs need neither. */
import { cacheDirectory } from '../io/cache-directory.ts'
import { pinCache } from '../io/pin-cache.ts'
import { loadConfigured } from '../io/user-config.ts'
import type { Ecosystem, ReadContext } from '../model/converter.ts'
import type { GitRepositories, Web } from '../model/world.ts'
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
    let web: Promise<Web> | undefined
    let git: Promise<GitRepositories> | undefined
    const getWeb = () => (web ??= loadWeb(options, context, ecosystem))
    const getGit = () => (git ??= loadGit(environment))
    return {
      web: {
        fetchJson: async (url) => (await getWeb()).fetchJson(url),
        fetchDigests: async (url, wanted, expect) => (await getWeb()).fetchDigests(url, wanted, expect),
      },
      git: {
        fetchTreeDigest: async (url, rev) => (await getGit()).fetchTreeDigest(url, rev),
        fetchCommit: async (url, rev, file) => (await getGit()).fetchCommit(url, rev, file),
      },
      cache: pinCache(cacheDirectory(environment)),
    }
  }
}

/** Every look-up is a `network-needed` problem. */
export const disconnected: Connection = {
  web: { fetchJson: async () => failOffline(), fetchDigests: async () => failOffline() },
  git: { fetchTreeDigest: async () => failOffline(), fetchCommit: async () => failOffline() },
}

async function loadWeb(options: NetworkOptions, context: ReadContext, ecosystem: Ecosystem): Promise<Web> {
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

async function loadGit(environment: NetworkOptions['environment']): Promise<GitRepositories> {
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
