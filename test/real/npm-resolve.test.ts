/** What `lock2build resolve` writes, against what npm itself writes: byte for byte with the release whose resolver it is. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NPM_VERSION } from '../../converters/node/resolve/npm-options.ts'
import { cleanEnvironment, installProgram, runProgram } from '../support/cli.ts'
import { installTool } from '../support/package-managers.ts'
import { emptyCache } from '../support/registry-project.ts'
import { startMirror, type RegistryMirror } from '../support/registry-mirror.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = emptyCache()
let program: string
let registry: RegistryMirror
beforeAll(async () => {
  ;[program, registry] = await Promise.all([installProgram(), startMirror()])
})
afterAll(() => registry.close())

/** The project without a lock file. */
function copyOf(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'resolve-'))
  const isLeft = (from: string) => ['package-lock.json', 'node_modules'].includes(basename(from))
  cpSync(join(root, 'test', path), folder, { recursive: true, filter: (from) => !isLeft(from) })
  return folder
}

function resolve(folder: string): void {
  const ran = runProgram(program, ['resolve', '--quiet', '--registry', registry.url], {
    cwd: folder,
    environment: { XDG_CACHE_HOME: cache },
  })
  expect([ran.code, ran.stderr]).toEqual([0, ''])
}

function npm(version: string, folder: string, words: readonly string[]): void {
  const tool = { name: `npm-${version}`, archive: `npm@${version}`, program: '', locks: '', exceptions: [] }
  const cli = join(installTool({ ...tool, install: [], lock: [] }), 'node_modules/npm/bin/npm-cli.js')
  const flags = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--registry',
    registry.url,
    '--cache',
    join(cache, version),
  ]
  execFileSync(process.execPath, [cli, 'install', ...words, ...flags], {
    cwd: folder,
    env: cleanEnvironment({ npm_config_update_notifier: 'false' }),
    stdio: 'pipe',
  })
}

const lockText = (folder: string) => readFileSync(join(folder, 'package-lock.json'), 'utf8')

/** Sorted `name@version`. */
function packagesIn(folder: string): readonly string[] {
  const { packages } = JSON.parse(lockText(folder)) as { packages: Record<string, { name?: string; version?: string }> }
  const found = Object.entries(packages).filter(([path]) => path.includes('node_modules/'))
  const names = found.map(([path, { name, version }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`)
  return [...new Set(names)].sort()
}

describe(`npm ${NPM_VERSION} writes the same bytes`, () => {
  test.each([
    ['fidelity-projects/local-sources', 'archives and directories of its own, a URL'],
    ['fidelity-projects/aliases', 'aliases'],
    ['fidelity-projects/workspace', 'members of a workspace'],
    ['fidelity-projects/express', '70 packages'],
    ['resolve-projects/overrides', 'overrides: plain, nested, by version, by reference; indented by tabs'],
    ['fidelity-projects/esbuild', 'optional packages of every system'],
    ['fidelity-projects/peers', 'peers that agree'],
    ['fidelity-projects/legacy-peers', 'peers that do not, and legacy-peer-deps'],
    ['fidelity-projects/foreign-peers', 'peers that do not, of packages that the project does not ask for'],
    ['fidelity-projects/bundled', 'what comes inside of archives'],
    ['fidelity-projects/vite-react', 'a new project'],
    ['resolve-projects/large', '1,700 packages'],
  ])('%s (%s)', (path) => {
    const [ours, theirs] = [copyOf(path), copyOf(path)]
    resolve(ours)
    npm(NPM_VERSION, theirs, ['--package-lock-only'])
    expect(lockText(ours) === lockText(theirs)).toBe(true)
  })
})

test.each(['express', 'peers', 'workspace', 'toolchain'])('another npm chooses the same packages: %s', (name) => {
  const [ours, theirs] = [copyOf(`fidelity-projects/${name}`), copyOf(`fidelity-projects/${name}`)]
  resolve(ours)
  npm('10.9.4', theirs, ['--package-lock-only'])
  expect(packagesIn(ours)).toEqual(packagesIn(theirs))
})

test.each(['with', 'without'])('what npm installed gives the lock file that npm wrote, %s its hidden one', (hidden) => {
  const folder = copyOf('fidelity-projects/express')
  npm(NPM_VERSION, folder, [])
  const written = lockText(folder)
  rmSync(join(folder, 'package-lock.json'))
  if (hidden === 'without') rmSync(join(folder, 'node_modules/.package-lock.json'))
  resolve(folder)
  expect(lockText(folder)).toBe(written)
})

test('where npm finds no way, there is none, and both sides are named', () => {
  const folder = copyOf('fidelity-projects/legacy-peers')
  rmSync(join(folder, '.npmrc'))
  expect(() => npm(NPM_VERSION, folder, ['--package-lock-only'])).toThrow(/ERESOLVE/)
  const { status, stderr } = spawnSync(process.execPath, [program, 'resolve', '--registry', registry.url], {
    cwd: folder,
    env: cleanEnvironment({ XDG_CACHE_HOME: cache }),
    encoding: 'utf8',
  })
  expect(status).toBe(7)
  expect(stderr).toMatch(
    /resolve-conflict: the project → enzyme-adapter-react-16@\S+ needs react(?:-dom)?@\^16\S* beside it, but react(?:-dom)?@18\S+ stands there for the project \(\^18/,
  )
})
