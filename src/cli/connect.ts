/** How look-ups reach the world. The network and git are loaded when the first look-up asks for them: most runs need neither. */
import { cacheDirectory } from '../io/cache-directory.ts'
import { pinCache } from '../io/pin-cache.ts'
import type { Credentials } from '../model/converter.ts'
import type { GitRepositories, Web } from '../model/world.ts'
import { fail } from '../problem.ts'
import type { Connect, Connection } from './derive.ts'

export interface NetworkOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly offline: boolean
}

export function connectOverNetwork({ environment, offline }: NetworkOptions): Connect {
  if (offline) return () => ({ ...disconnected, cache: pinCache(cacheDirectory(environment)) })
  return (context, { ecosystem }): Connection => {
    let web: Promise<Web> | undefined
    let git: Promise<GitRepositories> | undefined
    const credentials = async () => (await ecosystem.load()).credentials(context)
    const getWeb = () => (web ??= loadWeb(environment, credentials))
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

async function loadWeb(
  environment: NetworkOptions['environment'],
  credentials: () => Promise<Credentials>,
): Promise<Web> {
  const [{ web }, { proxiesFrom }] = await Promise.all([import('../io/web.ts'), import('../io/proxy.ts')])
  return web({ credentials: await credentials(), proxies: proxiesFrom(environment) })
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
