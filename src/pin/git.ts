/** Git commits: the digest of the checkout, from the lock file, an earlier spec, or git. A commit never changes, so no claim. */
import { parseSri } from '../digest/sri.ts'
import type { Digest } from '../model/digest.ts'
import type { GitSource } from '../model/source.ts'
import { type Fetched, type Found, type Step, type StepContext } from './step.ts'

export function pinGit(source: GitSource, context: StepContext): Step {
  const tree = source.tree ?? findPrevious(source, context)
  return tree === undefined ? { kind: 'fetch', fetch: () => fetchGit(source, context) } : { ...source, tree }
}

/** By URL and rev alone: the package that needs it may have been renamed. */
function findPrevious({ url, rev }: GitSource, { previous }: StepContext): Digest | undefined {
  for (const before of Object.values(previous?.sources ?? {})) {
    if (!('git' in before) || before.git !== url || before.rev !== rev) continue
    return parseSri(before.hash).find((digest) => digest.algorithm === 'sha256')
  }
  return undefined
}

async function fetchGit(source: GitSource, context: StepContext): Promise<Fetched> {
  const key = ['git', source.url, source.rev].join('\n')
  const { digest, manifest } = await context.once(key, async () => {
    const found = findCached(key, context) ?? (await fetchCommit(source, context))
    context.cache?.save(key, found.digest)
    return found
  })
  return { source: { ...source, tree: digest }, warnings: [], manifest }
}

function findCached(key: string, { cache }: StepContext): Found | undefined {
  const digest = cache?.find(key)
  return digest === undefined ? undefined : { digest }
}

async function fetchCommit({ url, rev }: GitSource, { git, manifest }: StepContext): Promise<Found> {
  if (manifest === undefined) return { digest: await git.fetchTreeDigest(url, rev) }
  const { tree, text } = await git.fetchCommit(url, rev, manifest)
  return { digest: tree, manifest: text }
}
