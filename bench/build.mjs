// node_modules of 600 packages by the embedded builder, against `npm ci --offline` with a warm cache and against `bun install` of two
// releases with a warm cache, also where the kernel has nothing of either in memory (root alone can make it forget); and a build that
// has nothing to do, against node's own start. Sources come from the registry once and are kept.
import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, cpSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from '../scripts/load-typescript.mjs'
import { keptDirectory } from '../scripts/scratch.mjs'
import { asideIn } from './aside.mjs'
import { measureWall, ms, times, verdict } from './measure.mjs'

const { getTool, installTool } = await loadTypeScript('test/support/package-managers.ts')
const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'dist/lock2build.cjs')
const npm = join(dirname(dirname(realpathSync(process.execPath))), 'lib/node_modules/npm/bin/npm-cli.js')
const scratch = mkdtempSync(join(tmpdir(), 'bench-build-'))
const setAside = asideIn(scratch)
const kept = keptDirectory('bench-build')
const cache = join(kept, 'cache')
const store = join(cache, 'lock2build')
const env = {
  XDG_CACHE_HOME: cache,
  npm_config_cache: join(kept, 'npm'),
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
}

const DROP_CACHES = '/proc/sys/vm/drop_caches'
const canForgetFiles = isWritable(DROP_CACHES)

const [own, npms] = ['own', 'npm'].map((name) => copyProject('toolchain', name))
const large = copyProject('react-scripts', 'large')
const buns = ['bun-1.3', 'bun-1.4'].map(prepareBun)
run([process.execPath, npm, 'ci', '--prefer-offline'], npms)
for (const { candidate } of buns) run(candidate.command, candidate.cwd, candidate.env)
build(own)
build(large)
// What changed just now is looked at in full.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3500)
build(large)

const command = [process.execPath, program, 'build', '--with', 'embedded', '-A', 'nodeModules', '--quiet']
// Each pair by itself: what one leaves for the disk to write would be counted to the next.
for (const { name, candidate } of buns) {
  const ratio = compare(
    { 'from unpacked packages': { command, cwd: own, env, before: () => forget('builds', 'stamps') } },
    { [name]: candidate },
  )
  verdict(`embedded build from unpacked packages ÷ bun install, ${name}`, times(ratio), 'at most 2×', ratio <= 2)
  if (!canForgetFiles) continue
  const first = compare(
    {
      'from unpacked packages, first of the day': {
        command,
        cwd: own,
        env,
        before: () => forgetFiles(() => forget('builds', 'stamps')),
      },
    },
    { [`${name}, first of the day`]: { ...candidate, before: () => forgetFiles(candidate.before) } },
  )
  verdict(`the same with nothing of either in memory, ${name}`, times(first), 'at most 2×', first <= 2)
}
const ratio = compare(
  { 'from sources': { command, cwd: own, env, before: () => forget('builds', 'stamps', 'unpacked') } },
  {
    'npm ci': {
      command: [process.execPath, npm, 'ci', '--offline'],
      cwd: npms,
      env,
      before: () => forgetModules(npms),
    },
  },
)
verdict('embedded build of 600 packages ÷ npm ci --offline', times(ratio), 'less than 1×', ratio < 1)

build(large)
const idle = measureWall(
  {
    'nothing to do': { command, cwd: large, env },
    node: { command: [process.execPath, '-e', '0'] },
  },
  9,
)
const above = idle['nothing to do'].wall - idle.node.wall
verdict('nothing to do, 1,200 packages, beyond node itself', ms(above), 'less than 150 ms', above < 150)

function compare(left, right) {
  const result = measureWall({ ...left, ...right }, 5)
  for (const [name, { wall }] of Object.entries(result)) console.log(`  ${name}: ${ms(wall)}`)
  const [first, second] = Object.values(result)
  return first.wall / second.wall
}

function build(cwd) {
  run([process.execPath, program, 'build', '--with', 'embedded', '-A', 'nodeModules', '--quiet'], cwd)
}

function copyProject(name, to) {
  const folder = join(scratch, to)
  cpSync(join(root, 'test/fidelity-projects', name), folder, { recursive: true })
  return folder
}

function prepareBun(name) {
  const { program } = getTool(name)
  const cwd = copyProject('toolchain', name)
  const env = { BUN_INSTALL_CACHE_DIR: join(kept, `cache-${name}`) }
  const command = [join(installTool(getTool(name)), 'node_modules', program), 'install']
  return { name, candidate: { command, cwd, env, before: () => forgetModules(cwd) } }
}

function forget(...names) {
  for (const name of names) setAside(join(store, name))
}

/** The kernel's memory of files: without it programs and packages come from the disk, as for the first command of a day. */
function forgetFiles(before) {
  before()
  execFileSync('sync')
  writeFileSync(DROP_CACHES, '3\n')
}

function isWritable(file) {
  try {
    accessSync(file, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function forgetModules(folder) {
  setAside(join(folder, 'node_modules'))
}

function run([command, ...args], cwd, own = env) {
  const { status, stderr } = spawnSync(command, args, { cwd, env: { ...process.env, ...own }, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}
