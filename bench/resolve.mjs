// Resolving a project of 1,700 packages without a lock file, from a registry on loopback that answers after 40 ms: `lock2build resolve`
// against `npm install --package-lock-only` of the same resolver, both with an empty cache and again with a full one, and node2nix.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from '../scripts/load-typescript.mjs'
import { keptDirectory } from '../scripts/scratch.mjs'
import { measure, ms, times, verdict } from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'dist/lock2build.mjs')
const { NPM_VERSION } = await loadTypeScript('converters/node/resolve/npm-options.ts')
const scratch = mkdtempSync(join(tmpdir(), 'bench-resolve-'))
const caches = { ours: join(scratch, 'cache-ours'), npm: join(scratch, 'cache-npm') }
const registry = await startRegistry(40)

const npm = join(installed(`npm@${NPM_VERSION}`), 'npm/bin/npm-cli.js')
const npmWords = [
  'install',
  '--package-lock-only',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--cache',
  caches.npm,
]
// What is remembered of whole resolutions is left out once: then only the documents are there.
const notes = join(caches.ours, 'lock2build/resolutions')
const ours = project('ours', [program, 'resolve', '--quiet', '--registry', registry], caches.ours)
const theirs = project('npm', [npm, ...npmWords, '--registry', registry], caches.npm)

// The first round is not counted: it fills the mirror.
const cold = measure({ ours: ours(true), npm: theirs(true) }, 3)
const forgetful = {
  ...ours(false),
  before: () => (ours(false).before(), rmSync(notes, { recursive: true, force: true })),
}
const warm = measure({ ours: ours(false), 'ours, documents alone': forgetful, npm: theirs(false) }, 3)
if (lockOf('ours') !== lockOf('npm')) throw new Error('the two lock files differ')

console.log('resolving 1,700 packages, the registry 40 ms away (medians of 3; wall time, CPU time):')
for (const [name, figures] of Object.entries({ cold, warm })) {
  for (const [who, { wall, cpu, memory }] of Object.entries(figures))
    console.log(`  ${name} ${who}: ${ms(wall)}, ${ms(cpu)}, ${memory.toFixed(0)} MiB`)
}
const ratio = cold.npm.wall / cold.ours.wall
verdict('npm ÷ ours, empty cache', times(ratio), 'at least 1×', ratio >= 1)
const again = cold.ours.wall / warm.ours.wall
verdict('empty ÷ full cache, ours', times(again), 'at least 3×', again >= 3)
const old = node2nix()
verdict('node2nix ÷ ours, empty cache', times(old / cold.ours.wall), 'at least 10×', old / cold.ours.wall >= 10)
rmSync(scratch, { recursive: true, force: true })

function project(name, words, cache) {
  const cwd = join(scratch, name)
  cpSync(join(root, 'test/resolve-projects/large'), cwd, { recursive: true })
  return (isCold) => ({
    command: [process.execPath, ...words],
    cwd,
    env: { XDG_CACHE_HOME: cache, npm_config_update_notifier: 'false' },
    before: () => {
      rmSync(join(cwd, 'package-lock.json'), { force: true })
      if (isCold) rmSync(cache, { recursive: true, force: true })
    },
  })
}

function lockOf(name) {
  return readFileSync(join(scratch, name, 'package-lock.json'), 'utf8')
}

async function startRegistry(latency) {
  const words = [join(root, 'bench/mirror.mjs'), keptDirectory('registry-mirror'), String(latency)]
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [first] = await once(child.stdout, 'data')
  child.stdout.resume()
  child.unref()
  process.on('exit', () => child.kill())
  return first.toString().split('\n')[0]
}

/** The folder that holds a package of the registry. */
function installed(archive) {
  const folder = join(keptDirectory('package-managers'), archive)
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true })
    run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', archive], folder)
  }
  return join(folder, 'node_modules')
}

/** Milliseconds, once: it takes minutes. It stops at the 600th second. */
function node2nix() {
  const cwd = join(scratch, 'node2nix')
  cpSync(join(root, 'test/resolve-projects/large'), cwd, { recursive: true })
  const program = join(installed('node2nix@1.11.0'), 'node2nix/bin/node2nix.js')
  const start = performance.now()
  const { status, stderr, error } = spawnSync(
    process.execPath,
    [program, '-d', '--registry', registry.replace(/\/$/, '')],
    {
      cwd,
      env: { ...process.env, npm_config_cache: join(scratch, 'cache-node2nix') },
      encoding: 'utf8',
      timeout: 600_000,
      maxBuffer: 1e9,
    },
  )
  const taken = performance.now() - start
  const end = error?.code === 'ETIMEDOUT' ? 'not finished' : status === 0 ? 'finished' : `failed: ${stderr.slice(-300)}`
  console.log(`  cold node2nix: ${ms(taken)} (${end})`)
  if (end.startsWith('failed')) throw new Error(end)
  return taken
}

function run(command, words, cwd) {
  const { status, stderr } = spawnSync(command, words, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')} failed:\n${stderr}`)
}
