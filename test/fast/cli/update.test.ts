/** `lock2build update` through the whole program, with a registry on loopback in which newer versions appear. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { installProgram, listTree, makeProject, startProgram, type Ran } from '../../support/cli.ts'
import { schemaFaults } from '../../support/json-schema.ts'
import { startRegistry, type LoopbackRegistry, type RegistryPackage } from '../../support/loopback-registry.ts'
import { emptyCache } from '../../support/registry-project.ts'

const schema = JSON.parse(readFileSync(new URL('../../../schema/report.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>

const release = (name: string, version: string, dependencies: object = {}, published = '2020-01-01T00:00:00Z') =>
  ({ manifest: { name, version, dependencies }, published }) satisfies RegistryPackage

let program: string
beforeAll(async () => {
  program = await installProgram()
})

let registry: LoopbackRegistry
let project: string
beforeEach(async () => {
  registry = await startRegistry({
    packages: [release('leaf', '1.0.0'), release('branch', '1.0.0', { leaf: '^1.0.0' }), release('other', '1.0.0')],
  })
  project = makeProject({
    'package.json': JSON.stringify({
      name: 'app',
      version: '1.0.0',
      dependencies: { branch: '^1.0.0', other: '^1.0.0' },
    }),
  })
  expect((await run('resolve')).code).toBe(0)
  registry.add(release('leaf', '1.0.1'))
  registry.add(release('leaf', '2.0.0'))
  registry.add(release('branch', '1.1.0', { leaf: '^1.0.0' }))
  registry.add(release('other', '1.2.0', {}, new Date().toISOString()))
})
afterEach(() => registry.close())

function run(...words: readonly string[]): Promise<Ran> {
  return startProgram(program, [...words, '--registry', registry.url], {
    cwd: project,
    environment: { XDG_CACHE_HOME: emptyCache() },
  })
}

interface WrittenLock {
  readonly packages: Readonly<Record<string, { readonly version: string }>>
}
const readLock = () => JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as WrittenLock
const versions = () =>
  Object.entries(readLock().packages).flatMap(([path, { version }]) =>
    path === '' ? [] : [`${path.slice('node_modules/'.length)} ${version}`],
  )

test('everything, within its ranges: told with the kind of change, locked, and converted as before', async () => {
  expect((await run('--omit', 'dev')).code).toBe(0)
  const { code, stderr } = await run('update')
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /^3 updated\n {2}~ branch 1\.0\.0 → 1\.1\.0 \(minor\)\n {2}~ leaf 1\.0\.0 → 1\.0\.1 \(patch\)\n {2}~ other/,
  )
  expect(versions()).toEqual(['branch 1.1.0', 'leaf 1.0.1', 'other 1.2.0'])
  expect((await run('check')).code).toBe(0)
  expect(readFileSync(join(project, 'lock2build/spec.json'), 'utf8')).toContain('"omit": ["dev"]')
  expect((await run('update')).stderr).toMatch(/^nothing to update\n/)
})

test('what is named alone: every other line of the lock file stays', async () => {
  const before = readFileSync(join(project, 'package-lock.json'), 'utf8').split('\n')
  expect((await run('update', 'leaf')).code).toBe(0)
  expect(versions()).toEqual(['branch 1.0.0', 'leaf 1.0.1', 'other 1.0.0'])
  const after = readFileSync(join(project, 'package-lock.json'), 'utf8').split('\n')
  expect(after.filter((line, index) => line !== before[index])).toEqual([
    expect.stringMatching(/"version": "1\.0\.1"/),
    expect.stringMatching(/leaf-1\.0\.1\.tgz/),
    expect.stringMatching(/"integrity"/),
  ])
})

test('nothing that was published in the last days', async () => {
  expect((await run('update', '--min-age', '7d')).code).toBe(0)
  expect(versions()).toEqual(['branch 1.1.0', 'leaf 1.0.1', 'other 1.0.0'])
})

test('--dry-run says the same and writes nothing; --markdown is a table of it; --json follows the schema', async () => {
  const before = listTree(project)
  const { code, stdout, stderr } = await run('update', '--dry-run', '--markdown', 'other')
  expect(code).toBe(0)
  expect(stderr).toMatch(/would be updated package-lock\.json/)
  expect(stdout).toMatch(
    /^### Dependencies that can be updated\n[^]*\| `other` \| `1\.0\.0` \| `1\.2\.0` \| minor \|\n/,
  )
  const report: unknown = JSON.parse((await run('update', '--dry-run', '--json')).stdout)
  expect(schemaFaults(schema, report)).toEqual([])
  expect(report).toMatchObject({
    dryRun: true,
    converted: false,
    resolved: [{ tool: 'npm', files: [{ path: 'package-lock.json', state: 'updated' }] }],
    changes: { updated: [{ name: 'branch' }, { name: 'leaf', from: '1.0.0', to: '1.0.1', step: 'patch' }, {}] },
  })
  expect(listTree(project)).toEqual(before)
})

describe('--latest', () => {
  const manifestOf = () => readFileSync(join(project, 'package.json'), 'utf8')

  test('raises the ranges that do not allow the newest release, and nothing else of package.json', async () => {
    registry.add(release('other', '3.0.0'))
    registry.add(release('branch', '2.0.0', { leaf: '^2.0.0' }))
    const before = `{
  "name": "app",
  "version": "1.0.0",
  "dependencies": { "branch": "~1.0.0",
    "other"  :  ">=1.0.0", "leaf": "1.0.0" },
  "peerDependencies": { "branch": "~1.0.0" }
}
`
    writeFileSync(join(project, 'package.json'), before)
    expect((await run('resolve')).code).toBe(0)
    const dry = await run('update', '--latest', '--dry-run', '--json')
    expect(schemaFaults(schema, JSON.parse(dry.stdout))).toEqual([])
    expect(JSON.parse(dry.stdout)).toMatchObject({
      raised: [
        { file: 'package.json', name: 'branch', from: '~1.0.0', to: '~2.0.0' },
        { file: 'package.json', name: 'leaf', from: '1.0.0', to: '2.0.0' },
      ],
    })
    expect(manifestOf()).toBe(before)
    const { code, stderr } = await run('update', '--latest', 'leaf')
    expect(stderr).toMatch(/package\.json: leaf 1\.0\.0 → 2\.0\.0$/m)
    expect(code).toBe(0)
    expect(manifestOf()).toBe(before.replace('"leaf": "1.0.0"', '"leaf": "2.0.0"'))
    expect(versions()).toContain('leaf 2.0.0')
    expect(versions()).toContain('branch 1.0.0')
  })

  test('of the members of a workspace, and by what --min-age allows', async () => {
    registry.add(release('leaf', '3.0.0', {}, new Date().toISOString()))
    project = makeProject({
      'package.json': JSON.stringify({ name: 'root', workspaces: ['packages/*'] }),
      'packages/a/package.json': JSON.stringify({ name: 'a', version: '1.0.0', devDependencies: { leaf: '^1.0.0' } }),
      'packages/b/package.json': JSON.stringify({ name: 'b', version: '1.0.0', dependencies: { a: '^1.0.0' } }),
    })
    expect((await run('resolve')).code).toBe(0)
    expect((await run('update', '--latest', '--min-age', '7d')).code).toBe(0)
    expect(readFileSync(join(project, 'packages/a/package.json'), 'utf8')).toContain('"leaf":"^2.0.0"')
    expect(readFileSync(join(project, 'packages/b/package.json'), 'utf8')).toContain('"a":"^1.0.0"')
  })
})

test('a digest that would change under its version stops it, and nothing is written', async () => {
  const path = join(project, 'package-lock.json')
  const [, other = ''] = /other-1\.0\.0\.tgz",\s*"integrity": "([^"]+)"/.exec(readFileSync(path, 'utf8')) ?? []
  const [, leaf = ''] = /leaf-1\.0\.0\.tgz",\s*"integrity": "([^"]+)"/.exec(readFileSync(path, 'utf8')) ?? []
  writeFileSync(path, readFileSync(path, 'utf8').replace(other, leaf))
  const before = listTree(project)
  registry.fault = ({ path: asked }) => (asked.includes('1.2.0') ? { kind: 'status', status: 404 } : undefined)
  const { code, stderr } = await run('update', '--min-age', '7d')
  expect(code).toBe(5)
  expect(stderr).toMatch(
    /integrity-changed: "other@1\.0\.0" would keep its version and not its digest: nothing was written/,
  )
  expect(listTree(project)).toEqual(before)
})

test('a collection: its packages by name, each with all that it needs; and diff tells it by revision', async () => {
  const tool = (name: string, version: string, dependencies: object = {}): RegistryPackage => ({
    manifest: { name, version, bin: { [name]: 'main.js' }, dependencies },
    files: { 'main.js': '#!/usr/bin/env node\n' },
  })
  registry.add(tool('one', '1.0.0', { leaf: '^1.0.0' }))
  registry.add(tool('two', '1.0.0'))
  project = makeProject({ 'packages.json': '["one", "two"]' })
  expect((await run('convert')).code).toBe(0)
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], { cwd: project })
  git('init', '--quiet')
  git('add', '-A')
  git('commit', '--quiet', '-m', 'one')
  registry.add(tool('one', '1.1.0', { leaf: '^2.0.0' }))
  registry.add(tool('two', '1.1.0'))
  const before = listTree(project)
  expect((await run('update', '--dry-run', 'one')).code).toBe(0)
  expect(listTree(project)).toEqual(before)
  const { code, stdout } = await run('update', '--json', 'one')
  expect(code).toBe(0)
  expect(schemaFaults(schema, JSON.parse(stdout))).toEqual([])
  const told = await run('diff', 'HEAD')
  expect(told.stdout).toMatch(/^~ leaf 1\.0\.1 → 2\.0\.0 \(major\)\n~ one 1\.0\.0 → 1\.1\.0 \(minor\)\n/)
  expect(told.stdout).not.toContain('two')
  expect((await run('diff')).code).toBe(2)
  expect((await run('update', 'leaf')).stderr).toMatch(/usage: "leaf" is no package of the collection/)
})

describe('what cannot be done', () => {
  test.each([
    [['update', 'leef'], 2, /"leef" is no package of the lock file\nhint: did you mean "leaf"\?/],
    [['update', '--min-age', 'soon'], 2, /--min-age cannot be "soon"/],
    [['update', '--tool', 'nope'], 2, /"nope" is not a tool that resolves/],
  ] as const)('%j', async (words, exit, said) => {
    const before = listTree(project)
    const { code, stderr } = await run(...words)
    expect(stderr).toMatch(said)
    expect(code).toBe(exit)
    expect(listTree(project)).toEqual(before)
  })

  test('a name may be typed as people write it', async () => {
    const manifest = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["Py-YAML"]\n'
    project = makeProject({
      'pyproject.toml': manifest,
      'uv.lock':
        'version = 1\nrequires-python = ">=3.9"\n\n[[package]]\nname = "app"\nversion = "1"\nsource = { virtual = "." }\ndependencies = [{ name = "py-yaml" }]\n\n[package.metadata]\nrequires-dist = [{ name = "py-yaml" }]\n\n[[package]]\nname = "py-yaml"\nversion = "6.0"\nsource = { virtual = "x" }\n',
      'x/pyproject.toml': '[project]\nname = "py-yaml"\nversion = "6.0"\n',
    })
    expect((await run('update', 'Py_YAML', '--tool', 'nope')).stderr).toContain('"nope" is not a tool')
    expect((await run('update', 'Py_YML', '--tool', 'nope')).stderr).toContain('is no package')
  })

  test('without a lock file there is nothing to update', async () => {
    project = makeProject({ 'package.json': '{}' })
    const { code, stderr } = await run('update')
    expect(code).toBe(2)
    expect(stderr).toMatch(/nothing-here: there is a package\.json, and no lock file beside it/)
  })
})
