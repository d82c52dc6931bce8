/**
 * Commits of git repositories, fetched with the git that is installed, and hashed by fetchgit's rule: a plain checkout (so
 * `eol` and `ident` attributes apply, `export-*` do not), no submodules, no LFS, every `.git` dropped, NAR sha256.
 *
 * Fetching uses the user's configuration, for credentials, proxies and `insteadOf`. The checkout uses none, because filters,
 * line endings and attributes of one user would give another hash than everybody else's. See gitprotocol and git-config(1).
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../model/digest.ts'
import type { GitCheckouts, GitCommit, GitRepositories } from '../model/world.ts'
import { fail, ProblemError, shown } from '../problem.ts'
import { runGit, type GitRun } from './git-process.ts'
import { narDigestOfTree } from './nar-tree.ts'
import { projectFiles } from './project-files.ts'
import { AttemptError, defaultBackoff, retrying, type Backoff } from './retry.ts'
import { withScratch } from './scratch.ts'

export interface GitRepositoriesOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Every commit throws `network-needed`. */
  readonly offline?: boolean
  /** Milliseconds for one fetch; default 15 min. */
  readonly timeout?: number
  readonly retries?: number
  readonly backoff?: Backoff
}

export function gitRepositories(options: GitRepositoriesOptions): GitRepositories & GitCheckouts {
  const fetchCommit = (url: string, rev: string, file?: string) => inTemporary(options, url, rev, file)
  return {
    fetchTreeDigest: async (url, rev) => (await fetchCommit(url, rev)).tree,
    fetchCommit,
    checkOut: async (url, rev, directory) => {
      checkCommit(options, url, rev)
      await fetchAndCheckOut({ ...options, cwd: directory }, url, rev)
      // git itself puts no other `.git` into a checkout.
      rmSync(join(directory, '.git'), { recursive: true, force: true })
    },
  }
}

async function inTemporary(
  options: GitRepositoriesOptions,
  url: string,
  rev: string,
  file: string | undefined,
): Promise<GitCommit> {
  checkCommit(options, url, rev)
  return withScratch('git', async (dir) => {
    await fetchAndCheckOut({ ...options, cwd: dir }, url, rev)
    const tree: Digest = await narDigestOfTree(dir, { skip: (name) => name === '.git' })
    const text = file === undefined ? undefined : findText(dir, file)
    return text === undefined ? { tree } : { tree, text }
  })
}

function checkCommit(options: GitRepositoriesOptions, url: string, rev: string): void {
  checkUrl(url)
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(rev)) {
    fail({ code: 'git', message: `${shown(rev)} is not a full git commit`, hint: 'lock the package again' })
  }
  if (options.offline === true) failOffline(url, rev)
}

/** Only for warnings, so a text that cannot be read is none. */
function findText(dir: string, file: string): string | undefined {
  try {
    return projectFiles(dir).find(file)
  } catch (error) {
    if (error instanceof ProblemError) return undefined
    throw error
  }
}

async function fetchAndCheckOut(
  run: GitRepositoriesOptions & { cwd: string },
  url: string,
  rev: string,
): Promise<void> {
  const format = rev.length === 64 ? 'sha256' : 'sha1'
  const alone: GitRun = { ...run, configuration: 'none' }
  const theirs: GitRun = { ...run, configuration: 'user' }
  const init = await runGit(['init', '--quiet', '--template=', `--object-format=${format}`], alone)
  if (!init.ok) failGit(url, rev, init.errors)
  const fetch = async (...refs: readonly string[]) => {
    const result = await runGit(['fetch', '--quiet', '--no-recurse-submodules', ...refs], theirs)
    if (!result.ok && isPassing(result.errors)) throw new AttemptError(result.errors, true)
    return result
  }
  const fetching = async () => {
    const shallow = await fetch('--depth=1', '--no-tags', '--', url, rev)
    // A server may refuse to give a commit by its rev: then everything its branches and tags hold is fetched.
    return shallow.ok ? shallow : fetch('--', url, '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*')
  }
  const fetched = await retrying(fetching, options(run).retries, options(run).backoff).catch((error: unknown) => {
    if (error instanceof AttemptError) return { ok: false, errors: error.text }
    throw error
  })
  if (!fetched.ok) failGit(url, rev, fetched.errors)
  const checkout = await runGit(['checkout', '--quiet', '--detach', '--force', rev, '--'], alone)
  if (!checkout.ok) failGit(url, rev, checkout.errors)
}

function options(run: GitRepositoriesOptions): { retries: number; backoff: Backoff } {
  return { retries: run.retries ?? 2, backoff: run.backoff ?? defaultBackoff }
}

/** Another attempt may succeed: the network's fault, not the repository's. */
function isPassing(errors: string): boolean {
  return /Could not resolve host|Connection (?:reset|timed out|closed)|Failed to connect|early EOF|RPC failed|hung up unexpectedly|timed out|too slow|returned error: (?:429|5\d\d)/i.test(
    errors,
  )
}

/** What git itself could take for an option, a program to run or a helper is refused before git sees it. */
function checkUrl(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase()
  const isScp = scheme === undefined && /^[\w.-]+@[\w.-]+:[^:]/.test(url)
  const isKnown = isScp || (scheme !== undefined && ['https', 'http', 'ssh', 'git', 'file'].includes(scheme))
  // ssh takes a host name that begins with a dash for an option.
  const isSafe = !/[\u0000-\u0020\u007f]/.test(url) && !/^[a-z]+:\/\/(?:[^/@]*@)?-/i.test(url) && !/@-/.test(url)
  if (isKnown && isSafe) return
  fail({
    code: 'url-invalid',
    message: `${shown(url)} is not a git URL that can be fetched (https, http, ssh, git)`,
    hint: 'lock the dependency with a plain URL',
  })
}

function failOffline(url: string, rev: string): never {
  fail({
    code: 'network-needed',
    message: `commit ${rev} of ${shown(url)} would have to be fetched`,
    hint: 'run it once without --offline',
  })
}

function failGit(url: string, rev: string, errors: string): never {
  const last = errors
    .split('\n')
    .filter((line) => line.trim() !== '')
    .at(-1)
  const isDenied = /Authentication|could not read Username|Permission denied|publickey|terminal prompts/i.test(errors)
  fail({
    code: 'git',
    message: `git could not fetch commit ${rev} of ${shown(url)}: ${shown(last ?? 'it says nothing')}`,
    hint: isDenied
      ? 'git needs credentials without asking: set up a credential helper or an ssh key'
      : `try it yourself: git ls-remote ${shown(url)}`,
  })
}
