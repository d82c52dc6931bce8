// Laying out and checking node_modules of 600 packages with the shim, against `npm ci --offline` with a warm cache. Both start from
// an empty directory. The archives come from the registry once; they are kept for the next run.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keptDirectory } from '../scripts/scratch.mjs'
import { asideIn } from './aside.mjs'
import { measure, ms, times, verdict } from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const npm = join(dirname(dirname(realpathSync(process.execPath))), 'lib/node_modules/npm/bin/npm-cli.js')
const scratch = mkdtempSync(join(tmpdir(), 'bench-layout-'))
const setAside = asideIn(scratch)
const kept = keptDirectory('bench-archives')
const project = join(scratch, 'project')
// A private cache, and no setting of this machine.
const env = {
  npm_config_cache: join(kept, 'npm'),
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
}

cpSync(join(root, 'test/fidelity-projects/toolchain'), project, { recursive: true })
run([process.execPath, join(root, 'dist/lock2build.cjs'), '-C', project, '--quiet'])
const job = await writeJob()
run([process.execPath, npm, 'ci', '--ignore-scripts', '--prefer-offline'])

const result = measure(
  {
    shim: {
      command: [process.execPath, join(root, 'dist/assets/node/node-shim.mjs'), 'install', job],
      before: () => setAside(join(scratch, 'out')),
    },
    'npm ci': {
      command: [process.execPath, npm, 'ci', '--offline'],
      cwd: project,
      env,
      before: () => setAside(join(project, 'node_modules')),
    },
  },
  5,
)
for (const [name, { wall, memory }] of Object.entries(result))
  console.log(`  ${name}: ${ms(wall)}, ${memory.toFixed(0)} MiB`)
const ratio = result.shim.wall / result['npm ci'].wall
verdict('600 packages, shim ÷ npm ci --offline', times(ratio), 'less than 1×', ratio < 1)

async function writeJob() {
  const { sources, plan } = JSON.parse(readFileSync(join(project, 'lock2build/spec.json'), 'utf8')).ecosystems.node
  const system = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-${process.platform}`
  const wanted = new Set(
    Object.values(plan.places).flatMap(({ source, systems }) => (systems?.includes(system) === false ? [] : [source])),
  )
  const queue = Object.entries(sources).filter(([key]) => wanted.has(key))
  const files = {}
  const workers = Array.from({ length: 16 }, async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) files[next[0]] = await fetchArchive(next[1])
  })
  await Promise.all(workers)
  const file = join(scratch, 'job.json')
  const paths = {
    spec: join(project, 'lock2build/spec.json'),
    npm,
    nodedir: dirname(dirname(process.execPath)),
    work: join(scratch, 'work'),
    out: join(scratch, 'out'),
  }
  const manifests = Object.fromEntries(Object.keys(plan.local).map((dir) => [dir, join(project, dir, 'package.json')]))
  writeFileSync(
    file,
    JSON.stringify({
      ...paths,
      system,
      omit: [],
      sources: files,
      manifests,
      overrides: {},
      shebangs: 'pristine',
      npmFlags: [],
      workers: 2,
    }),
  )
  return file
}

async function fetchArchive({ urls, hash }) {
  const file = join(kept, `${createHash('sha256').update(hash).digest('hex')}.tgz`)
  if (existsSync(file)) return file
  const answer = await fetch(urls[0])
  if (!answer.ok) throw new Error(`${urls[0]}: ${answer.status}`)
  writeFileSync(file, Buffer.from(await answer.arrayBuffer()))
  return file
}

function run([command, ...args]) {
  const { status, stderr } = spawnSync(command, args, {
    cwd: project,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
}
