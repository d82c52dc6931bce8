/**
 * A project whose sources were fetched from a registry and a git server that are gone by the time the tests run: whoever builds
 * it has what was carried across, or nothing.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printSri } from '../../src/digest/sri.ts'
import { gitRepositories } from '../../src/io/git.ts'
import { removeTree } from '../../src/io/store-space.ts'
import type { SpecSource } from '../../src/spec/build-spec.ts'
import { installProgram, startProgram, type Ran } from './cli.ts'
import { startGit } from './loopback-git.ts'
import { startRegistry, type LoopbackRegistry } from './loopback-registry.ts'
import { writeNixProject } from './nix-project.ts'

export interface CarriedProject {
  readonly folder: string
  /** Static binary caches: uncompressed, and with zstd. */
  readonly cache: string
  readonly compressed: string
  readonly mirror: string
  /** XDG_CACHE_HOME of the store that has everything. */
  readonly cacheHome: string
  /** Runs `lock2build fetch` with the store that has everything; throws unless it exits with 0. */
  fetch(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<string>
  /** The same on a machine that has nothing. */
  fetchElsewhere(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ran>
  /** A new directory, removed in the end. */
  directory(): string
  remove(): void
}

/** Two archives, one of them known by sha256 and with a name that begins like an option; and, unless it is switched off, a commit. */
export async function carriedProject({ git = true } = {}): Promise<CarriedProject> {
  const registry = await startRegistry({ packages: ['left', 'right'].map(publishable) })
  const repository = await startGit()
  const scratch = mkdtempSync(join(tmpdir(), 'lock2build-carried-'))
  const directory = () => mkdtempSync(join(scratch, 'd-'))
  const [cache, compressed, mirror, home] = [directory(), directory(), directory(), directory()]
  const sources = { ...archives(registry), ...(git ? await commit(repository) : {}) }
  const written = writeNixProject({
    manifest: { dependencies: Object.fromEntries(Object.keys(sources).map((key) => key.split('@'))) },
    sources,
    places: Object.fromEntries(
      Object.keys(sources).map((key) => [`node_modules/${key.split('@')[0] ?? ''}`, { source: key }]),
    ),
  })
  const program = await installProgram()
  const run = (words: readonly string[], cacheHome: string, environment: Readonly<Record<string, string>>) =>
    startProgram(program, ['fetch', written.folder, ...words], {
      environment: { ...environment, XDG_CACHE_HOME: cacheHome },
    })
  const fetch: CarriedProject['fetch'] = async (words, environment = {}) => {
    const { code, stderr } = await run(words, home, environment)
    if (code !== 0) throw new Error(`lock2build fetch ${words.join(' ')}: exit ${code}\n${stderr}`)
    return stderr
  }
  try {
    await fetch(['--cache', cache, '--mirror', mirror])
    await fetch(['--cache', compressed, '--compression', 'zstd'])
  } finally {
    await registry.close()
    await repository.close()
  }
  return {
    folder: written.folder,
    cache,
    compressed,
    mirror,
    cacheHome: home,
    fetch,
    fetchElsewhere: (words, environment = {}) => run(words, directory(), environment),
    directory,
    remove: () => {
      written.remove()
      removeTree(scratch)
    },
  }
}

function publishable(name: string) {
  return { manifest: { name, version: '1.0.0' }, files: { 'index.js': `module.exports = '${name}'\n` } }
}

function archives(registry: LoopbackRegistry): Record<string, SpecSource> {
  const [left, right] = [registry.tarball('left', '1.0.0'), registry.tarball('right', '1.0.0')]
  const sha256 = `sha256-${createHash('sha256').update(right.bytes).digest('base64')}`
  return {
    'left@1.0.0': { name: '--option=left+1.0.0.tgz', urls: [left.url], hash: left.integrity },
    'right@1.0.0': { name: 'right-1.0.0.tgz', urls: [right.url], hash: sha256 },
  }
}

async function commit(repository: Awaited<ReturnType<typeof startGit>>): Promise<Record<string, SpecSource>> {
  const rev = await repository.commit('dep', {
    'package.json': '{"name":"dep","version":"1.0.0"}',
    'index.js': "module.exports = 'dep'\n",
    'run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
    'sub/link': { symlink: '../run.sh' },
  })
  const url = repository.httpUrl('dep')
  const tree = await gitRepositories({ environment: process.env }).fetchTreeDigest(url, rev)
  return { 'dep@1.0.0': { name: `dep-${rev.slice(0, 7)}`, git: url, rev, hash: printSri(tree) } }
}
