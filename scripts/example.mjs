// `npm run example`: converts examples/notes, builds it without Nix and runs the result, as a user would.
// `npm run example -- --nix` builds it with Nix, which is installed where that is one command (Debian, as root).
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from './load-typescript.mjs'
import { useScratch } from './scratch.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const example = `${root}examples/notes`
const withNix = process.argv.includes('--nix')

if (withNix) ensureNix()
run('node', ['scripts/build.mjs'])
run('node', ['dist/lock2build.cjs', example])
if (withNix) run('nix-build', ['-A', 'package', '-o', `${root}result`, example], await nixEnvironment())
else run('node', ['dist/lock2build.cjs', 'build', example, '--with', 'embedded', '-o', `${root}result`])
await askTheResult()

function ensureNix() {
  if (has('nix-build')) return
  if (process.getuid?.() === 0 && has('apt-get')) {
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', 'nix-bin'])
    return
  }
  console.error('Nix is not installed here. On Debian: apt-get install nix-bin')
  process.exit(2)
}

// A machine with Nix but without a nixpkgs channel still builds: with the small stand-in that the tests use.
function hasNixpkgs() {
  return spawnSync('nix-instantiate', ['--find-file', 'nixpkgs'], { stdio: 'ignore' }).status === 0
}

async function nixEnvironment() {
  if (hasNixpkgs()) return process.env
  console.log('There is no <nixpkgs> here: building with the small stand-in that the tests use.')
  const home = useScratch()
  const { prepareNix } = await loadTypeScript('test/support/nix.ts')
  return { ...process.env, ...prepareNix(home).environment }
}

async function askTheResult() {
  if (!existsSync(`${root}result/bin/notes`)) throw new Error('the result has no bin/notes')
  const server = spawn(`${root}result/bin/notes`, {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const chunk of server.stdout) {
    const url = /http:\S+/.exec(String(chunk))?.[0]
    if (url === undefined) continue
    const answer = await fetch(`${url}/render`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: '# It works',
    })
    console.log(`result/bin/notes answers: ${(await answer.text()).trim()}`)
    break
  }
  server.kill()
}

function has(command) {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0
}

function run(command, args, env = process.env) {
  console.log(`$ ${[command, ...args].join(' ').replaceAll(root, '')}`)
  const { status } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
