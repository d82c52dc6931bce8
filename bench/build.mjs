// node_modules of 600 packages by the embedded builder, against `npm ci --offline` with a warm cache and against `bun install` with a
// warm cache; and a build that has nothing to do, against node's own start. Sources come from the registry once and are kept.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keptDirectory } from '../scripts/scratch.mjs'
import { asideIn } from './aside.mjs'
import { measureWall, ms, times, verdict } from './measure.mjs'

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
  BUN_INSTALL_CACHE_DIR: join(kept, 'bun-cache'),
}

const [own, npms, buns] = ['own', 'npm', 'bun'].map((name) => copyProject('toolchain', name))
const large = copyProject('react-scripts', 'large')
const bun = installBun()
run([process.execPath, npm, 'ci', '--prefer-offline'], npms)
if (bun !== undefined) run([bun, 'install'], buns)
build(own)
build(large)
// What changed just now is looked at in full.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3500)
build(large)

const command = [process.execPath, program, 'build', '--with', 'embedded', '-A', 'nodeModules', '--quiet']
// Each pair by itself: what one leaves for the disk to write would be counted to the next.
if (bun === undefined) console.log('  there is no bun for this machine in the registry')
else {
  const ratio = compare(
    { 'from unpacked packages': { command, cwd: own, env, before: () => forget('builds', 'stamps') } },
    { 'bun install': { command: [bun, 'install'], cwd: buns, env, before: () => forgetModules(buns) } },
  )
  verdict('embedded build from unpacked packages ÷ bun install', times(ratio), 'at most 2×', ratio <= 2)
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

function forget(...names) {
  for (const name of names) setAside(join(store, name))
}

function forgetModules(folder) {
  setAside(join(folder, 'node_modules'))
}

// As published for this machine; undefined where there is none.
function installBun() {
  const folder = join(kept, 'bun')
  const cpu = process.arch === 'arm64' ? 'aarch64' : 'x64'
  const name = `@oven/bun-${process.platform}-${cpu}`
  const file = join(folder, 'node_modules', name, 'bin/bun')
  if (existsSync(file)) return file
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const { status } = spawnSync(process.execPath, [npm, 'install', '--force', name], {
    cwd: folder,
    env: { ...process.env, ...env },
  })
  return status === 0 && existsSync(file) ? file : undefined
}

function run([command, ...args], cwd) {
  const { status, stderr } = spawnSync(command, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}
