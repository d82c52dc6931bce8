// Building the dependencies of a project of 1,200 packages with Nix, from empty stores: `lock2build fetch --nix` before `nix-build`,
// against `nix-build` that fetches for itself. Both fetch from the registry: needs the network, and minutes. The sources' part of a
// build is what it takes longer than with all sources in the store. With TMPDIR on a RAM disk (not below /dev, which a sandbox of Nix
// does not see, or with LOCK2BUILD_TEST_CACHE elsewhere) the disk does not decide.
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from '../scripts/load-typescript.mjs'
import { afterRemovals } from './aside.mjs'
import { times, verdict } from './measure.mjs'

const FASTER = 10
const root = fileURLToPath(new URL('..', import.meta.url))
const program = join(root, 'dist/lock2build.cjs')

if (spawnSync('nix-build', ['--version']).status === 0) await compare()
else console.log('Nix is not installed: nothing to measure')

async function compare() {
  await afterRemovals()
  const scratch = mkdtempSync(join(tmpdir(), 'bench-nix-fetch-'))
  const project = join(scratch, 'project')
  cpSync(join(root, 'test/fidelity-projects/react-scripts'), project, { recursive: true })
  const { prepareNix } = await loadTypeScript('test/support/nix.ts')
  const env = { ...prepareNix(scratch).environment, XDG_CACHE_HOME: join(scratch, 'cache') }
  mkdirSync(env.XDG_CACHE_HOME)
  run([process.execPath, program, '-C', project, '--quiet'], env)
  const build = (store) => ['nix-build', '--no-out-link', '--store', join(scratch, store), '-A', 'nodeModules', project]
  const ours = join(scratch, 'ours')
  const fetch = run([process.execPath, program, '-C', project, 'fetch', '--nix', '--store', ours], env)
  const warm = run(build('ours'), env)
  const alone = run(build('alone'), env)
  report({ fetch, warm, alone })
}

/** Seconds. */
function run(command, env) {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(command[0], command.slice(1), { env, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`${command.join(' ')} failed (${status}):\n${stderr.slice(-3000)}`)
  return Number(process.hrtime.bigint() - start) / 1e9
}

function report({ fetch, warm, alone }) {
  const seconds = (value) => `${value.toFixed(1)} s`
  console.log(`  fetch --nix: ${seconds(fetch)}, then nix-build: ${seconds(warm)}; nix-build alone: ${seconds(alone)}`)
  const sources = (alone - warm) / fetch
  const whole = alone / (fetch + warm)
  verdict('sources: nix-build alone ÷ fetch --nix', times(sources), `at least ${FASTER}×`, sources >= FASTER)
  verdict(
    'as a whole: nix-build alone ÷ (fetch --nix, nix-build)',
    times(whole),
    `at least ${FASTER}×`,
    whole >= FASTER,
  )
}
