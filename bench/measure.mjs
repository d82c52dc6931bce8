// Measures whole processes in turns (A B A B …) and compares medians, so that a drifting machine does not decide.
// Node children can report their own CPU time and peak memory through a hook on exit; other commands have wall time only.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { useScratch } from '../scripts/scratch.mjs'

// What a benchmark makes in the temporary directory goes with the run.
useScratch()

/**
 * Certificates that a machine adds to node's own are read at each start, which can take as long as the start itself: only what
 * asks the registry gets them.
 */
export const { NODE_EXTRA_CA_CERTS: _, ...offline } = process.env

const hook = fileURLToPath(new URL('report-usage.cjs', import.meta.url))

/**
 * Runs each command `rounds` times, in turns, after one warm-up each (or as many as said).
 * @param {Record<string, {command: string[], cwd?: string, env?: object, asksRegistry?: boolean, before?: () => void}>} candidates
 * @returns {Record<string, {wall: number, cpu: number, memory: number}>} medians: ms, ms (first process only), MiB
 */
export function measure(candidates, rounds = 7, warmUps = 1) {
  return runInTurns(candidates, { rounds, warmUps, isReporting: true })
}

/** As measure, but the wall clock alone: the hook costs each node process, and each of its threads, some of it. */
export function measureWall(candidates, rounds = 7) {
  return runInTurns(candidates, { rounds, warmUps: 1, isReporting: false })
}

function runInTurns(candidates, { rounds, warmUps, isReporting }) {
  const names = Object.keys(candidates)
  const samples = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -warmUps; round < rounds; round++) {
    for (const name of names) {
      const sample = measureOnce(name, candidates[name], isReporting)
      if (round >= 0) samples[name].push(sample)
    }
  }
  const keys = isReporting ? ['wall', 'cpu', 'memory'] : ['wall']
  return Object.fromEntries(
    names.map((name) => [name, Object.fromEntries(keys.map((key) => [key, median(samples[name].map((s) => s[key]))]))]),
  )
}

function measureOnce(name, { command, cwd, env, asksRegistry = false, before }, isReporting) {
  before?.()
  const scratch = mkdtempSync(join(tmpdir(), 'bench-'))
  const usage = join(scratch, 'usage')
  const output = openSync(join(scratch, 'output'), 'w')
  const start = process.hrtime.bigint()
  const { status } = spawnSync(command[0], command.slice(1), {
    cwd,
    env: {
      ...(asksRegistry ? process.env : offline),
      ...env,
      ...(isReporting ? { BENCH_USAGE: usage, NODE_OPTIONS: `--require=${JSON.stringify(hook)}` } : {}),
    },
    stdio: ['ignore', output, output],
  })
  const wall = Number(process.hrtime.bigint() - start) / 1e6
  closeSync(output)
  if (status !== 0)
    throw new Error(`${name} failed (${status}):\n${readFileSync(join(scratch, 'output'), 'utf8').slice(-2000)}`)
  const [cpu, memory] = JSON.parse(readUsage(usage))
  rmSync(scratch, { recursive: true, force: true })
  return { wall, cpu: cpu / 1000, memory: memory / 1024 }
}

// The last line is the outermost process: children exit before it.
function readUsage(file) {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').at(-1)
  } catch {
    return '[0, 0]'
  }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/** One line of a result: what is measured, the figure, the promise, and whether it is kept. */
export function verdict(what, figure, promise, kept) {
  console.log(`${kept ? 'ok  ' : 'MISS'} ${what}: ${figure} (promise: ${promise})`)
  if (!kept) process.exitCode = 1
}

export const ms = (value) => `${value.toFixed(0)} ms`
export const times = (value) => `${value.toFixed(2)}×`
