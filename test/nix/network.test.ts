/** What comes in from outside: only bytes with the right hash, and nothing at all once a build runs. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printSri } from '../../src/digest/sri.ts'
import { gitRepositories } from '../../src/io/git.ts'
import type { SpecSource } from '../../src/spec/build-spec.ts'
import { startGit } from '../support/loopback-git.ts'
import { startRegistry, type LoopbackRegistry } from '../support/loopback-registry.ts'
import { hasNix, openStore } from '../support/nix.ts'
import { writeNixProject } from '../support/nix-project.ts'

describe.skipIf(!hasNix)('the network', () => {
  const store = openStore()
  const cleanUps: (() => unknown)[] = [() => store.remove()]
  let registry: LoopbackRegistry
  beforeAll(async () => {
    registry = await startRegistry({
      packages: ['right', 'wrong'].map((name) => ({
        manifest: { name, version: '1.0.0' },
        files: { 'index.js': name },
      })),
    })
    cleanUps.push(() => registry.close())
  })
  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  /** A project whose one dependency is fetched from the registry by fetchurl, in a sandboxed build of its own. */
  const projectFetching = (urls: readonly string[]) => {
    const source: SpecSource = { name: 'right-1.0.0.tgz', urls, hash: registry.tarball('right', '1.0.0').integrity }
    const made = writeNixProject({
      manifest: { dependencies: { right: '1.0.0' } },
      sources: { 'right@1.0.0': source },
      places: { 'node_modules/right': { source: 'right@1.0.0' } },
    })
    cleanUps.push(() => made.remove())
    return made.folder
  }

  test('a source of another content than its hash is never built from', async () => {
    const folder = projectFetching([registry.tarball('wrong', '1.0.0').url])
    await expect(store.build(folder, 'nodeModules', { network: 'open' })).rejects.toThrow('hash mismatch')
  })

  test('a source is fetched from the next address when the first has nothing', async () => {
    const folder = projectFetching([`${registry.url}nothing-here.tgz`, registry.tarball('right', '1.0.0').url])
    const tree = await store.build(folder, 'nodeModules', { network: 'open' })
    expect(readFileSync(join(tree, 'node_modules/right/index.js'), 'utf8')).toBe('right')
  })

  test('a git commit is fetched by fetchgit, with the tree that was pinned', async () => {
    const git = await startGit()
    cleanUps.push(() => git.close())
    const rev = await git.commit('dep', {
      'package.json': '{"name":"dep","version":"1.0.0","scripts":{"start":"./run.sh"}}',
      'index.js': "module.exports = 'from git'\n",
      'crlf.txt': 'one\ntwo\n',
      '.gitattributes': 'crlf.txt text eol=crlf\nindex.js ident\n',
      'run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
    })
    const url = git.httpUrl('dep')
    const tree = await gitRepositories({ environment: process.env }).fetchTreeDigest(url, rev)
    const source: SpecSource = { name: `dep-${rev.slice(0, 7)}`, git: url, rev, hash: printSri(tree) }
    const made = writeNixProject({
      manifest: { dependencies: { dep: `git+${url}#${rev}` } },
      sources: { 'dep@1.0.0': source },
      places: { 'node_modules/dep': { source: 'dep@1.0.0', resolved: `git+${url}#${rev}` } },
    })
    cleanUps.push(() => made.remove())
    const built = await store.build(made.folder, 'nodeModules', { network: 'open' })
    expect(readFileSync(join(built, 'node_modules/dep/index.js'), 'utf8')).toBe("module.exports = 'from git'\n")
  })

  test('an archive of the project is verified when the lock file gives a hash', async () => {
    const { bytes, integrity } = registry.tarball('right', '1.0.0')
    const build = (hash: string) => {
      const made = writeNixProject({
        manifest: { dependencies: { right: 'file:vendor/right.tgz' } },
        sources: { 'right@1.0.0': { name: 'right.tgz', path: 'vendor/right.tgz', hash } },
        places: { 'node_modules/right': { source: 'right@1.0.0', resolved: 'file:vendor/right.tgz' } },
      })
      cleanUps.push(() => made.remove())
      mkdirSync(join(made.folder, 'vendor'))
      writeFileSync(join(made.folder, 'vendor/right.tgz'), bytes)
      return store.build(made.folder, 'nodeModules')
    }
    expect(readFileSync(join(await build(integrity), 'node_modules/right/index.js'), 'utf8')).toBe('right')
    await expect(build(registry.tarball('wrong', '1.0.0').integrity)).rejects.toThrow('right@1.0.0')
  })

  test('a script that opens a socket works outside and fails inside a build', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1')
    cleanUps.push(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const script = `require('net').connect(${port}, '127.0.0.1').on('data', () => require('fs').writeFileSync('reached', '')).on('error', (error) => { console.log(error.message); process.exitCode = 1 })`
    const made = writeNixProject({
      packages: [
        {
          name: 'curious',
          version: '1.0.0',
          manifest: { scripts: { postinstall: 'node reach.js' } },
          files: { 'reach.js': script },
          place: { scripts: true },
        },
      ],
    })
    cleanUps.push(() => made.remove())
    await made.seed(store)
    // Nix itself may use the network: it is the sandbox that cuts it.
    await expect(store.build(made.folder, 'nodeModules', { network: 'open' })).rejects.toThrow('ECONNREFUSED')

    writeFileSync(join(made.folder, 'reach.js'), script)
    // Not synchronously: the server that it reaches is in this process.
    await promisify(execFile)(process.execPath, ['reach.js'], { cwd: made.folder })
    expect(existsSync(join(made.folder, 'reached'))).toBe(true)
  })
})
