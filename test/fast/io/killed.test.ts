/** Processes that are killed while they save or hold a project: what they leave, and that the next run copes. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ownIdentity, printIdentity, type ProcessIdentity } from '../../../src/io/process-identity.ts'
import { lockProject } from '../../../src/io/project-lock.ts'
import { saveAll } from '../../../src/io/save.ts'
import type { OutputFile } from '../../../src/model/output-file.ts'
import { bundleForChild } from '../../support/bundle-for-child.ts'
import { problemsOf } from '../../support/problems-of.ts'

let dir: string
let cache: string
const children: ChildProcess[] = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'killed-'))
  cache = mkdtempSync(join(tmpdir(), 'killed-cache-'))
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const path of [dir, cache]) rmSync(path, { recursive: true, force: true })
})

function start(code: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [bundleForChild(code, import.meta.dirname), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

const names = ['spec.json', 'a.nix', 'b.nix', 'c.nix']

function version(number: number): readonly OutputFile[] {
  const body = `${number}\n`.repeat(20_000)
  const text = (name: string) => (name === 'spec.json' ? `{"lock2build":1,"body":${JSON.stringify(body)}}` : body)
  return names.map((name) => ({ path: `lock2build/${name}`, text: text(name), owner: 'lock2build' }))
}

const saving = `
import { saveAll } from '../../../src/io/save.ts'
const names = ${JSON.stringify(names)}
${version.toString()}
for (let number = 1; ; number++) {
  saveAll(process.argv[2], version(number))
  process.stdout.write(number + '\\n')
}`

/** The version a file is of, if it is whole. */
function versionOf(name: string): number | undefined {
  const text = readFileSync(join(dir, 'lock2build', name), 'utf8')
  const number = Number(/\d+(?=\\n|\n)/.exec(text.slice(text.indexOf('body') + 1))?.[0])
  return version(number).some((file) => file.path.endsWith(name) && file.text === text) ? number : undefined
}

test('a run killed at any moment leaves whole files of two neighbouring versions, and the next run completes them', async () => {
  for (let round = 0; round < 12; round++) {
    const child = start(saving, dir)
    await once(child.stdout!, 'data')
    await sleep((round * 7) % 40)
    await kill(child)
    const versions = names.map(versionOf)
    expect(versions).not.toContain(undefined)
    const found = versions.filter((number) => number !== undefined)
    expect(Math.max(...found) - Math.min(...found)).toBeLessThanOrEqual(1)
    // Renames happen in order, so the files of the later version come first.
    expect(found).toEqual([...found].sort((a, b) => b - a))
    saveAll(dir, version(0))
    expect(names.map(versionOf)).toEqual([0, 0, 0, 0])
    expect(readdirSync(join(dir, 'lock2build')).sort()).toEqual([...names].sort())
  }
})

const holding = `
import { lockProject } from '../../../src/io/project-lock.ts'
lockProject(process.argv[2], process.argv[3])
process.stdout.write('held\\n')
setInterval(() => {}, 1000)`

test('a project is busy while another process holds it, and free when that is killed', async () => {
  const child = start(holding, dir, cache)
  await once(child.stdout!, 'data')
  const [problem] = await problemsOf(() => lockProject(dir, cache))
  expect(problem).toMatchObject({ code: 'busy', message: expect.stringContaining(`process ${child.pid} on`) })
  await kill(child)
  lockProject(dir, cache).release()
})

test('a project is free after release, and busy for the same process before it', async () => {
  const first = lockProject(dir, cache)
  expect(await problemsOf(() => lockProject(dir, cache))).toMatchObject([{ code: 'busy' }])
  first.release()
  first.release()
  const second = lockProject(dir, cache)
  first.release()
  expect(await problemsOf(() => lockProject(dir, cache))).toMatchObject([{ code: 'busy' }])
  second.release()
  expect(readdirSync(dir)).toEqual([])
})

/** The lock's directory, in which the name of who has it stands. */
function findLock(): string {
  const [name = ''] = readdirSync(join(cache, 'locks'))
  return join(cache, 'locks', name)
}

/** What a process that is not ours would have left there. */
function leaveBehind(at: string, change: Partial<ProcessIdentity>): string {
  const name = `0123456789abcdef-${printIdentity({ ...ownIdentity(), ...change })}`
  mkdirSync(join(at.replace('*', name), name), { recursive: true })
  return name
}

test('a project is free when the pid of who had it is another process’s by now, and when nobody is in the lock', () => {
  const held = lockProject(dir, cache)
  const lock = findLock()
  held.release()
  expect(readdirSync(join(cache, 'locks'))).toEqual([])
  leaveBehind(lock, { start: '1.0' })
  lockProject(dir, cache).release()
  leaveBehind(lock, { start: `${ownIdentity().start.split('.')[0]}.0` })
  lockProject(dir, cache).release()
  mkdirSync(lock)
  lockProject(dir, cache).release()
  expect(readdirSync(join(cache, 'locks'))).toEqual([])
})

test('a project is busy when who has it is on another host or in another container, or not understood', async () => {
  const held = lockProject(dir, cache)
  const lock = findLock()
  held.release()
  for (const host of ['another-host', `${hostname()}/1`]) {
    const name = leaveBehind(lock, { host, start: '1.0' })
    const [problem] = await problemsOf(() => lockProject(dir, cache))
    const message = expect.stringContaining(`process ${process.pid} on "${host}"`)
    expect(problem).toMatchObject({ code: 'busy', message, hint: expect.stringContaining(lock) })
    rmSync(join(lock, name), { recursive: true })
  }
  mkdirSync(join(lock, 'rubbish'))
  const [problem] = await problemsOf(() => lockProject(dir, cache))
  expect(problem).toMatchObject({ code: 'busy', message: expect.stringContaining('another run') })
})

test('what a run prepared that was killed before it had the lock is removed, and not what a living one prepares', () => {
  const held = lockProject(dir, cache)
  const prepared = findLock().replace(/lock$/, '*')
  held.release()
  leaveBehind(prepared, { start: '1.0' })
  const living = leaveBehind(prepared, {})
  lockProject(dir, cache).release()
  expect(readdirSync(join(cache, 'locks'))).toEqual([expect.stringContaining(living)])
})

const taking = `
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { lockProject } from '../../../src/io/project-lock.ts'
import { ProblemError } from '../../../src/problem.ts'
const [, , dir, cache, log] = process.argv
for (let taken = 0; taken < 30; ) {
  try {
    const lock = lockProject(dir, cache)
    appendFileSync(log, '+')
    if (taken % 2 === 0) await sleep(1)
    appendFileSync(log, '-')
    taken++
    if (taken === 30) process.kill(process.pid, 'SIGKILL')
    lock.release()
  } catch (error) {
    if (!(error instanceof ProblemError) || error.problems[0].code !== 'busy') throw error
  }
  await sleep(1)
}`

test('of many processes that want a project, some of them killed, never two have it', async () => {
  const log = join(cache, 'log')
  appendFileSync(log, '')
  await Promise.all(Array.from({ length: 5 }, () => once(start(taking, dir, cache, log), 'exit')))
  expect(readFileSync(log, 'utf8')).toBe('+-'.repeat(5 * 30))
})

test('somebody without permission to write gets an io problem, and may still look', (context) => {
  if (process.getuid?.() !== 0) return context.skip()
  saveAll(dir, version(1))
  chmodSync(dir, 0o755)
  const code = `
import { saveAll, wouldChange } from '../../../src/io/save.ts'
import { ProblemError } from '../../../src/problem.ts'
const names = ${JSON.stringify(names)}
${version.toString()}
const paths = wouldChange(process.argv[2], version(2)).map((change) => change.path)
try {
  saveAll(process.argv[2], version(2))
} catch (error) {
  if (!(error instanceof ProblemError)) throw error
  console.log(JSON.stringify([paths.length, error.problems[0].code, error.problems[0].hint]))
}`
  const file = bundleForChild(code, import.meta.dirname)
  chmodSync(join(file, '..'), 0o755)
  const result = spawnSync(process.execPath, [file, dir], { uid: 65534, gid: 65534, encoding: 'utf8' })
  expect(result.stdout).toBe('[4,"io","check the permissions"]\n')
  expect(names.map(versionOf)).toEqual([1, 1, 1, 1])
})
