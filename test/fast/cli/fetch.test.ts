/** `lock2build fetch` as a program: what it needs, what it says, and what it does when it cannot. */
import { execFile, spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { cleanEnvironment, installProgram, makeProject, runProgram, startProgram, type Ran } from '../../support/cli.ts'
import { schemaFaults } from '../../support/json-schema.ts'
import { startGit } from '../../support/loopback-git.ts'
import { startRegistry, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { emptyCache, registryProject, storedFiles } from '../../support/registry-project.ts'
import { contentOf } from '../../support/registry-sources.ts'

let program: string
let registry: LoopbackRegistry
let cache: string

beforeAll(async () => {
  program = await installProgram()
  registry = await startRegistry()
})
afterAll(() => registry.close())
beforeEach(() => {
  cache = emptyCache()
  registry.fault = undefined
  registry.requests.length = 0
})

const environment = () => ({ XDG_CACHE_HOME: cache })

/** Without blocking: the registry is in this process. */
function run(project: string, ...words: readonly string[]): Promise<Ran> {
  return startProgram(program, words, { cwd: project, environment: environment() })
}

function converted(count: number, options?: Parameters<typeof registryProject>[2]): string {
  const project = registryProject(registry, count, options)
  expect(runProgram(program, [], { cwd: project, environment: environment() }).code).toBe(0)
  return project
}

const schema = JSON.parse(readFileSync(new URL('../../../schema/report.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>

test('fetches everything once, says how much, and then finds it complete', async () => {
  const project = converted(20)
  const first = await run(project, 'fetch')
  expect(first).toMatchObject({ code: 0, stdout: '' })
  expect(first.stderr).toBe('fetched 20 sources (60.0 kB); 20 sources in the store, verified\n')
  expect(storedFiles(cache)).toEqual({ count: 20, damaged: [], unfinished: [] })
  expect(registry.requests).toHaveLength(20)
  expect((await run(project, 'fetch')).stderr).toBe('complete: 20 sources in the store, verified\n')
  expect(registry.requests).toHaveLength(20)
})

test('--json has the counts, and the published shape', async () => {
  const project = converted(3)
  const reports = [await run(project, 'fetch', '--json'), await run(project, 'fetch', '--json', '--all-systems')]
  const [first, again] = reports.map(({ stdout }): unknown => JSON.parse(stdout))
  expect(first).toMatchObject({ command: 'fetch', exitCode: 0, sources: 3, fetched: 3, bytes: 9000 })
  expect(first).toMatchObject({ store: join(cache, 'lock2build'), systems: [expect.stringMatching(/^\w+-\w+$/)] })
  expect(again).toMatchObject({ sources: 3, fetched: 0, bytes: 0, systems: { length: 4 } })
  for (const report of [first, again]) expect(schemaFaults(schema, report)).toEqual([])
})

test('packages of other systems are fetched with --all-systems only', async () => {
  const project = converted(3, {
    change: (entry, name) => (name === 'pkg-2' ? { ...entry, optional: true, os: ['aix'], cpu: ['ppc64'] } : entry),
  })
  await run(project, 'fetch')
  const ofThisMachine = storedFiles(cache).count
  expect(ofThisMachine).toBe(2)
})

test('a missing spec and a stale one are said to be so, with what to type, before anything is fetched', async () => {
  const project = registryProject(registry, 2)
  const missing = await run(project, 'fetch')
  expect(missing.code).toBe(3)
  expect(missing.stderr).toMatch(/spec\.json\n {2}stale: it is not there\n {2}hint: run `lock2build`/)
  runProgram(program, [], { cwd: project, environment: environment() })
  const lock = join(project, 'package-lock.json')
  writeFileSync(lock, readFileSync(lock, 'utf8').replace('/pkg-1-1.0.0.tgz', '/pkg-1-other.tgz'))
  const stale = await run(project, 'fetch')
  expect(stale.code).toBe(3)
  expect(stale.stderr).toMatch(/stale: it is not what the lock file gives now\n {2}hint: run `lock2build`/)
  expect(registry.requests).toEqual([])
})

test('lock2build/ alone is enough', async () => {
  const project = converted(2)
  for (const file of ['package.json', 'package-lock.json', 'default.nix']) rmSync(join(project, file))
  expect((await run(project, 'fetch')).code).toBe(0)
  expect(storedFiles(cache).count).toBe(2)
})

test('where there is neither lock file nor spec, that is said', async () => {
  expect(await run(makeProject({}), 'fetch')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^nothing-here/) })
})

test('offline, what is missing is listed, and nothing is asked for', async () => {
  const project = converted(3)
  const { code, stderr } = await run(project, 'fetch', '--offline')
  expect(code).toBe(6)
  for (const name of ['pkg-0', 'pkg-1', 'pkg-2']) expect(stderr).toContain(`network-needed: "${name}@1.0.0"`)
  expect(registry.requests).toEqual([])
})

test('a damaged source is fetched again; offline it is missing', async () => {
  const project = converted(3)
  await run(project, 'fetch')
  const folder = join(cache, 'lock2build/sources/file/sha512')
  const [damaged = ''] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.length > 100)
  const damage = () => {
    chmodSync(join(folder, damaged), 0o644)
    appendFileSync(join(folder, damaged), 'x')
  }
  damage()
  expect((await run(project, 'fetch')).stderr).toContain('fetched 1 source ')
  damage()
  expect((await run(project, 'fetch', '--offline')).code).toBe(6)
  expect(storedFiles(cache)).toEqual({ count: 2, damaged: [], unfinished: [] })
})

test('what a mirror has is taken only when its bytes are right, and nothing else is asked', async () => {
  const project = converted(3)
  const mirror = join(project, 'mirror')
  await run(project, 'fetch', '--mirror', mirror)
  const before = registry.requests.length
  cache = emptyCache()
  expect((await run(project, 'fetch', '--from', mirror)).stderr).toContain('fetched 3 sources; ')
  cache = emptyCache()
  const [first = '', second = ''] = readdirSync(join(mirror, 'sha512'))
  rmSync(join(mirror, 'sha512', first))
  chmodSync(join(mirror, 'sha512', second), 0o644)
  appendFileSync(join(mirror, 'sha512', second), 'x')
  const { code, stderr } = await run(project, 'fetch', '--from', mirror)
  expect(code).toBe(5)
  expect(stderr).toContain('integrity-mismatch')
  expect(stderr).toContain('the mirror does not have it')
  expect(storedFiles(cache)).toEqual({ count: 1, damaged: [], unfinished: [] })
  expect(registry.requests).toHaveLength(before)
})

test('git commits and archives of the project come into the store, too', async () => {
  const git = await startGit()
  try {
    const rev = await git.commit('dep', {
      'package.json': '{"name":"dep","version":"1.0.0"}',
      'run.sh': { content: 'x', mode: 0o755 },
    })
    const project = registryProject(registry, 3, {
      change: (entry, name) => {
        if (name === 'pkg-1') return { version: '1.0.0', resolved: `git+${git.httpUrl('dep')}#${rev}` }
        return name === 'pkg-2' ? { ...entry, resolved: 'file:vendor/pkg-2.tgz' } : entry
      },
    })
    mkdirSync(join(project, 'vendor'))
    writeFileSync(join(project, 'vendor/pkg-2.tgz'), contentOf(2))
    expect(await run(project)).toMatchObject({ code: 0 })
    expect((await run(project, 'fetch')).stderr).toContain('3 sources in the store, verified')
    const trees = join(cache, 'lock2build/sources/tree/sha256')
    const files = readdirSync(trees, { recursive: true, encoding: 'utf8' }).map((path) =>
      path.split('/').slice(2).join('/'),
    )
    expect(files.filter((path) => path !== '').sort()).toEqual(['package.json', 'run.sh'])
    const requests = git.requests.length
    expect((await run(project, 'fetch')).code).toBe(0)
    expect(git.requests).toHaveLength(requests)
  } finally {
    await git.close()
  }
}, 60_000)

test('a token of .npmrc goes to its registry', async () => {
  const project = converted(1)
  writeFileSync(join(project, '.npmrc'), `registry=${registry.url}\n//127.0.0.1:${registry.port}/:_authToken=geheim\n`)
  const { code, stderr, stdout } = await run(project, 'fetch', '--json')
  expect(code).toBe(0)
  expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer geheim'])
  expect(stderr + stdout).not.toContain('geheim')
})

test('two runs at once both end well', async () => {
  const project = converted(60)
  const both = await Promise.all([run(project, 'fetch'), run(project, 'fetch')])
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  expect(storedFiles(cache)).toEqual({ count: 60, damaged: [], unfinished: [] })
})

test('where nothing can be written, neither in the cache nor in the temporary directory, that is said', async () => {
  const project = converted(2)
  for (const path of [project, cache, dirname(program)]) chmodSync(path, 0o755)
  const closed = join(cache, 'closed')
  mkdirSync(closed, { mode: 0o555 })
  const { code, stderr } = await new Promise<Ran>((done) => {
    const child = execFile(
      process.execPath,
      [program, 'fetch'],
      {
        cwd: project,
        env: cleanEnvironment({
          XDG_CACHE_HOME: closed,
          HOME: closed,
          TMPDIR: closed,
          npm_config_globalconfig: join(closed, 'npmrc'),
        }),
        encoding: 'utf8',
        ...(process.getuid?.() === 0 && { uid: 65534, gid: 65534 }),
      },
      (_, stdout, stderr) => done({ code: child.exitCode, stdout, stderr }),
    )
  })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^\S*closed\S*\n {2}io: /)
  expect(stderr).toContain('hint: check the permissions')
})

const tmpfs = ['unshare', '--user', '--map-root-user', '--mount'] as const
const canMount = spawnSync(tmpfs[0], [...tmpfs.slice(1), 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0

test.runIf(canMount)(
  'a full disk is one problem with what to do, and what fitted is kept for the next run',
  async () => {
    const project = converted(40, { size: 100_000 })
    const script = `mount -t tmpfs -o size=1500k none "$XDG_CACHE_HOME" && "$@"; code=$?
    find "$XDG_CACHE_HOME/lock2build/sources" -type f | wc -l; find "$XDG_CACHE_HOME"/lock2build/tmp -type f | wc -l; exit $code`
    const { code, stderr, stdout } = await new Promise<Ran>((done) => {
      const words = [...tmpfs.slice(1), 'sh', '-c', script, 'sh', process.execPath, program, 'fetch']
      const child = execFile(
        tmpfs[0],
        words,
        { cwd: project, env: cleanEnvironment(environment()), encoding: 'utf8' },
        (_, stdout, stderr) => done({ code: child.exitCode, stdout, stderr }),
      )
    })
    expect(code).toBe(1)
    expect(stderr).toContain('no space left')
    expect(stderr).toContain('hint: the disk is full: free some space')
    expect(stderr.match(/\bio: /g)).toHaveLength(1)
    const [kept, left] = stdout.trim().split('\n').map(Number)
    expect(kept).toBeGreaterThan(0)
    expect(left).toBe(0)
  },
)
