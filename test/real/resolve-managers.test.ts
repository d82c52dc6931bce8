/** Projects of yarn, pnpm and Bun without a lock file: what is resolved equals what the package manager itself writes in the project. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { toolResolvers } from '../../converters/node/resolve/tools/tool-resolvers.ts'
import { keptDirectory } from '../../scripts/scratch.mjs'
import type { Resolution, ResolveRequest } from '../../src/model/resolver.ts'
import { makeProject, textsOf } from '../support/cli.ts'
import { copyManaged } from '../support/manager-fidelity.ts'
import { startRegistry } from '../support/loopback-registry.ts'
import { getTool, installTool, nodeOf, runTool, tools, type PackageManagerTool } from '../support/package-managers.ts'
import { toolWorld } from '../support/tool-world.ts'

const lockFiles: Readonly<Record<string, string>> = { yarn: 'yarn.lock', pnpm: 'pnpm-lock.yaml', bun: 'bun.lock' }

/** `yarn-4.9` → `yarn` */
function wordOf({ name }: PackageManagerTool): string {
  return name.replace(/-.*/, '')
}

/** A directory for PATH, in which the package manager goes by its usual name. */
function binOf(tool: PackageManagerTool): string {
  const bin = mkdtempSync(join(tmpdir(), 'bin-'))
  const program = join(installTool(tool), 'node_modules', tool.program)
  const node = tool.isScript === false ? '' : `'${join(nodeOf(tool).prefix, 'bin/node')}' `
  writeFileSync(join(bin, wordOf(tool)), `#!/bin/sh\nexec ${node}'${program}' "$@"\n`)
  chmodSync(join(bin, wordOf(tool)), 0o755)
  return bin
}

interface Case {
  readonly offline?: boolean
  readonly request?: Partial<ResolveRequest>
  /** Its caches are new. */
  readonly isFresh?: boolean
}

async function resolve(
  tool: PackageManagerTool,
  directory: string,
  { offline, request, isFresh }: Case = {},
): Promise<Resolution> {
  const home = isFresh === true ? mkdtempSync(join(tmpdir(), 'home-')) : keptDirectory(`home-${tool.name}`)
  const own = Object.entries(process.env).filter(([name]) => !/^(?:npm_|pnpm_|yarn_|bun_|xdg_)/i.test(name))
  const environment = {
    ...Object.fromEntries(own),
    PATH: `${binOf(tool)}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    YARN_CACHE_FOLDER: join(home, 'yarn-cache'),
    BUN_INSTALL_CACHE_DIR: join(home, 'bun-cache'),
    // As in a CI, where some take a lock file for frozen.
    CI: '1',
  }
  const { world, ...made } = toolWorld(directory, { environment, ...(offline === undefined ? {} : { offline }) })
  const found = toolResolvers.find(({ name }) => name === wordOf(tool))
  const load = await found?.load()
  if (load === undefined) throw new Error(`there is no resolver for ${tool.name}`)
  return load({ ...made.request, ...request }, world)
}

const some = ['yarn-1.22', 'yarn-4.9', 'pnpm-10.34', 'bun-1.3']

describe.concurrent('the lock file is the one that the package manager writes', () => {
  const cases = [
    ...tools.map(({ name }) => [name, 'workspace'] as const),
    ...some.map((name) => [name, 'aliases'] as const),
  ]
  test.each(cases)('%s: %s', async (name, project) => {
    const tool = getTool(name)
    const file = lockFiles[wordOf(tool)] ?? ''
    const theirs = copyManaged(tool, project, { isNew: true })
    const ours = copyManaged(tool, project, { isNew: true })
    for (const { folder } of [theirs, ours]) rmSync(join(folder, file), { force: true })
    const before = textsOf(ours.folder)
    await runTool(tool, theirs, tool.lock)
    const made = await resolve(tool, ours.folder)
    expect(made.files.get(file)).toBe(readFileSync(join(theirs.folder, file), 'utf8'))
    expect(tool.archive).toBe(`${tool.archive.replace(/@[^@]*$/, '')}@${made.tool.version}`)
    expect(textsOf(ours.folder)).toEqual(before)
  })
})

const marked = (script: string) => ({
  'package.json': JSON.stringify({
    name: 'app',
    version: '1.0.0',
    dependencies: { ms: '2.1.2' },
    scripts: script === '' ? {} : { preinstall: script, install: script, postinstall: script, prepare: script },
  }),
})

describe.each(some.map((name) => [name, getTool(name)] as const))('%s', (_, tool) => {
  const file = lockFiles[wordOf(tool)] ?? ''

  test('no script of the project runs', async () => {
    const marker = join(mkdtempSync(join(tmpdir(), 'marker-')), 'ran')
    await resolve(tool, makeProject(marked(`touch ${marker}`)))
    expect(() => readFileSync(marker)).toThrow('ENOENT')
  })

  test('what is locked stays as long as it fits, and is resolved anew when it is asked for', async () => {
    const project = makeProject(marked(''))
    const first = await resolve(tool, project)
    const text = first.files.get(file) ?? ''
    expect(text).toContain('2.1.2')
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { ms: '^2.1.0' } }),
    )
    // The lock file says that the range was asked for when 2.1.2 was the newest.
    writeFileSync(
      join(project, file),
      text
        .replace(/(ms@(?:npm:)?)2\.1\.2(?=["':,]*:)/, '$1^2.1.0')
        .replace(/("ms": "|specifier: |ms: "npm:)2\.1\.2/, '$1^2.1.0'),
    )
    const kept = await resolve(tool, project)
    expect(kept.files.get(file)).not.toContain('2.1.3')
    const updated = await resolve(tool, project, { request: { update: 'all' } })
    expect(updated.files.get(file)).toContain('2.1.3')
    expect(updated.files.get(file)).not.toContain('2.1.2')
  })

  test('a range that nothing matches is told in its own words', async () => {
    const project = makeProject({
      'package.json': '{"name":"app","version":"1.0.0","dependencies":{"ms":"^99.0.0"}}',
    })
    await expect(resolve(tool, project)).rejects.toMatchObject({
      problems: [{ code: 'tool-failed', details: expect.arrayContaining([expect.stringMatching(/ms.*\^99\.0\.0/)]) }],
    })
  })

  test('without a network and without a cache, the network is what is missing', async () => {
    const project = makeProject(marked(''))
    await expect(
      resolve(tool, project, { offline: true, isFresh: true, request: { offline: true } }),
    ).rejects.toMatchObject({
      problems: [{ code: 'network-needed' }],
    })
  })

  test('a registry that nobody serves is the network', async () => {
    const project = makeProject({
      ...marked(''),
      'bunfig.toml': '',
      '.npmrc': 'fetch-retries=0\nnetwork-timeout=1000\n',
    })
    const registry = 'https://127.0.0.1:9'
    await expect(resolve(tool, project, { isFresh: true, request: { registry } })).rejects.toMatchObject({
      problems: [{ code: 'network' }],
    })
  })

  test('a version that package.json does not name is refused, with the command that gets the right one', async () => {
    const manifest = { name: 'app', version: '1.0.0', packageManager: `${wordOf(tool)}@0.99.0` }
    await expect(resolve(tool, makeProject({ 'package.json': JSON.stringify(manifest) }))).rejects.toMatchObject({
      problems: [{ code: 'tool-missing', hint: expect.stringContaining('@0.99.0') }],
    })
  })
})

test.each(['bun-1.2', 'bun-1.3', 'bun-1.4'])('%s updates by name, and leaves the ranges alone', async (name) => {
  const tool = getTool(name)
  const manifest = (debug: string, semver: string) =>
    JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { debug, semver } })
  const project = makeProject({ 'package.json': manifest('4.1.0', '7.5.0') })
  const old = (await resolve(tool, project)).files.get('bun.lock') ?? ''
  writeFileSync(join(project, 'package.json'), manifest('^4.1.0', '^7.5.0'))
  writeFileSync(join(project, 'bun.lock'), old.replace(/^( {8}"(?:debug|semver)": ")/gm, '$1^'))
  const updated = (await resolve(tool, project, { request: { update: ['debug'] } })).files.get('bun.lock')
  expect(updated).toMatch(/"debug": "\^4\.1\.0"/)
  expect(updated).toContain('"semver@7.5.0"')
  expect(updated).not.toContain('"debug@4.1.0"')
  await expect(resolve(tool, project, { request: { update: ['ms'] } })).rejects.toMatchObject({
    problems: [{ code: 'usage', message: expect.stringContaining('"ms" is none of that') }],
  })
})

describe('what was published later does not count', () => {
  const before = new Date('2024-01-01T00:00:00Z')
  const files = {
    'package.json': '{"name":"app","version":"1.0.0","dependencies":{"leaf":"^1.0.0"}}',
    '.yarnrc.yml': 'unsafeHttpWhitelist: ["127.0.0.1"]\nenableGlobalCache: false\n',
  }
  const release = (version: string, published: string) => ({ manifest: { name: 'leaf', version }, published })
  const packages = [release('1.0.0', '2023-12-31T00:00:00Z'), release('1.1.0', '2024-01-02T00:00:00Z')]

  test.each(['yarn-4.18', 'pnpm-10.34', 'bun-1.3'])('%s', async (name) => {
    const registry = await startRegistry({ packages })
    try {
      const request = { registry: registry.url, before }
      const { files: made } = await resolve(getTool(name), makeProject(files), { request, isFresh: true })
      const text = [...made.values()].join('')
      expect(text).toMatch(/leaf@(?:npm:)?1\.0\.0/)
      expect(text).not.toContain('1.1.0')
    } finally {
      await registry.close()
    }
  })

  test.each([
    ['yarn-1.22', '4.10'],
    ['pnpm-9.15', '10.16'],
    ['bun-1.2', '1.3'],
  ])('%s cannot be told', async (name, since) => {
    await expect(resolve(getTool(name), makeProject(files), { request: { before } })).rejects.toMatchObject({
      problems: [{ code: 'usage', hint: expect.stringContaining(since) }],
    })
  })
})

test('Yarn 4 as the project carries it counts, and not the one on PATH', async () => {
  const carried = join(installTool(getTool('yarn-4.9')), 'node_modules/@yarnpkg/cli-dist/bin/yarn.js')
  const project = makeProject({
    ...marked(''),
    '.yarnrc.yml': 'yarnPath: .yarn/releases/yarn.cjs\n',
    '.yarn/releases/yarn.cjs': readFileSync(carried),
  })
  const made = await resolve(getTool('yarn-1.22'), project)
  expect(made.tool).toEqual({ name: 'yarn', version: '4.9.4' })
  expect(made.files.get('yarn.lock')).toContain('__metadata')
})
