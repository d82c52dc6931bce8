// The lock files of yarn, pnpm and Bun, of a project of 1,200 packages: converting them, against node's own start; and installing from
// warm sources without Nix, against the package manager's own frozen install from its warm cache. Needs the network the first time.
//   node bench/managers.mjs [pnpm-9.15 …]     all, or these
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from '../scripts/load-typescript.mjs'
import { keptDirectory } from '../scripts/scratch.mjs'
import { measure, ms, offline, times, verdict } from './measure.mjs'
import { asideIn } from './aside.mjs'

const PROJECT = 'react-scripts'
const ROUNDS = 5
/** Milliseconds of a conversion above node's start; our installation ÷ theirs. */
const promises = [
  { tool: 'yarn-1.22', conversion: 150, layout: 1 },
  { tool: 'bun-1.3', conversion: 150, layout: 1.5 },
  { tool: 'bun-1.4', conversion: 150, layout: 1.5 },
  { tool: 'pnpm-9.15', conversion: 250, layout: 1.5 },
  // Its lock file holds no digest of an archive: a first conversion asks the registry, so the second is measured.
  { tool: 'yarn-4.9', conversion: 250, layout: 1, isPinned: true },
]

const program = fileURLToPath(new URL('../dist/lock2build.cjs', import.meta.url))
const { copyManaged, getTool, runTool } = await loadTypeScript(
  'test/support/manager-fidelity.ts',
  'test/support/package-managers.ts',
)
const scratch = mkdtempSync(join(tmpdir(), 'bench-managers-'))
const setAside = asideIn(scratch)
const ownCache = { XDG_CACHE_HOME: keptDirectory('bench-managers') }
// Between two file systems nothing can be linked, which is what all of them do.
if (statSync(scratch).dev !== statSync(ownCache.XDG_CACHE_HOME).dev)
  console.log('TMPDIR and LOCK2BUILD_TEST_CACHE lie on different file systems: installations cannot be compared')

const wanted = process.argv.slice(2).filter((word) => promises.some(({ tool }) => tool === word))
for (const promise of promises.filter(({ tool }) => wanted.length === 0 || wanted.includes(tool))) {
  const tool = asUsed(getTool(promise.tool))
  const { folder } = copyManaged(tool, PROJECT)
  console.log(`${promise.tool}:`)
  convert(promise, folder)
  await install(promise, tool, folder)
}

/** Without what makes pnpm repeat itself in the tests, and slower. */
function asUsed(tool) {
  const slowing = new Set(['UV_THREADPOOL_SIZE', 'npm_config_side_effects_cache', 'pnpm_config_side_effects_cache'])
  return { ...tool, env: Object.fromEntries(Object.entries(tool.env ?? {}).filter(([name]) => !slowing.has(name))) }
}

function convert({ tool, conversion, isPinned = false }, folder) {
  run([folder, '--quiet'])
  const fresh = () => rmSync(join(folder, 'lock2build'), { recursive: true, force: true })
  const result = measure({
    node: { command: [process.execPath, '-e', '0'] },
    lock2build: {
      command: [process.execPath, program, '-C', folder],
      env: ownCache,
      ...(isPinned ? {} : { before: fresh }),
    },
  })
  const extra = result.lock2build.wall - result.node.wall
  console.log(
    `  lock2build: ${ms(result.lock2build.wall)}, ${ms(result.lock2build.cpu)} CPU; node: ${ms(result.node.wall)}`,
  )
  verdict(`${tool}, wall above node -e 0`, ms(extra), `at most ${conversion} ms`, extra <= conversion)
}

async function install({ tool: name, layout }, tool, folder) {
  const build = ['build', folder, '--with', 'embedded', '-A', 'nodeModules', '--no-out-link', '--quiet']
  run(build)
  await runTool(tool, { folder }, tool.install)
  // What changed just now is looked at in full.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3500)
  run(build)
  // Nobody asks the registry now.
  const { NODE_EXTRA_CA_CERTS: certificates } = process.env
  delete process.env.NODE_EXTRA_CA_CERTS
  const ours = []
  const theirs = []
  for (let round = 0; round < ROUNDS; round++) {
    setAside(join(folder, 'node_modules'))
    theirs.push(await timed(() => runTool(tool, { folder }, tool.install)))
    setAside(join(folder, 'node_modules'))
    setAside(join(ownCache.XDG_CACHE_HOME, 'lock2build/builds'))
    ours.push(await timed(() => run(build, offline)))
  }
  if (certificates !== undefined) process.env.NODE_EXTRA_CA_CERTS = certificates
  const ratio = median(ours) / median(theirs)
  console.log(`  installing: ours ${ms(median(ours))}, ${name} ${ms(median(theirs))}`)
  verdict(`${name}, our installation ÷ its own`, times(ratio), `at most ${layout}×`, ratio <= layout)
}

function run(args, environment = process.env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env: { ...environment, ...ownCache },
    encoding: 'utf8',
    cwd: scratch,
  })
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`)
}

async function timed(work) {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e6
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
