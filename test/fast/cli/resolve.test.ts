/** `lock2build resolve` for npm, through the whole program, with a registry on loopback: what it writes. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { installProgram, makeProject, startProgram } from '../../support/cli.ts'
import { startGit } from '../../support/loopback-git.ts'
import { startRegistry, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { emptyCache } from '../../support/registry-project.ts'
import {
  checkReport,
  filesBelow,
  lockOf,
  manifest,
  packages,
  placesOf,
  project,
  release,
  startResolveRuns,
  type ResolveRuns,
} from '../../support/resolve-runs.ts'

let program: string
let registry: LoopbackRegistry
let resolveIn: ResolveRuns['resolveIn']
let problemsOf: ResolveRuns['problemsOf']
beforeAll(async () => {
  program = await installProgram()
  ;({ registry, resolveIn, problemsOf } = await startResolveRuns(program))
})
afterEach(() => void (registry.fault = undefined))
afterAll(() => registry.close())

describe('a lock file where there is none', () => {
  test('holds what npm would write: versions, archives, digests, licences', async () => {
    const folder = project({ branch: '^1.0.0' })
    expect((await resolveIn(folder)).code).toBe(0)
    const { url, integrity } = registry.tarball('leaf', '1.1.0')
    expect(lockOf(folder).packages['node_modules/leaf']).toEqual({
      version: '1.1.0',
      resolved: url,
      integrity,
      license: 'MIT',
    })
    expect(lockOf(folder).lockfileVersion).toBe(3)
  })

  test('is not touched by a second run, which asks the registry for nothing', async () => {
    const folder = project({ branch: '^1.0.0' })
    const cache = emptyCache()
    await resolveIn(folder, { cache })
    const written = readFileSync(join(folder, 'package-lock.json'))
    rmSync(join(folder, 'package-lock.json'))
    const asked = registry.requests.length
    expect((await resolveIn(folder, { cache, words: ['--offline'] })).code).toBe(0)
    expect(registry.requests.length).toBe(asked)
    expect(readFileSync(join(folder, 'package-lock.json'))).toEqual(written)
    expect((await resolveIn(folder, { cache })).stderr).toMatch(/unchanged +package-lock\.json/)
  })

  test('is remembered, and made anew when a document of the registry changes', async () => {
    registry.add(release('moving', '1.0.0'))
    const folder = project({ moving: '^1.0.0' })
    const cache = emptyCache()
    const again = async () => {
      rmSync(join(folder, 'package-lock.json'), { force: true })
      expect((await resolveIn(folder, { cache })).code).toBe(0)
      return placesOf(folder)
    }
    expect(await again()).toContain('node_modules/moving 1.0.0')
    // What is remembered, with a mark that only a run that remembers can know.
    const [note] = filesBelow(join(cache, 'lock2build/resolutions'))
    if (note === undefined) throw new Error('nothing is remembered')
    writeFileSync(note, readFileSync(note, 'utf8').replaceAll('node_modules/moving', 'node_modules/remembered'))
    expect(await again()).toContain('node_modules/remembered 1.0.0')
    for (const file of filesBelow(join(cache, 'lock2build/documents'))) {
      writeFileSync(file, readFileSync(file, 'utf8').replace(/"freshUntil":\d+/, '"freshUntil":0'))
    }
    registry.add(release('moving', '1.1.0'))
    expect(await again()).toContain('node_modules/moving 1.1.0')
  })

  test('is as it would have been at --before', async () => {
    const folder = project({ leaf: '^1.0.0' })
    await resolveIn(folder, { words: ['--before', '2024-06-01'] })
    expect(placesOf(folder)).toContain('node_modules/leaf 1.0.0')
    const late = await problemsOf(project({ leaf: '^1.0.0' }), { words: ['--before', '2020-01-01'] })
    expect(late.problems[0]).toMatchObject({ code: 'resolve-no-match', file: 'package.json', line: 5 })
  })

  test('keeps what is pinned, as long as it fits', async () => {
    const folder = project({ branch: '^1.0.0' })
    await resolveIn(folder, { words: ['--before', '2024-06-01'] })
    writeFileSync(join(folder, 'package.json'), manifest({ dependencies: { branch: '^1.0.0', host: '1.0.0' } }))
    await resolveIn(folder)
    expect(placesOf(folder)).toEqual([
      ' 1.0.0',
      'node_modules/branch 1.0.0',
      'node_modules/host 1.0.0',
      'node_modules/leaf 1.0.0',
    ])
  })

  test('is made from what is installed, with digests from the registry', async () => {
    const folder = project(
      { branch: '^1.0.0' },
      {
        'node_modules/branch/package.json': JSON.stringify({
          name: 'branch',
          version: '1.0.0',
          dependencies: { leaf: '^1.0.0' },
        }),
        'node_modules/leaf/package.json': JSON.stringify({ name: 'leaf', version: '1.0.0' }),
      },
    )
    expect((await resolveIn(folder)).code).toBe(0)
    const { url, integrity } = registry.tarball('leaf', '1.0.0')
    expect(lockOf(folder).packages['node_modules/leaf']).toMatchObject({ version: '1.0.0', resolved: url, integrity })
  })

  test('knows whose scripts would run, and runs none', async () => {
    const folder = project(
      { scripted: '1.0.0', local: 'file:local' },
      {
        'local/package.json': manifest({
          name: 'local',
          scripts: { prepare: 'touch ../prepared', install: 'touch ../installed' },
        }),
      },
    )
    await resolveIn(folder)
    expect(lockOf(folder).packages['node_modules/scripted']).toMatchObject({ hasInstallScript: true })
    expect(existsSync(join(folder, 'prepared')) || existsSync(join(folder, 'installed'))).toBe(false)
  })

  test('is not written by --dry-run, and is described by --json', async () => {
    const folder = project({ leaf: '1' })
    const { stdout, code } = await resolveIn(folder, { words: ['--dry-run', '--json'] })
    const report = JSON.parse(stdout) as unknown
    checkReport(report)
    expect(report).toMatchObject({
      command: 'resolve',
      dryRun: true,
      resolved: [{ ecosystem: 'node', tool: 'npm', files: [{ path: 'package-lock.json', state: 'new' }] }],
    })
    expect(code).toBe(0)
    expect(existsSync(join(folder, 'package-lock.json'))).toBe(false)
  })

  test('holds no token of .npmrc, which the registry was asked with', async () => {
    const guarded = await startRegistry({ packages, auth: { bearer: 'npm_s3cr3t' } })
    try {
      const key = `//127.0.0.1:${guarded.port}/:_authToken`
      const folder = project({ '@acme/tool': '1' }, { '.npmrc': `@acme:registry=${guarded.url}\n${key}=\${TOKEN}\n` })
      const { code, stderr } = await resolveIn(folder, { environment: { TOKEN: 'npm_s3cr3t' } })
      expect(code).toBe(0)
      expect(guarded.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer npm_s3cr3t'])
      expect(readFileSync(join(folder, 'package-lock.json'), 'utf8') + stderr).not.toContain('s3cr3t')
    } finally {
      await guarded.close()
    }
  })

  test('follows the settings of .npmrc that change the tree', async () => {
    const folder = project({ 'old-peer': '1', host: '2' }, { '.npmrc': 'legacy-peer-deps=true\nlockfile-version=2\n' })
    expect((await resolveIn(folder)).code).toBe(0)
    expect(lockOf(folder).lockfileVersion).toBe(2)
    const wrong = await problemsOf(project({}, { '.npmrc': 'lockfile-version=4\n' }))
    expect(wrong.problems).toMatchObject([{ code: 'config-invalid', file: '.npmrc', line: 1 }])
  })
})

describe('converting without a lock file', () => {
  const convert = (cwd: string, words: readonly string[]) =>
    startProgram(program, words, {
      cwd,
      environment: { XDG_CACHE_HOME: emptyCache(), npm_config_registry: registry.url },
    })

  test('names --resolve, which makes one first', async () => {
    const folder = project({ leaf: '1' })
    const without = await convert(folder, [])
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('lock2build --resolve')])
    const { code, stdout } = await convert(folder, ['--resolve', '--json'])
    expect(code).toBe(0)
    const report = JSON.parse(stdout) as unknown
    checkReport(report)
    expect(report).toMatchObject({ resolved: [{ tool: 'npm' }], locks: [{ file: 'package-lock.json', packages: 1 }] })
    expect((await convert(folder, ['--resolve'])).stderr).not.toContain('resolved with')
  })

  test('--no-write-lock keeps it in lock2build/, where check and the next run find it', async () => {
    const folder = project({ leaf: '1' })
    expect((await convert(folder, ['resolve', '--no-write-lock'])).code).toBe(0)
    expect(existsSync(join(folder, 'package-lock.json'))).toBe(false)
    const kept = readFileSync(join(folder, 'lock2build/package-lock.json'), 'utf8')
    expect((await convert(folder, ['check'])).code).toBe(0)
    expect((await convert(folder, [])).stderr).toContain('up to date')
    expect(readFileSync(join(folder, 'lock2build/package-lock.json'), 'utf8')).toBe(kept)
  })

  test('a lock file in the project takes its place', async () => {
    const folder = project({ leaf: '1' })
    await convert(folder, ['resolve', '--no-write-lock'])
    expect((await convert(folder, ['resolve'])).code).toBe(0)
    expect((await convert(folder, ['resolve', '--no-write-lock'])).code).toBe(2)
    expect((await convert(folder, ['check'])).code).toBe(3)
    expect((await convert(folder, [])).code).toBe(0)
    expect(existsSync(join(folder, 'lock2build/package-lock.json'))).toBe(false)
    expect((await convert(folder, ['check'])).code).toBe(0)
  })
})

test('commits of repositories and archives behind URLs are found, their own dependencies too, and no script of theirs runs', async () => {
  const git = await startGit()
  try {
    const ran = join(emptyCache(), 'ran')
    const scripts = { prepare: `touch ${ran}`, install: `touch ${ran}` }
    const rev = await git.commit('tool', {
      'package.json': manifest({ name: 'tool', scripts, dependencies: { leaf: '^1.0.0' } }),
    })
    const folder = project({ tool: `git+${git.httpUrl('tool')}`, packed: registry.tarball('branch', '1.0.0').url })
    expect((await resolveIn(folder)).code).toBe(0)
    const { packages: locked } = lockOf(folder)
    expect(locked['node_modules/tool']).toMatchObject({ resolved: `git+${git.httpUrl('tool')}#${rev}` })
    const { url, integrity } = registry.tarball('branch', '1.0.0')
    expect(locked['node_modules/packed']).toMatchObject({ name: 'branch', resolved: url, integrity })
    expect(placesOf(folder)).toContain('node_modules/leaf 1.1.0')
    expect(existsSync(ran)).toBe(false)
    expect(await problemsOf(project({ tool: `git+${git.httpUrl('nothing')}` }))).toMatchObject({
      exitCode: 6,
      problems: [{ code: 'git', key: 'dependencies.tool', line: 5 }],
    })
  } finally {
    await git.close()
  }
})

test('packages that want another node or npm are named, once, and engine-strict refuses them', async () => {
  registry.add(release('for-others', '1.0.0', { engines: { node: '>=99' } }))
  const { stderr, code } = await resolveIn(project({ 'for-others': '1' }))
  expect(code).toBe(0)
  expect(stderr).toMatch(/warning manifest-mismatch: 1 package wants another node or npm: for-others@1\.0\.0/)
  const strict = await problemsOf(project({ 'for-others': '1' }, { '.npmrc': 'engine-strict=true\n' }))
  expect(strict).toMatchObject({ exitCode: 7, problems: [{ code: 'resolve-conflict' }] })
})

test('members of a workspace are resolved with the project', async () => {
  const folder = makeProject({ 'package.json': manifest({ workspaces: ['members/*'] }) })
  for (const [name, dependencies] of [
    ['one', { leaf: '1' }],
    ['two', { one: '1.0.0' }],
  ] as const) {
    const file = join(folder, 'members', name, 'package.json')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, manifest({ name, dependencies }))
  }
  expect((await resolveIn(folder)).code).toBe(0)
  expect(lockOf(folder).packages['node_modules/one']).toEqual({ resolved: 'members/one', link: true })
  expect(placesOf(folder)).toContain('node_modules/leaf 1.1.0')
})
