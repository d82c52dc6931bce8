/** Collections through the whole program, with a registry on loopback: add, remove, list, and what a conversion makes of packages.json. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installProgram, makeProject, startProgram } from '../../support/cli.ts'
import { startRegistry, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { emptyCache } from '../../support/registry-project.ts'
import { checkReport, filesBelow, release } from '../../support/resolve-runs.ts'

interface Reported {
  readonly exitCode: number
  readonly problems: readonly { code: string; message: string; file?: string; key?: string; line?: number }[]
  readonly warnings: Reported['problems']
  readonly packages?: readonly object[]
  readonly files?: readonly { path: string; state: string }[]
}

let program: string
let registry: LoopbackRegistry
const cache = emptyCache()
beforeAll(async () => {
  program = await installProgram()
  const bin = (name: string) => ({ bin: { [name]: 'cli.js' } })
  registry = await startRegistry({
    packages: [
      release('leaf', '1.0.0'),
      release('one', '1.0.0', { ...bin('one'), dependencies: { leaf: '^1.0.0' } }),
      release('two', '1.0.0', { ...bin('two'), dependencies: { leaf: '^1.0.0' }, peerDependencies: { peer: '1' } }),
      release('two', '2.0.0', bin('two')),
      release('peer', '1.0.0', { dependencies: { leaf: '^1.0.0' } }),
    ],
  })
})
afterAll(() => registry.close())

/** With `--json`, whose shape is checked. */
async function run(cwd: string, ...words: readonly string[]): Promise<Reported> {
  const environment = { XDG_CACHE_HOME: cache, npm_config_registry: registry.url }
  const { stdout, code, stderr } = await startProgram(program, [...words, '--json'], { cwd, environment })
  const reported = JSON.parse(stdout === '' ? stderr : stdout) as Reported
  checkReport(reported)
  expect(reported.exitCode).toBe(code)
  return reported
}

const textOf = (folder: string, path: string) => readFileSync(join(folder, path), 'utf8')
const all = (folder: string) =>
  new Map(filesBelow(folder).map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')] as const))

describe('add', () => {
  test('in an empty directory makes packages.json and everything, each package as npm install -g places it', async () => {
    const folder = makeProject({})
    expect((await run(folder, 'add', 'two@1', 'one')).problems).toEqual([])
    expect(JSON.parse(textOf(folder, 'packages.json'))).toEqual({ node: { one: '*', two: '1' } })
    const lock = JSON.parse(textOf(folder, 'lock2build/packages/two/package-lock.json')) as { packages: object }
    expect(Object.keys(lock.packages)).toEqual([
      '',
      'node_modules/two',
      'node_modules/two/node_modules/leaf',
      'node_modules/two/node_modules/peer',
    ])
    expect(lock).not.toHaveProperty('name')
    const spec = JSON.parse(textOf(folder, 'lock2build/spec.json')) as {
      collection: { node: { sources: object; packages: object } }
    }
    expect(Object.keys(spec.collection.node.sources)).toEqual(['leaf@1.0.0', 'one@1.0.0', 'peer@1.0.0', 'two@1.0.0'])
    expect((await run(folder, 'check')).exitCode).toBe(0)
  })

  test('changes nothing of the other packages, even where the registry has newer versions', async () => {
    const folder = makeProject({})
    await run(folder, 'add', 'one')
    const before = all(folder)
    registry.add(release('leaf', '1.1.0'))
    await run(folder, 'add', 'two')
    const after = all(folder)
    for (const file of ['package.json', 'package-lock.json']) {
      expect(after.get(`lock2build/packages/one/${file}`)).toBe(before.get(`lock2build/packages/one/${file}`))
    }
    const [old, now] = [before, after].map((files) => files.get('lock2build/spec.json')?.split('\n') ?? [])
    const gone = old?.filter((line) => !now?.includes(line) && !now?.includes(`${line},`)) ?? []
    expect(gone).toEqual([])
  })

  test('of who is there already takes another range, and without one leaves it alone', async () => {
    const folder = makeProject({})
    await run(folder, 'add', 'two@1')
    const before = all(folder)
    await run(folder, 'add', 'two')
    expect(all(folder)).toEqual(before)
    await run(folder, 'add', 'two@2')
    expect(JSON.parse(textOf(folder, 'packages.json'))).toEqual({ node: { two: '2' } })
    expect((await run(folder, 'list')).packages).toMatchObject([{ name: 'two', range: '2', version: '2.0.0' }])
  })

  test('warns of a package without programs', async () => {
    const { warnings, exitCode } = await run(makeProject({}), 'add', 'leaf')
    expect(warnings).toMatchObject([{ code: 'no-programs', file: 'packages.json', key: 'node.leaf', line: 3 }])
    expect(exitCode).toBe(0)
  })

  test('that fails changes nothing, and names every package with its line', async () => {
    const folder = makeProject({})
    const { problems } = await run(folder, 'add', 'one', 'missing', 'two@9', 'two-b@npm:two@gone')
    expect(problems.map(({ code, key, line }) => [code, key, line])).toEqual([
      ['not-found', 'node.missing', 3],
      ['resolve-no-match', 'node.two', 5],
      ['resolve-no-match', 'node["two-b"]', 6],
    ])
    expect(readdirSync(folder)).toEqual([])
    const bad = await run(folder, 'add', 'a b', 'one@file:../x')
    expect(bad.problems.map(({ code }) => code)).toEqual(['name-invalid', 'requirement-invalid'])
  })

  test('with --dry-run writes nothing', async () => {
    const folder = makeProject({})
    const { files } = await run(folder, 'add', 'one', '--dry-run')
    expect(files?.map(({ path }) => path)).toContain('packages.json')
    expect(readdirSync(folder)).toEqual([])
  })

  test('has no place in a project', async () => {
    const { problems } = await run(makeProject({ 'package.json': '{}' }), 'add', 'one')
    expect(problems).toMatchObject([{ code: 'usage' }])
  })
})

describe('remove', () => {
  test('takes the lock file along, and leaves nothing of it', async () => {
    const folder = makeProject({})
    await run(folder, 'add', 'one')
    const before = all(folder)
    await run(folder, 'add', 'two@2')
    await run(folder, 'remove', 'two')
    expect(all(folder)).toEqual(before)
    expect(existsSync(join(folder, 'lock2build/packages/two'))).toBe(false)
    expect((await run(folder, 'check')).exitCode).toBe(0)
  })

  test('names what is not there, and what would miss it', async () => {
    const folder = makeProject({
      'packages.json': '{"node": {"one": {"supplements": ["two"]}, "two": "2"}}',
    })
    await run(folder, 'convert')
    expect((await run(folder, 'remove', 'oen')).problems).toMatchObject([{ code: 'usage' }])
    expect((await run(folder, 'remove', 'two')).problems).toMatchObject([{ code: 'collection-invalid' }])
    expect((await run(folder, 'check')).exitCode).toBe(0)
  })
})

describe('packages.json', () => {
  test('that somebody edits is stale until it is converted; then only what is asked for anew is resolved', async () => {
    const folder = makeProject({ 'packages.json': '["one"]' })
    await run(folder, 'convert')
    expect((await run(folder, 'check')).exitCode).toBe(0)
    writeFileSync(join(folder, 'packages.json'), '["one", {"two": "2.x"}]')
    expect(await run(folder, 'check')).toMatchObject({
      exitCode: 3,
      problems: [{ code: 'stale', message: '"two" is not locked for "2.x"', file: 'packages.json', line: 1 }],
    })
    const asked = registry.requests.length
    await run(folder, 'convert')
    expect(registry.requests.slice(asked).filter(({ path }) => path.startsWith('/one'))).toEqual([])
    expect((await run(folder, 'check')).exitCode).toBe(0)
  })

  test('is looked at by each build, also when it was found to be converted', async () => {
    const folder = makeProject({})
    await run(folder, 'add', 'two@1', 'one')
    const build = () => run(folder, 'build', '-A', 'one', '--with', 'embedded', '--no-out-link')
    for (const _ of [1, 2]) expect(await build()).toMatchObject({ exitCode: 0 })
    writeFileSync(join(folder, 'packages.json'), '{ "node": { "one": "*", "two": "2" } }\n')
    expect(await build()).toMatchObject({ exitCode: 0 })
    expect(textOf(folder, 'lock2build/spec.json')).toContain('two@2.0.0')
  })

  test('counts only where no lock file stands', async () => {
    const root = { name: 'app', version: '1.0.0' }
    const lock = JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages: { '': root } })
    const folder = makeProject({
      'package.json': JSON.stringify(root),
      'package-lock.json': lock,
      'packages.json': '["one"]',
    })
    await run(folder, 'convert')
    expect(JSON.parse(textOf(folder, 'lock2build/spec.json'))).not.toHaveProperty('collection')
  })

  test('without -A is no build, and says what there is', async () => {
    const folder = makeProject({ 'packages.json': '["one", "two"]' })
    const { problems } = await run(folder, 'build', '--with', 'embedded')
    expect(problems).toMatchObject([{ code: 'usage', message: 'this is a collection of packages, and none is named' }])
  })
})
