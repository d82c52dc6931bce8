// Evaluating the environment of a uv.lock of some 400 packages (0.6 MB): CPU time of nix-instantiate. For locks of that size uv2nix took
// 160 ms to read, resolve and choose wheels, without derivations and without nixpkgs (1.3 MB: 300 ms). Ours makes the derivations, too,
// with a stand-in for nixpkgs that costs next to nothing. Needs the network.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from '../scripts/load-typescript.mjs'
import { lockLarge } from './large-python.mjs'
import { ms, verdict } from './measure.mjs'

const MOST = 160
const ROUNDS = 7
const program = fileURLToPath(new URL('../dist/lock2build.cjs', import.meta.url))

if (spawnSync('nix-instantiate', ['--version']).status === 0) await evaluate()
else console.log('Nix is not installed: nothing to measure')

async function evaluate() {
  const { hostPython, prepareNix, toolPython, uv } = await loadTypeScript(
    'test/support/nix.ts',
    'test/support/python-prefix.ts',
    'test/support/python-tools.ts',
  )
  const scratch = mkdtempSync(join(tmpdir(), 'bench-eval-python-'))
  const [project, cache] = ['project', 'cache'].map((name) => join(scratch, name))
  mkdirSync(project)
  lockLarge(project, join(dirname(toolPython(uv)), 'uv'))
  run([process.execPath, program, '-C', project, '--quiet'], { ...process.env, XDG_CACHE_HOME: cache })
  const python = hostPython()
  const { environment } = prepareNix(scratch, { pythons: { python3: python, python311: python } })
  const command = ['nix-instantiate', '--store', join(scratch, 'store'), project, '-A', 'pythonEnv']
  const times = Array.from({ length: ROUNDS + 1 }, () => cpuOf(command, environment)).slice(1)
  const cpu = times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]
  const size = readFileSync(join(project, 'uv.lock')).length / 1e6
  verdict(
    `evaluating pythonEnv of a uv.lock of ${size.toFixed(1)} MB, CPU`,
    ms(cpu),
    `less than ${MOST} ms`,
    cpu < MOST,
  )
}

/** Milliseconds, its own and the kernel's for it. */
function cpuOf(command, env) {
  const printed = run(['bash', '-c', `TIMEFORMAT='%U %S'; time "$@" >/dev/null`, 'bash', ...command], env)
  const [user = 0, system = 0] = printed.trim().split('\n').at(-1).split(' ').map(Number)
  return (user + system) * 1000
}

/** What it says. */
function run([command, ...words], env) {
  const { status, stderr } = spawnSync(command, words, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`)
  return stderr
}
