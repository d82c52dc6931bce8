// `npm run example`: converts examples/notes and builds it, as a user would: lock2build, nix-build -A package, run the result.
// Installs Nix where that is one command (Debian, as root); elsewhere it says what to install.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadTypeScript } from './load-typescript.mjs'
import { useScratch } from './scratch.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const example = `${root}examples/notes`

ensureNix()
run('node', ['scripts/build.mjs'])
run('node', ['dist/lock2build.mjs', '-C', example])
run('nix-build', ['-A', 'package', '-o', `${root}result`, example], await nixEnvironment())
await askTheResult()

function ensureNix() {
  if (has('nix-build')) return
  if (process.getuid?.() === 0 && has('apt-get')) {
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', 'nix-bin'])
    return
  }
  console.error('This example is built by Nix, which is not installed here. On Debian: apt-get install nix-bin')
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
