// Fetching the sources of a project of 1,200 packages from the registry with a cold cache: `lock2build fetch` against `pnpm fetch`,
// `bun install` and `npm ci`, none of which run scripts. The last two have no command that only fetches: they unpack and lay out, too.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keptDirectory } from '../scripts/scratch.mjs'
import { asideIn } from './aside.mjs'
import { measureWall, ms, times, verdict } from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'dist/lock2build.cjs')
const scratch = mkdtempSync(join(tmpdir(), 'bench-fetch-'))
const cache = join(scratch, 'cache')
const setAside = asideIn(scratch)
const fresh = () => {
  setAside(cache)
  mkdirSync(cache)
}

const peers = installPeers()
const candidates = {
  lock2build: candidate('lock2build', [process.execPath, program, 'fetch', '--quiet'], { XDG_CACHE_HOME: cache }),
  ...(peers.bun && {
    'bun install': candidate('bun', [peers.bun, 'install', '--ignore-scripts', '--frozen-lockfile'], {
      BUN_INSTALL_CACHE_DIR: cache,
    }),
  }),
  ...(peers.pnpm && {
    'pnpm fetch': candidate('pnpm', [process.execPath, peers.pnpm, 'fetch', '--store-dir', cache], {}),
  }),
  'npm ci': candidate('npm', ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--cache', cache], {}),
}
run([process.execPath, program, '--quiet'], candidates.lock2build.cwd)
if (peers.pnpm) run([process.execPath, peers.pnpm, 'import'], candidates['pnpm fetch'].cwd)

const result = measureWall(candidates, 3)
console.log('fetching with a cold cache (medians of wall time; the registry and the network are part of it):')
for (const [name, { wall }] of Object.entries(result)) console.log(`  ${name}: ${ms(wall)}`)
const [[fastest, { wall }]] = Object.entries(result)
  .filter(([name]) => name !== 'lock2build')
  .sort(([, a], [, b]) => a.wall - b.wall)
const ratio = wall / result.lock2build.wall
verdict(`${fastest}, the fastest of the others, ÷ ours`, times(ratio), 'at least 1×', ratio >= 1)

const warm = measureWall({
  node: { command: [process.execPath, '-e', '0'] },
  complete: { ...candidates.lock2build, asksRegistry: false, before: undefined },
})
console.log(`  with everything there, verified: ${ms(warm.complete.wall - warm.node.wall)} more than node's own start`)

function candidate(name, command, env) {
  const cwd = join(scratch, name)
  cpSync(join(root, 'test/fidelity-projects/react-scripts'), cwd, { recursive: true })
  const before = () => {
    fresh()
    setAside(join(cwd, 'node_modules'))
  }
  return { command, cwd, env, asksRegistry: true, before }
}

/** Those that cannot be had are left out. bun's own package would run a script to do what naming its platform does. */
function installPeers() {
  const dir = keptDirectory('bench-fetch-peers')
  const platform = `@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`
  const bun = join(dir, 'node_modules', platform, 'bin/bun')
  const pnpm = join(dir, 'node_modules/pnpm/bin/pnpm.cjs')
  if (!existsSync(bun) || !existsSync(pnpm)) {
    writeFileSync(join(dir, 'package.json'), '{"private":true}')
    const { status } = spawnSync('npm', ['install', '--force', platform, 'pnpm@10'], { cwd: dir, stdio: 'ignore' })
    if (status !== 0) console.log('bun and pnpm could not be installed')
  }
  return { bun: works([bun]) ? bun : undefined, pnpm: works([process.execPath, pnpm]) ? pnpm : undefined }
}

function works(command) {
  return spawnSync(command[0], [...command.slice(1), '--version'], { stdio: 'ignore' }).status === 0
}

function run(command, cwd) {
  const { status, stderr } = spawnSync(command[0], command.slice(1), { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command.join(' ')} failed (${status}):\n${stderr.slice(-3000)}`)
}
