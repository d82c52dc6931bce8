/** `lock2build cache`: what it counts, what it finds, and above all what it never removes. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bundleForChild } from '../../support/bundle-for-child.ts'
import { installProgram, makeProject, runProgram, type Ran } from '../../support/cli.ts'
import { schemaFaults } from '../../support/json-schema.ts'
import { emptyCache, storedFiles } from '../../support/registry-project.ts'

let program: string
let cache: string
let root: string

beforeAll(async () => {
  program = await installProgram()
})
beforeEach(() => {
  cache = emptyCache()
  root = join(cache, 'lock2build')
  mkdirSync(root)
})

function run(...words: readonly string[]): Ran {
  return runProgram(program, ['cache', ...words], { environment: { XDG_CACHE_HOME: cache } })
}

function json(...words: readonly string[]): Record<string, unknown> {
  const { stdout, code } = run(...words, '--json')
  const report: unknown = JSON.parse(stdout)
  expect(schemaFaults(schema, report)).toEqual([])
  expect(report).toMatchObject({ command: 'cache', exitCode: code })
  return report as Record<string, unknown>
}

const schema = JSON.parse(readFileSync(new URL('../../../schema/report.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>

/** By hand: this process must not look like one that uses the store. */
function addSource(text: string, days = 0): string {
  const hex = createHash('sha512').update(text).digest('hex')
  const path = join(root, 'sources/file/sha512', hex.slice(0, 2), hex)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode: 0o444 })
  return aged(path, days)
}

function aged(path: string, days: number): string {
  const time = Date.now() / 1000 - days * 24 * 60 * 60 - 60
  utimesSync(path, time, time)
  return path
}

/** As the builder leaves it: read-only, and perhaps with a link to it. */
function addBuild(name: string, link?: string): string {
  const path = join(root, 'builds', createHash('sha256').update(name).digest('hex'))
  mkdirSync(join(path, 'out', 'lib'), { recursive: true })
  writeFileSync(join(path, 'out', 'lib', 'file'), name.repeat(1000), { mode: 0o444 })
  chmodSync(join(path, 'out', 'lib'), 0o555)
  chmodSync(join(path, 'out'), 0o555)
  if (link !== undefined) {
    symlinkSync(join(path, 'out'), link)
    mkdirSync(join(root, 'roots'), { recursive: true })
    symlinkSync(link, join(root, 'roots', createHash('sha256').update(link).digest('hex')))
  }
  return path
}

describe('info', () => {
  test('of a cache that was never used', () => {
    const { code, stdout } = run('info')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^${root}\n {2}archives +0 +0 B\n`))
    expect(json('info')).toMatchObject({ action: 'info', store: root, bytes: 0, held: 0 })
  })

  test('counts sources and builds with their bytes, and which builds are held', () => {
    addSource('hello')
    addSource('world!')
    addBuild('a')
    addBuild('b', join(makeProject({}), 'result'))
    expect(json('info')).toMatchObject({
      kinds: { archives: { count: 2, bytes: 11 }, builds: { count: 2, bytes: 2000 }, commits: { count: 0, bytes: 0 } },
      held: 1,
      bytes: expect.any(Number),
    })
    expect(run('info').stdout).toMatch(/builds +2 +2\.0 kB {2}1 held by links to results\n/)
  })
})

describe('verify', () => {
  test('finds nothing wrong where nothing is', () => {
    addSource('hello')
    expect(run('verify')).toMatchObject({ code: 0, stderr: 'verified: 1 source is what it is called\n' })
    expect(json('verify')).toMatchObject({ checked: 1, damaged: [] })
  })

  test('removes and names what is damaged, and what has no name of ours', () => {
    const good = addSource('hello')
    const damaged = addSource('world!')
    chmodSync(damaged, 0o644)
    appendFileSync(damaged, 'x')
    const stranger = join(root, 'sources/file/sha512/ab/stranger')
    mkdirSync(dirname(stranger), { recursive: true })
    writeFileSync(stranger, '')
    const { code, stderr } = run('verify')
    expect(code).toBe(5)
    for (const path of [damaged, stranger]) expect(stderr).toContain(path.slice(-20))
    expect([good, damaged, stranger].map((path) => existsSync(path))).toEqual([true, false, false])
    expect(run('verify').code).toBe(0)
  })

  test('does not count as use', () => {
    const source = addSource('hello', 40)
    run('verify')
    run('prune')
    expect(existsSync(source)).toBe(false)
  })
})

describe('prune', () => {
  test('removes sources that were not used for 30 days, or for as long as is said', () => {
    const [old, newer, fresh] = [addSource('a', 31), addSource('b', 29), addSource('c')]
    const there = () => [old, newer, fresh].map((path) => existsSync(path))
    expect(json('prune', '--dry-run')).toMatchObject({ dryRun: true, removed: { sources: 1 }, bytes: 1 })
    expect(there()).toEqual([true, true, true])
    expect(run('prune').stderr).toBe('removed 1 source, 0 builds: 1 B\n')
    expect(there()).toEqual([false, true, true])
    expect(run('prune', '--older-than', '4w').stderr).toContain('removed 1 source')
    expect(there()).toEqual([false, false, true])
    run('prune', '--older-than', '0h')
    expect(there()).toEqual([false, false, false])
  })

  test('removes builds that no link leads to, and never one that a link leads to', () => {
    const project = makeProject({})
    const held = addBuild('held', join(project, 'result'))
    const free = addBuild('free')
    const gone = addBuild('gone', join(project, 'result-gone'))
    const replaced = addBuild('replaced', join(project, 'result-2'))
    rmSync(join(project, 'result-gone'))
    rmSync(join(project, 'result-2'))
    symlinkSync(join(held, 'out'), join(project, 'result-2'))
    expect(json('prune')).toMatchObject({ removed: { builds: 3 }, held: 1 })
    expect([held, free, gone, replaced].map((path) => existsSync(path))).toEqual([true, false, false, false])
    expect(readFileSync(join(project, 'result/lib/file'), 'utf8')).toContain('held')
    rmSync(join(project, 'result'))
    rmSync(join(project, 'result-2'))
    expect(json('prune')).toMatchObject({ removed: { builds: 1 }, held: 0 })
  })

  test('removes what killed processes left, and leaves alone what living ones may need', async () => {
    const source = addSource('a', 0)
    const old = addSource('b', 40)
    const build = addBuild('free')
    const dead = join(root, 'tmp', '4194305-1.0-elsewhere')
    mkdirSync(dead, { recursive: true })
    aged(dead, 8)
    const user = spawn(process.execPath, [bundleForChild(using, import.meta.dirname), root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(user.stdout, 'data')
      expect(existsSync(dead)).toBe(false)
      const { stderr } = run('prune', '--older-than', '0h')
      expect(stderr).toContain('removed 1 source, 0 builds: 1 B\n')
      expect(stderr).toContain('1 other process at work: builds and what was used today were left alone')
      expect([source, old, build].map((path) => existsSync(path))).toEqual([true, false, true])
      expect(run('clear')).toMatchObject({ code: 9, stderr: expect.stringContaining(`process ${user.pid} is using`) })
      expect([source, build].map((path) => existsSync(path))).toEqual([true, true])
    } finally {
      const ended = once(user, 'exit')
      user.kill('SIGKILL')
      await ended
    }
    expect(json('prune', '--older-than', '0h')).toMatchObject({ removed: { sources: 1, builds: 1, unfinished: 1 } })
  })

  test.each(['30', 'd', '1.5d', '-1d', '3m', ''])('--older-than %j is refused', (age) => {
    expect(run('prune', `--older-than=${age}`)).toMatchObject({ code: 2, stderr: expect.stringContaining('12h') })
  })

  test('options of one action are refused by the others', () => {
    expect(run('info', '--dry-run').code).toBe(2)
    expect(run('clear', '--older-than', '3d').code).toBe(2)
    expect(run('nonsense').code).toBe(2)
    expect(run().code).toBe(2)
  })
})

const using = `
import { storeSpace } from '../../../src/io/store-space.ts'
storeSpace(process.argv[2]).temporary()
process.stdout.write('begun')
setInterval(() => {}, 1000)
`

describe('clear', () => {
  test('removes everything but builds that links to results lead to', () => {
    const link = join(makeProject({}), 'result')
    const held = addBuild('held', link)
    addBuild('free')
    addSource('a')
    for (const folder of ['pins', 'locks', 'notes-of-tomorrow']) mkdirSync(join(root, folder))
    mkdirSync(join(root, 'logs'))
    writeFileSync(join(root, 'logs', 'x.log'), 'x')
    expect(run('clear', '--dry-run').stderr).toContain('would remove 1 source, 1 build, 1 failure: 4.0 kB')
    expect(storedFiles(cache).count).toBe(1)
    expect(run('clear')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('kept 1 build that links to results'),
    })
    expect(existsSync(join(held, 'out'))).toBe(true)
    expect(['pins', 'locks', 'notes-of-tomorrow'].filter((name) => existsSync(join(root, name)))).toEqual(['locks'])
    expect(readFileSync(join(link, 'lib/file'), 'utf8')).toContain('held')
    rmSync(link)
    run('clear')
    expect(json('info')).toMatchObject({ bytes: 0 })
  })
})
