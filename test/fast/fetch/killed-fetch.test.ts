/** `lock2build fetch` ended at any moment: nothing in the store is half, and the next run fetches only the rest. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cleanEnvironment, installProgram, runProgram, startProgram } from '../../support/cli.ts'
import { startRegistry, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { emptyCache, registryProject, storedFiles } from '../../support/registry-project.ts'

const COUNT = 40
let program: string
let registry: LoopbackRegistry
let project: string

beforeAll(async () => {
  program = await installProgram()
  registry = await startRegistry()
  project = registryProject(registry, COUNT, { size: 200_000 })
  expect(runProgram(program, [], { cwd: project }).code).toBe(0)
})
afterAll(() => registry.close())

/** `requests`: it is ended a few milliseconds after so many. Gives the exit code, or the signal. */
async function endedRun(cache: string, signal: NodeJS.Signals, requests: number, later: number) {
  registry.requests.length = 0
  const child = spawn(process.execPath, [program, 'fetch', '--quiet'], {
    cwd: project,
    env: cleanEnvironment({ XDG_CACHE_HOME: cache }),
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  while (registry.requests.length < requests && child.exitCode === null) await sleep(1)
  await sleep(later)
  child.kill(signal)
  const [code, by] = (await ended) as [number | null, NodeJS.Signals | null]
  return code ?? by
}

const expected = { SIGINT: 130, SIGTERM: 143, SIGKILL: 'SIGKILL' } as const
const signals = Object.keys(expected) as (keyof typeof expected)[]

test('at 50 moments, by SIGINT, SIGTERM and SIGKILL', async () => {
  let cache = emptyCache()
  let interrupted = 0
  for (let round = 0; round < 50; round++) {
    const signal = signals[round % signals.length] ?? 'SIGKILL'
    const before = storedFiles(cache).count
    const end = await endedRun(cache, signal, round % 7, Math.random() * 12)
    const stored = storedFiles(cache)
    expect(stored.damaged).toEqual([])
    expect(stored.count).toBeGreaterThanOrEqual(before)
    // Before it listens, a signal ends it the kernel's way; after it has fetched everything there is nothing to interrupt.
    expect([expected[signal], signal, 0]).toContain(end)
    if (end === expected[signal] && stored.count > 0 && stored.count < COUNT) interrupted += 1
    if (stored.count < COUNT && round % 5 !== 4) continue
    registry.requests.length = 0
    const { code, stderr } = await startProgram(program, ['fetch'], {
      cwd: project,
      environment: { XDG_CACHE_HOME: cache },
    })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    // Requests of the run that was ended may still be on their way: they are for the same files.
    expect(new Set(registry.requests.map(({ path }) => path)).size).toBe(COUNT - stored.count)
    expect(storedFiles(cache)).toEqual({ count: COUNT, damaged: [], unfinished: [] })
    cache = emptyCache()
  }
  expect(interrupted).toBeGreaterThan(0)
}, 120_000)

test('while another one goes on, which is not disturbed', async () => {
  const cache = emptyCache()
  const going = startProgram(program, ['fetch'], { cwd: project, environment: { XDG_CACHE_HOME: cache } })
  for (const signal of signals) await endedRun(cache, signal, 5, 2)
  expect((await going).code).toBe(0)
  expect(storedFiles(cache)).toMatchObject({ count: COUNT, damaged: [] })
})
