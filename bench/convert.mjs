// Converting a real 1,200-package lock: against node's own start, against node2nix, and how cost grows to 20,000 packages.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keptDirectory } from '../scripts/scratch.mjs'
import { measure, ms, times, verdict } from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'dist/lock2build.cjs')
const project = join(root, 'test/fidelity-projects/react-scripts')
const scratch = mkdtempSync(join(tmpdir(), 'bench-convert-'))

againstNodeAndPeer()
growth()

function againstNodeAndPeer() {
  // node2nix reads version 2 and makes nothing of version 3, which is what npm writes today.
  const ours = copyOf('ours')
  const theirs = copyOf('theirs')
  const { dependencies: _, ...lock } = JSON.parse(readFileSync(join(ours, 'package-lock.json'), 'utf8'))
  writeFileSync(join(ours, 'package-lock.json'), JSON.stringify({ ...lock, lockfileVersion: 3 }, null, 2))
  const fresh = () => rmSync(join(ours, 'lock2build'), { recursive: true, force: true })
  const candidates = {
    node: { command: [process.execPath, '-e', '0'] },
    lock2build: { command: [process.execPath, cli, '-C', ours], before: fresh },
    node2nix: { command: [process.execPath, node2nix(), '-d', '-l', 'package-lock.json'], cwd: theirs },
  }
  // As many as it takes for one moment of a busy machine not to decide.
  const result = measure(candidates, 25)
  const packages = Object.keys(JSON.parse(readFileSync(join(ours, 'package-lock.json'), 'utf8')).packages).length - 1
  console.log(`converting ${packages} entries (medians; wall, CPU, peak memory):`)
  for (const [name, { wall, cpu, memory }] of Object.entries(result))
    console.log(`  ${name}: ${ms(wall)}, ${ms(cpu)}, ${memory.toFixed(0)} MiB`)
  const extra = result.lock2build.wall - result.node.wall
  verdict('wall above node -e 0', ms(extra), 'at most 150 ms', extra <= 150)
  verdict('peak memory', `${result.lock2build.memory.toFixed(0)} MiB`, 'below 150 MB', result.lock2build.memory < 143)
  const ratio = result.node2nix.cpu / result.lock2build.cpu
  verdict('CPU of node2nix -l ÷ ours', times(ratio), 'at least 3×', ratio >= 3)
  const work = (result.node2nix.cpu - result.node.cpu) / (result.lock2build.cpu - result.node.cpu)
  console.log(`     the same without node's own start: ${times(work)}`)
}

function growth() {
  const sizes = [2_500, 5_000, 10_000, 20_000]
  const candidates = { node: { command: [process.execPath, '-e', '0'] } }
  for (const size of sizes) {
    const dir = synthetic(size)
    candidates[size] = {
      command: [process.execPath, cli, '-C', dir],
      before: () => rmSync(join(dir, 'lock2build'), { recursive: true, force: true }),
    }
  }
  const result = measure(candidates, 3)
  const costs = sizes.map((size) => (result[size].cpu - result.node.cpu) / size)
  sizes.forEach((size, i) =>
    console.log(
      `  ${size} packages: ${ms(result[size].cpu)} CPU, ${(costs[i] * 1000).toFixed(0)} µs each, ${result[size].memory.toFixed(0)} MiB`,
    ),
  )
  const ratio = costs.at(-1) / costs[0]
  verdict('cost per package at 20,000 ÷ at 2,500', times(ratio), 'linear: at most 1.5×', ratio <= 1.5)
}

// The real lock's entries, repeated under new names until there are enough.
function synthetic(size) {
  const dir = join(scratch, `n${size}`)
  mkdirSync(dir)
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
  const entries = Object.entries(lock.packages).filter(
    ([path, e]) => path !== '' && e.resolved && !path.slice(13).includes('node_modules/'),
  )
  const packages = { '': { name: 'synthetic', version: '1.0.0', dependencies: {} } }
  for (let i = 0; i < size; i++) {
    const [path, entry] = entries[i % entries.length]
    const name = `copy${Math.floor(i / entries.length)}-${path.slice(13).replace('@', '').replace('/', '-')}`
    packages[`node_modules/${name}`] = {
      ...entry,
      resolved: entry.resolved.replace(/\/[^/]*$/, `/${name}-${entry.version}.tgz`),
      dependencies: undefined,
      peerDependencies: undefined,
      optionalDependencies: undefined,
      peer: undefined,
      dev: undefined,
    }
    packages[''].dependencies[name] = entry.version
  }
  writeFileSync(join(dir, 'package.json'), JSON.stringify(packages['']))
  writeFileSync(
    join(dir, 'package-lock.json'),
    JSON.stringify({ name: 'synthetic', version: '1.0.0', lockfileVersion: 3, requires: true, packages }, null, 2),
  )
  return dir
}

function copyOf(name) {
  const dir = join(scratch, name)
  cpSync(project, dir, { recursive: true, filter: (path) => !path.includes('node_modules') })
  return dir
}

function node2nix() {
  const dir = keptDirectory('bench-peers')
  const bin = join(dir, 'node_modules/node2nix/bin/node2nix.js')
  if (!existsSync(bin))
    spawnSync('npm', ['install', '--prefix', dir, '--no-audit', '--no-fund', 'node2nix@1.11.0'], { stdio: 'inherit' })
  return bin
}
