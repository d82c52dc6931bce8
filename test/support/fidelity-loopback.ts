/** Projects whose packages are served on this machine: the lock, which names the port, is written by npm when the test runs. */
import type { TarballFile } from './npm-tarball.ts'
import { runNpm, writeProject, type Project } from './fidelity.ts'
import { startGit } from './loopback-git.ts'
import { startRegistry, type LoopbackRegistry } from './loopback-registry.ts'

export interface Served {
  /** Its lock is version 2. */
  readonly project: Project
  /** By URL: archives that are put into Nix's store, because it has no token, or because the network is cut. */
  readonly archives: ReadonlyMap<string, Uint8Array>
  /** Set when Nix itself fetches (git): then the build is not cut off, as its sources could not be fetched. */
  readonly network?: 'open'
  /** Text that must be in no file that lock2build writes. */
  readonly secrets: readonly string[]
  close(): Promise<void>
}

/** A commit reached by branch, with files that npm leaves out of a package, a bin, and a dependency of its own. */
export async function gitDependency(): Promise<Served> {
  const git = await startGit()
  await git.commit('kept', {
    'package.json': JSON.stringify({
      name: 'kept',
      version: '1.4.0',
      bin: 'cli.js',
      files: ['cli.js', 'lib'],
      dependencies: { ms: '2.1.3' },
    }),
    'cli.js': { content: '#!/usr/bin/env node\n', mode: 0o755 },
    'lib/kept.js': '',
    'README.md': 'kept\n',
    'test/left-out.js': '',
  })
  await git.commit('plain', {
    'package.json': JSON.stringify({ name: 'plain', version: '0.2.0' }),
    '.npmignore': 'ignored.js\n',
    '.gitignore': 'ignored-by-git.js\n',
    'index.js': '',
    'ignored.js': '',
    'run.sh': { content: '#!/bin/sh\n', mode: 0o755 },
  })
  const project = writeProject({
    'package.json': {
      name: 'fidelity-git',
      version: '1.0.0',
      dependencies: { kept: `git+${git.httpUrl('kept')}#main`, plain: `git+${git.httpUrl('plain')}` },
    },
  })
  await lock(project)
  return { project, archives: new Map(), network: 'open', secrets: [], close: () => git.close() }
}

const TOKEN = 'npm_FidelityFidelityFidelity'

/** The token comes from the environment, by way of the project's .npmrc. */
export async function privateRegistry(): Promise<Served> {
  const registry = await startRegistry({ auth: { bearer: TOKEN } })
  registry.add({ manifest: { name: '@hidden/core', version: '2.0.0', dependencies: { ms: '2.1.3' } } })
  registry.add({
    manifest: {
      name: '@hidden/tool',
      version: '1.0.0',
      bin: { tool: 'tool.js' },
      dependencies: { '@hidden/core': '^2.0.0' },
    },
    files: { 'tool.js': '#!/usr/bin/env node\n' },
  })
  const project = writeProject(
    {
      'package.json': { name: 'fidelity-private', version: '1.0.0', dependencies: { '@hidden/tool': '^1.0.0' } },
      '.npmrc': `@hidden:registry=${registry.url}\n//127.0.0.1:${registry.port}/:_authToken=\${FIDELITY_TOKEN}\n`,
    },
    { FIDELITY_TOKEN: TOKEN },
  )
  await lock(project)
  const names = ['@hidden/core@2.0.0', '@hidden/tool@1.0.0']
  return { project, archives: archivesOf(registry, names), secrets: [TOKEN], close: () => registry.close() }
}

/** Packages that do not belong here take along what nobody else needs; a shrinkwrap inside a package fixes what it gets. */
export async function conditions(): Promise<Served> {
  const registry = await startRegistry()
  const ids: string[] = []
  const add = (name: string, more: object = {}, { version = '1.0.0', files = {} } = {}) => {
    registry.add({ manifest: { name, version, ...more }, files })
    ids.push(`${name}@${version}`)
  }
  const needing = (...names: string[]) => ({ dependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])) })
  add('for-old-node', { engines: { node: '<1' }, ...needing('only-for-old-node', 'everyone') })
  add('only-for-old-node', needing('deep'))
  add('deep')
  add('for-old-npm', { engines: { npm: '1.x' } })
  add('for-aix', { os: ['aix'], ...needing('only-for-aix', 'everyone') })
  add('only-for-aix')
  add('not-for-this', { os: [`!${process.platform}`] })
  add('for-this', { os: [process.platform], cpu: [process.arch], ...needing('everyone') })
  add('for-musl', { os: ['linux'], libc: ['musl'] })
  add('for-glibc', { os: ['linux'], libc: ['glibc'] })
  add('everyone')
  add('warned-about', { engines: { node: '<1' } })
  add('fixed', {}, { version: '1.0.0' })
  add('fixed', {}, { version: '1.1.0' })
  add('wrapped', { dependencies: { fixed: '^1.0.0' } }, { files: { 'npm-shrinkwrap.json': shrinkwrap(registry) } })
  const optional = ['for-old-node', 'for-old-npm', 'for-aix', 'not-for-this', 'for-this', 'for-musl', 'for-glibc']
  const project = writeProject({
    'package.json': {
      name: 'fidelity-conditions',
      version: '1.0.0',
      dependencies: { wrapped: '1.0.0', 'warned-about': '1.0.0', fixed: '^1.1.0' },
      optionalDependencies: Object.fromEntries(optional.map((name) => [name, '1.0.0'])),
    },
    '.npmrc': `registry=${registry.url}\n`,
  })
  await lock(project)
  return { project, archives: archivesOf(registry, ids), secrets: [], close: () => registry.close() }
}

/** Of `wrapped`: it was published when `fixed` was at 1.0.0. */
function shrinkwrap(registry: LoopbackRegistry): string {
  const { url, integrity } = registry.tarball('fixed', '1.0.0')
  return JSON.stringify({
    name: 'wrapped',
    version: '1.0.0',
    lockfileVersion: 2,
    requires: true,
    packages: {
      '': { name: 'wrapped', version: '1.0.0', dependencies: { fixed: '^1.0.0' } },
      'node_modules/fixed': { version: '1.0.0', resolved: url, integrity },
    },
    dependencies: { fixed: { version: '1.0.0', resolved: url, integrity } },
  })
}

/** One that fails by itself, one that takes a dependency along, one that works. */
export async function failingOptional(): Promise<Served> {
  const registry = await startRegistry()
  const add = (name: string, more: object = {}, files: Record<string, TarballFile> = {}) =>
    registry.add({ manifest: { name, version: '1.0.0', ...more }, files })
  const scripts = (install: string) => ({ scripts: { install } })
  add('fails', scripts('exit 1'))
  add('fails-deep', {
    ...scripts('node -e "process.exit(3)"'),
    dependencies: { 'only-for-fails': '1.0.0', shared: '1.0.0' },
  })
  add('only-for-fails')
  add('shared')
  add(
    'works',
    { ...scripts('node make.js'), dependencies: { shared: '1.0.0' } },
    {
      'make.js': 'require("fs").writeFileSync("made.txt", "made\\n")',
    },
  )
  add('asks-for-what-fails', { optionalDependencies: { fails: '1.0.0' } })
  const project = writeProject({
    'package.json': {
      name: 'fidelity-optional',
      version: '1.0.0',
      dependencies: { 'asks-for-what-fails': '1.0.0' },
      optionalDependencies: { 'fails-deep': '1.0.0', works: '1.0.0' },
    },
    '.npmrc': `registry=${registry.url}\n`,
  })
  await lock(project)
  const names = ['fails', 'fails-deep', 'only-for-fails', 'shared', 'works', 'asks-for-what-fails'].map(
    (name) => `${name}@1.0.0`,
  )
  return {
    project,
    archives: archivesOf(registry, names),
    secrets: [],
    close: () => registry.close(),
  }
}

async function lock(project: Project): Promise<void> {
  await runNpm(project, ['install', '--package-lock-only', '--ignore-scripts', '--lockfile-version', '2'])
}

function archivesOf(registry: LoopbackRegistry, ids: readonly string[]): ReadonlyMap<string, Uint8Array> {
  const tarballs = ids.map((id) =>
    registry.tarball(id.slice(0, id.lastIndexOf('@')), id.slice(id.lastIndexOf('@') + 1)),
  )
  return new Map(tarballs.map(({ url, bytes }) => [url, bytes]))
}
