/** The loopback servers are what many other tests stand on: real npm and real git must accept them. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startGit, type LoopbackGit } from '../../support/loopback-git.ts'
import { startRegistry } from '../../support/loopback-registry.ts'

const run = promisify(execFile)
let dir: string
let git: LoopbackGit | undefined

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'loopback-test-'))
})

afterEach(async () => {
  await git?.close()
  git = undefined
  await rm(dir, { recursive: true, force: true })
})

test('npm installs scoped packages from the registry with a token, and the integrity is right', async () => {
  const registry = await startRegistry({
    auth: { bearer: 'secret' },
    packages: [
      { manifest: { name: '@s/a', version: '1.0.0', dependencies: { b: '^2.0.0' } }, files: { 'index.js': '1' } },
      { manifest: { name: 'b', version: '2.1.0', bin: 'b.js' }, files: { 'b.js': { content: '#!x', mode: 0o755 } } },
    ],
  })
  await writeFile(join(dir, 'package.json'), JSON.stringify({ dependencies: { '@s/a': '1.0.0' } }))
  await writeFile(join(dir, '.npmrc'), `registry=${registry.url}\n//127.0.0.1:${registry.port}/:_authToken=secret\n`)
  const args = ['install', '--omit-lockfile-registry-resolved=false', '--cache', join(dir, 'cache'), '--no-audit']
  await run('npm', args, { cwd: dir })
  const lock: unknown = JSON.parse(await readFile(join(dir, 'package-lock.json'), 'utf8'))
  expect(lock).toMatchObject({
    packages: {
      'node_modules/@s/a': {
        resolved: registry.tarball('@s/a', '1.0.0').url,
        integrity: registry.tarball('@s/a', '1.0.0').integrity,
      },
      'node_modules/b': { version: '2.1.0' },
    },
  })
  expect(await readFile(join(dir, 'node_modules/@s/a/index.js'), 'utf8')).toBe('1')
  expect(registry.requests.every((request) => request.headers.authorization === 'Bearer secret')).toBe(true)
  await registry.close()
})

test('a repository can be cloned over http and over git://, with its links and modes', async () => {
  git = await startGit()
  const rev = await git.commit('hello', {
    'package.json': '{}',
    'bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
    link: { symlink: 'bin/run' },
  })
  for (const [name, url] of Object.entries({ web: git.httpUrl('hello'), daemon: git.daemonUrl('hello') })) {
    await run('git', ['clone', '--quiet', '--', url, join(dir, name)])
    const { stdout } = await run('git', ['-C', join(dir, name), 'rev-parse', 'HEAD'])
    expect(stdout.trim()).toBe(rev)
    expect(await readlink(join(dir, name, 'link'))).toBe('bin/run')
  }
  const second = await git.commit('hello', { 'package.json': '{"a":1}' }, { tag: 'v1' })
  expect(second).not.toBe(rev)
})

test('the same trees give the same commits', async () => {
  git = await startGit()
  const files = { a: 'x', 'd/e': Buffer.from([0, 255]) }
  expect(await git.commit('one', files)).toBe(await git.commit('two', files))
})
