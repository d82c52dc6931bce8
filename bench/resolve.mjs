// Resolving a project of 1,700 packages without a lock file, from a registry on loopback that answers after 40 ms: `lock2build resolve`
// against `npm install --package-lock-only` of the same resolver, both with an empty cache and again with a full one, and node2nix.
// Ours is the median of three runs; the others run once: they take minutes.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from '../scripts/load-typescript.mjs'
import { keptDirectory } from '../scripts/scratch.mjs'
import { measure, ms, times, verdict } from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'dist/lock2build.cjs')
const { NPM_VERSION } = await loadTypeScript('converters/node/resolve/npm-options.ts')
const scratch = mkdtempSync(join(tmpdir(), 'bench-resolve-'))
const caches = {
  ours: join(scratch, 'cache-ours'),
  npm: join(scratch, 'cache-npm'),
  node2nix: join(scratch, 'cache-node2nix'),
}
const registry = await startRegistry(40)

const npm = join(installed(`npm@${NPM_VERSION}`), 'npm/bin/npm-cli.js')
const npmWords = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund']
const node2nix = join(installed('node2nix@1.11.0'), 'node2nix/bin/node2nix.js')
// What is remembered of whole resolutions is left out once: then only the documents are there.
const notes = join(caches.ours, 'lock2build/resolutions')
const ours = project('ours', [program, 'resolve', '--quiet', '--registry', registry.url], caches.ours)
const theirs = project('npm', [npm, ...npmWords, '--registry', registry.url], caches.npm)
const old = project('node2nix', [node2nix, '-d', '--registry', registry.url.replace(/\/$/, '')], caches.node2nix)
const withoutNotes = {
  ...ours(false),
  before: () => (ours(false).before(), rmSync(notes, { recursive: true, force: true })),
}

// Our warm-up fills the mirror.
const cold = {
  ...measure({ ours: ours(true) }, 3),
  ...(await measureAlone({ npm: theirs(true), node2nix: old(true) })),
}
const again = { ours: ours(false), 'ours, documents alone': withoutNotes }
const warm = { ...measure(again, 3), ...(await measureAlone({ npm: theirs(false) })) }
if (lockOf('ours') !== lockOf('npm')) throw new Error('the two lock files differ')

console.log('resolving 1,700 packages, the registry 40 ms away (wall time, CPU time, memory):')
for (const [name, figures] of Object.entries({ cold, warm })) {
  for (const [who, { wall, cpu, memory }] of Object.entries(figures))
    console.log(`  ${name} ${who}: ${ms(wall)}, ${ms(cpu)}, ${memory.toFixed(0)} MiB`)
}
const asNpm = cold.npm.wall / cold.ours.wall
verdict('npm ÷ ours, empty cache', times(asNpm), 'at least 1×', asNpm >= 1)
const asNode2nix = cold.node2nix.wall / cold.ours.wall
verdict('node2nix ÷ ours, empty cache', times(asNode2nix), 'at least 10×', asNode2nix >= 10)
const asBefore = cold.ours.wall / warm.ours.wall
verdict('empty ÷ full cache, ours', times(asBefore), 'at least 3×', asBefore >= 3)
rmSync(scratch, { recursive: true, force: true })

/** One run of each, without a warm-up: once more where the mirror had to get something for it. */
async function measureAlone(candidates) {
  const results = {}
  for (const [name, candidate] of Object.entries(candidates)) {
    let before
    do {
      before = await registry.countFetched()
      Object.assign(results, measure({ [name]: candidate }, 1, 0))
    } while ((await registry.countFetched()) !== before)
  }
  return results
}

function project(name, words, cache) {
  const cwd = join(scratch, name)
  cpSync(join(root, 'test/resolve-projects/large'), cwd, { recursive: true })
  return (isCold) => ({
    command: [process.execPath, ...words],
    cwd,
    env: { XDG_CACHE_HOME: cache, npm_config_cache: cache, npm_config_update_notifier: 'false' },
    before: () => {
      rmSync(join(cwd, 'package-lock.json'), { force: true })
      if (isCold) rmSync(cache, { recursive: true, force: true })
    },
  })
}

function lockOf(name) {
  return readFileSync(join(scratch, name, 'package-lock.json'), 'utf8')
}

/** Its URL, and how many answers it had to get from the real one so far. */
async function startRegistry(latency) {
  const words = [join(root, 'bench/mirror.mjs'), keptDirectory('registry-mirror'), String(latency)]
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [first] = await once(child.stdout, 'data')
  let fetched = 0
  child.stdout.on('data', (lines) => (fetched += lines.toString().split('\n').length - 1))
  // It ends with us, and does not keep us from ending.
  for (const each of [child, child.stdin, child.stdout]) each.unref()
  process.on('exit', () => child.kill())
  // Lines that were written while a measured process ran are there after a turn.
  const countFetched = async () => (await wait(100), fetched)
  return { url: first.toString().split('\n')[0], countFetched }
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

function run(command, words, cwd) {
  const { status, stderr } = spawnSync(command, words, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')} failed:\n${stderr}`)
}
