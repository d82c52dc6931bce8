/** Real git, real repositories on loopback; what is hashed is compared with the checkout that nix-prefetch-git makes. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gitRepositories } from '../../../src/io/git.ts'
import { narDigestOfTree } from '../../../src/io/nar-tree.ts'
import { startGit, type GitFile, type GitOptions, type LoopbackGit } from '../../support/loopback-git.ts'
import { problemsOf } from '../../support/problems-of.ts'

const run = promisify(execFile)
let dir: string
let git: LoopbackGit
const quick = { backoff: { base: 1, cap: 1, retryAfterCap: 1 }, retries: 1 }

async function serve(options: GitOptions = {}): Promise<void> {
  git = await startGit(options)
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'git-test-'))
})

afterEach(async () => {
  await git?.close()
  await rm(dir, { recursive: true, force: true })
})

/** An environment whose user configuration is `text`. */
async function environmentWith(text: string, more: Record<string, string> = {}) {
  await writeFile(join(dir, 'gitconfig'), text)
  return { ...process.env, GIT_CONFIG_GLOBAL: join(dir, 'gitconfig'), ...more }
}

/** What nix-prefetch-git does without submodules (nixpkgs, pkgs/build-support/fetchgit/nix-prefetch-git). */
async function prefetched(url: string, rev: string): Promise<string> {
  const cwd = join(dir, 'prefetch')
  await mkdir(cwd)
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }
  for (const args of [
    ['init', '-b', 'master'],
    ['remote', 'add', 'origin', url],
    ['fetch', '--depth=1', 'origin', rev],
    ['checkout', '-b', 'fetchgit', rev],
  ])
    await run('git', args, { cwd, env })
  await run('find', ['.', '-name', '.git', '-prune', '-exec', 'rm', '-rf', '{}', '+'], { cwd })
  const { stdout } = await run('nix-hash', ['--type', 'sha256', cwd])
  return stdout.trim()
}

const awkward: Record<string, GitFile> = {
  'package.json': '{"name":"awkward"}',
  '.gitattributes':
    '*.txt text eol=crlf\n*.id ident\nhidden export-ignore\nsubst export-subst\n*.bin filter=lfs -text\n*.up filter=up\n',
  'dos.txt': 'a\nb\n',
  'x.id': '$Id$\n',
  hidden: 'export-ignore does not count',
  subst: '$Format:%H$',
  'large.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
  'x.up': 'lower\n',
  'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
  link: { symlink: 'bin/run' },
  dangling: { symlink: '/nowhere' },
  sub: { submodule: '0123456789012345678901234567890123456789' },
  'é/ü.md': 'x',
}

test.skipIf(!existsSync('/usr/bin/nix-hash'))('the tree digest is the one nix-prefetch-git finds', async () => {
  await serve()
  const rev = await git.commit('r', awkward)
  const digest = await gitRepositories({ environment: process.env }).fetchTreeDigest(git.httpUrl('r'), rev)
  expect(digest).toEqual({ algorithm: 'sha256', hex: await prefetched(git.httpUrl('r'), rev) })
})

test('neither filters, line endings, attributes nor hooks of the user change the digest', async () => {
  await serve()
  const rev = await git.commit('r', awkward)
  const plain = await gitRepositories({ environment: { PATH: process.env['PATH'] } }).fetchTreeDigest(
    git.httpUrl('r'),
    rev,
  )
  const trap = join(dir, 'templates', 'hooks', 'post-checkout')
  await mkdir(join(dir, 'templates', 'hooks'), { recursive: true })
  await writeFile(trap, `#!/bin/sh\ntouch ${dir}/PWNED\n`)
  await chmod(trap, 0o755)
  await writeFile(join(dir, 'attributes'), '* ident\n')
  const environment = await environmentWith(
    `[filter "up"]\n smudge = tr a-z A-Z\n required\n[filter "lfs"]\n smudge = touch ${dir}/PWNED\n[core]\n autocrlf = true\n` +
      ` attributesFile = ${dir}/attributes\n fsmonitor = touch ${dir}/PWNED\n[init]\n templateDir = ${dir}/templates\n`,
    { GIT_DIR: join(dir, 'elsewhere'), GIT_WORK_TREE: dir, GIT_INDEX_FILE: join(dir, 'index') },
  )
  expect(await gitRepositories({ environment }).fetchTreeDigest(git.httpUrl('r'), rev)).toEqual(plain)
  expect(existsSync(join(dir, 'PWNED'))).toBe(false)
})

test('git:// works as http does, and a file of the commit comes along', async () => {
  await serve()
  const rev = await git.commit('r', awkward)
  const repositories = gitRepositories({ environment: process.env })
  const commit = await repositories.fetchCommit(git.daemonUrl('r'), rev, 'package.json')
  expect(commit.text).toBe('{"name":"awkward"}')
  expect(commit.tree).toEqual(await repositories.fetchTreeDigest(git.httpUrl('r'), rev))
  expect(await repositories.fetchCommit(git.httpUrl('r'), rev, 'nothing.json')).toEqual({ tree: commit.tree })
})

test('a file that is a link out of the checkout does not come along', async () => {
  await serve()
  const rev = await git.commit('r', { 'package.json': { symlink: '/etc/hostname' } })
  const commit = await gitRepositories({ environment: process.env }).fetchCommit(git.httpUrl('r'), rev, 'package.json')
  expect(commit.text).toBeUndefined()
})

test('a commit in the middle of the history is found where the server gives only branches', async () => {
  await serve({ anyCommit: false })
  const rev = await git.commit('r', { a: '1' })
  await git.commit('r', { a: '2' })
  const expected = join(dir, 'expected')
  await mkdir(expected)
  await writeFile(join(expected, 'a'), '1')
  const digest = await gitRepositories({ environment: process.env }).fetchTreeDigest(git.httpUrl('r'), rev)
  expect(digest).toEqual(await narDigestOfTree(expected))
})

test('a commit that is not there is a git problem that names it', async () => {
  await serve()
  await git.commit('r', { a: '1' })
  const rev = '1'.repeat(40)
  const [problem] = await problemsOf(
    gitRepositories({ ...quick, environment: process.env }).fetchTreeDigest(git.httpUrl('r'), rev),
  )
  expect(problem).toMatchObject({ code: 'git', message: expect.stringContaining(rev) })
})

test("the user's credentials and insteadOf are used; without them the hint says what to do", async () => {
  await serve({ auth: 'me:geheim' })
  const rev = await git.commit('r', { a: '1' })
  const url = git.httpUrl('r')
  const [problem] = await problemsOf(
    gitRepositories({ ...quick, environment: await environmentWith('') }).fetchTreeDigest(url, rev),
  )
  expect(problem).toMatchObject({ code: 'git', hint: expect.stringContaining('credential helper') })
  const helper = '[credential]\n helper = "!f() { echo username=me; echo password=geheim; }; f"\n'
  const rewrite = `[url "${new URL(url).origin}/"]\n insteadOf = https://git.example/\n`
  const environment = await environmentWith(helper + rewrite)
  const digest = await gitRepositories({ environment }).fetchTreeDigest('https://git.example/r.git', rev)
  expect(digest.algorithm).toBe('sha256')
})

test.each([
  '--upload-pack=touch PWNED; git-upload-pack',
  'ext::sh -c "touch PWNED"',
  'ssh://-oProxyCommand=touch/x',
  'git@-oProxyCommand=x:y',
  'ssh://git@-oProxyCommand=touch/x',
  'https://example.org/a b',
  'ftp://example.org/x',
  '/some/path',
  'fd::17',
  '',
])('%s is not given to git', async (url) => {
  const problems = await problemsOf(gitRepositories({ environment: process.env }).fetchTreeDigest(url, '0'.repeat(40)))
  expect(problems).toMatchObject([{ code: 'url-invalid' }])
})

test.each(['main', 'abc1234', '--help', '0'.repeat(39), `${'0'.repeat(40)}\n`, 'G'.repeat(40)])(
  '%s is not taken for a commit',
  async (rev) => {
    const problems = await problemsOf(
      gitRepositories({ environment: process.env }).fetchTreeDigest('https://x.example/', rev),
    )
    expect(problems).toMatchObject([{ code: 'git' }])
  },
)

test('ext and other helpers stay off even when insteadOf leads to them', async () => {
  const environment = await environmentWith(
    `[url "ext::touch ${dir}/PWNED "]\n insteadOf = https://git.example/\n[protocol "ext"]\n allow = always\n`,
    {
      GIT_ALLOW_PROTOCOL: 'ext',
    },
  )
  const problems = await problemsOf(
    gitRepositories({ ...quick, environment }).fetchTreeDigest('https://git.example/r', '0'.repeat(40)),
  )
  expect(problems).toMatchObject([{ code: 'git', message: expect.stringContaining("transport 'ext' not allowed") }])
  expect(existsSync(join(dir, 'PWNED'))).toBe(false)
})

test('offline nothing is fetched', async () => {
  const repositories = gitRepositories({ environment: process.env, offline: true })
  expect(await problemsOf(repositories.fetchTreeDigest('https://x.example/', '0'.repeat(40)))).toMatchObject([
    { code: 'network-needed' },
  ])
})

test('a fetch that hangs is given up, and nothing stays behind in the temporary directory', async () => {
  await serve()
  const silent = await startSilent()
  const environment = { ...process.env, TMPDIR: dir }
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = dir
  try {
    const repositories = gitRepositories({ environment, timeout: 200, retries: 0 })
    const [problem] = await problemsOf(repositories.fetchTreeDigest(silent.url, '0'.repeat(40)))
    expect(problem?.message).toContain('it took more than 0.2 seconds')
    expect((await readdir(dir)).filter((name) => name.startsWith('lock2build-git-'))).toEqual([])
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    await silent.close()
  }
})

test('without git the problem says so', async () => {
  const environment = { PATH: dir }
  const [problem] = await problemsOf(
    gitRepositories({ environment }).fetchTreeDigest('https://x.example/', '0'.repeat(40)),
  )
  expect(problem).toMatchObject({ code: 'git', hint: expect.stringContaining('install git') })
})

/** Takes connections and says nothing. `close` ends when every client has hung up. */
async function startSilent(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((socket) => socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/r.git`, close: () => new Promise((resolve) => server.close(() => resolve())) }
}
