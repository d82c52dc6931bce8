/**
 * Where the time of a conversion goes, summed over many runs, since one is too short to say. Usage:
 *   npm run profile -- path/to/project                      functions by their own time, and by that of what they call, too
 *   npm run profile -- path/to/project --runs 40 --rows 30
 *   npm run profile -- path/to/project --keep               the last spec stays: a conversion whose pins are known
 *   npm run profile -- path/to/project --instructions       how many instructions, above node's own start (needs valgrind)
 * Instructions are what two versions are compared by on a machine that is never quiet: they repeat within two hundredths.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { useScratch } from './scratch.mjs'

const cli = fileURLToPath(new URL('../dist/lock2build.cjs', import.meta.url))
const { values, positionals } = parseArgs({
  options: {
    runs: { type: 'string', default: '20' },
    rows: { type: 'string', default: '40' },
    keep: { type: 'boolean', default: false },
    instructions: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const [source] = positionals
if (source === undefined) {
  process.stderr.write(
    'usage: npm run profile -- <project directory> [--runs N] [--rows N] [--keep] [--instructions]\n',
  )
  process.exit(2)
}
const scratch = useScratch()
const project = join(scratch, 'project')
cpSync(source, project, { recursive: true, filter: (path) => !['node_modules', '.git'].includes(basename(path)) })
// The first one keeps the compiled program, and what a look-up found.
convert([])
if (values.instructions) countInstructions()
else printProfile()

function convert(before) {
  if (!values.keep) rmSync(join(project, 'lock2build'), { recursive: true, force: true })
  return run([...before, process.execPath, cli, '-C', project])
}

function run([command, ...args]) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] })
  if (status === 0) return stderr
  process.stderr.write(`${command} ${args.join(' ')}\n${stderr ?? ''}${error ?? ''}\n`)
  process.exit(1)
}

function countInstructions() {
  const valgrind = ['valgrind', '--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null']
  // V8 keeps code for one kind of processor, and valgrind's is another.
  convert(valgrind)
  const whole = readCount(convert(valgrind))
  const start = readCount(run([...valgrind, process.execPath, '-e', '0']))
  const [all, own, ours] = [whole, start, whole - start].map((count) => (count / 1e6).toFixed(0))
  process.stdout.write(`${all} million instructions; without the ${own} of node's own start: ${ours}\n`)
}

function readCount(stderr) {
  return Number(/I\s+refs:\s+([\d,]+)/.exec(stderr)[1].replaceAll(',', ''))
}

/** The format is that of the DevTools protocol: https://chromedevtools.github.io/devtools-protocol/v8/Profiler/#type-Profile */
function printProfile() {
  const runs = Number(values.runs)
  const profiles = join(scratch, 'profiles')
  mkdirSync(profiles)
  const sampled = ['--cpu-prof', '--cpu-prof-interval=100', `--cpu-prof-dir=${profiles}`]
  for (let at = 0; at < runs; at++) {
    if (!values.keep) rmSync(join(project, 'lock2build'), { recursive: true, force: true })
    run([process.execPath, ...sampled, cli, '-C', project])
  }
  const own = new Map()
  const whole = new Map()
  for (const file of readdirSync(profiles)) addTimes(JSON.parse(readFileSync(join(profiles, file), 'utf8')), own, whole)
  printTable('own time', own, runs)
  printTable('with what it calls', whole, runs)
}

function addTimes({ nodes, samples, timeDeltas }, own, whole) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const times = new Map()
  samples.forEach((id, at) => times.set(id, (times.get(id) ?? 0) + timeDeltas[at]))
  const add = (node, callers) => {
    const name = nameOf(node.callFrame)
    const isOutermost = !callers.has(name)
    const inside = isOutermost ? new Set(callers).add(name) : callers
    const time = times.get(node.id) ?? 0
    own.set(name, (own.get(name) ?? 0) + time)
    const total = (node.children ?? []).reduce((sum, id) => sum + add(byId.get(id), inside), time)
    if (isOutermost) whole.set(name, (whole.get(name) ?? 0) + total)
    return total
  }
  add(nodes[0], new Set())
}

function nameOf({ functionName, url, lineNumber }) {
  return `${functionName || '(nameless)'} ${basename(url)}:${lineNumber + 1}`
}

function printTable(title, times, runs) {
  process.stdout.write(`${title}, ms per run:\n`)
  const rows = [...times].sort(([, a], [, b]) => b - a).slice(0, Number(values.rows))
  for (const [name, time] of rows) process.stdout.write(`${(time / 1000 / runs).toFixed(2).padStart(8)}  ${name}\n`)
}
