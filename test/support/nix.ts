/**
 * Real Nix for tests: a store of its own per test file (nothing touches the machine's), a sandbox as bare as NixOS's, a stand-in
 * for nixpkgs, sources put into the store beforehand, and the network cut unless a test asks for it.
 */
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hostNode, type NodePrefix } from './node-prefix.ts'
import type { HostPhp } from './host-php.ts'
import type { PythonPrefix } from './python-prefix.ts'
import { addNamed, seedSources, type NamedFile } from './seed-sources.ts'
import type { SpecSource } from '../../src/spec/build-spec.ts'

/** `describe.skipIf(!hasNix)`: says once that tests are skipped for want of Nix; with CI set it throws instead. */
export const hasNix: boolean = findNix()

export interface NixOptions {
  /** The network is cut (loopback too) unless this is 'open'. */
  readonly network?: 'open'
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export interface NixResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface NixStore {
  /** Directory that holds nix/store. */
  readonly root: string
  /** What the commands of Nix are run with. */
  readonly environment: Readonly<Record<string, string>>
  /** Directory of the stand-in nixpkgs, a flake too. */
  readonly nixpkgs: string
  /** Builds an attribute of a directory's default.nix (or of the file); returns the result's path on this machine. Throws with Nix's words. */
  build(file: string, attribute: string, options?: NixOptions): Promise<string>
  /** The derivation's store path; nothing is built. */
  instantiate(file: string, attribute: string, options?: NixOptions): Promise<string>
  /** Value of a Nix expression, by way of JSON. */
  evaluate(expression: string, options?: NixOptions): Promise<unknown>
  /** Any command of Nix (`nix-build`, `nix flake show`) on this store; never throws for its exit status. */
  run(command: string, args: readonly string[], options?: NixOptions): Promise<NixResult>
  /** Downloads the archives in parallel, verifies them, and adds them under the names that fetchurl gives them. */
  seed(sources: Iterable<SpecSource>): Promise<void>
  /** Adds files by name, as fixed outputs. */
  add(files: readonly NamedFile[]): Promise<void>
  /** Where a store path's content stands on this machine. */
  onHost(storePath: string): string
  remove(): void
}

export interface StoreSettings {
  /** By attribute of the stand-in (`nodejs`, `nodejs_18`); `nodejs` is the node that runs the tests unless given. */
  readonly nodes?: Readonly<Record<string, NodePrefix>>
  /** By attribute of the stand-in (`python3`). */
  readonly pythons?: Readonly<Record<string, PythonPrefix>>
  /** The PHP of the stand-in; there is none unless given. */
  readonly php?: HostPhp
  /** Directory with other versions of the programs of Nix. */
  readonly nixBin?: string
}

/** A fresh, empty store. The caller removes it. */
export function openStore(settings: StoreSettings = {}): NixStore {
  const home = mkdtempSync(join(tmpdir(), 'lock2build-nix-'))
  const root = join(home, 'store')
  const { nixpkgs, environment } = prepareNix(home, settings)

  const run: NixStore['run'] = (command, args, options = {}) => {
    const words = [...command.split(' '), '--store', root, ...args]
    return execute(options.network === 'open' ? words : ['unshare', ...cutNetwork, ...words], {
      env: { ...environment, ...options.env },
      cwd: options.cwd ?? home,
    })
  }
  const lastLine = async (command: string, args: readonly string[], options?: NixOptions) => {
    const { status, stdout, stderr } = await run(command, args, options)
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${stderr.slice(-6000)}`)
    return stdout.trim().split('\n').at(-1) ?? ''
  }
  const onHost = (storePath: string) => join(root, storePath)
  return {
    root,
    environment,
    nixpkgs,
    run,
    onHost,
    build: async (file, attribute, options) =>
      onHost(await lastLine('nix-build', ['--no-out-link', file, '-A', attribute], options)),
    instantiate: (file, attribute, options) => lastLine('nix-instantiate', [file, '-A', attribute], options),
    evaluate: async (expression, options): Promise<unknown> =>
      JSON.parse(await lastLine('nix-instantiate', ['--eval', '--strict', '--json', '-E', expression], options)),
    seed: (sources) => seedSources(sources, { environment, root }),
    add: (files) => addNamed(files, { environment, root }),
    remove: () => removeTree(home),
  }
}

/** Writes the stand-in into a directory, and says what the commands of Nix need in their environment to use it on this machine. */
export function prepareNix(home: string, settings: StoreSettings = {}) {
  const nixpkgs = join(home, 'nixpkgs')
  const nodes = { nodejs: hostNode(), ...settings.nodes }
  const pythons = settings.pythons ?? {}
  writeStandIn(nixpkgs, nodes)
  if (settings.pythons !== undefined) {
    const known = Object.entries(pythons).map(([name, { prefix, version }]) => [name, { prefix, version }])
    writeFileSync(join(nixpkgs, 'pythons.json'), JSON.stringify(Object.fromEntries(known)))
  }
  if (settings.php !== undefined) writeFileSync(join(nixpkgs, 'php.json'), JSON.stringify(settings.php))
  const visible = [
    ...Object.values(nodes).flatMap((node) => [node.prefix, ...node.alsoNeeds]),
    ...Object.values(pythons).map(({ prefix }) => prefix),
  ]
  return { nixpkgs, environment: nixEnvironment(home, nixpkgs, visible, settings.nixBin) }
}

/** Nix's own configuration, as one string for NIX_CONFIG. `sandbox-paths`: what makes the sandbox bare, see test/support/nixpkgs. */
function nixEnvironment(home: string, nixpkgs: string, visible: readonly string[], nixBin: string | undefined) {
  const config = [
    'build-users-group =',
    'sandbox = true',
    'sandbox-fallback = false',
    'substituters =',
    'experimental-features = nix-command flakes',
    'fsync-metadata = false',
    'flake-registry = ' + join(home, 'registry.json'),
    // Through another loader (scripts/newer-nix.sh) Nix would not find itself again.
    ...(nixBin === undefined ? [] : ['build-hook =']),
    `sandbox-paths = ${[...bareSandbox, ...new Set(visible)].join(' ')}`,
  ]
  writeFileSync(join(home, 'registry.json'), '{"flakes":[],"version":2}')
  return {
    PATH: [nixBin, process.env['PATH']].filter((part) => part !== undefined).join(':'),
    HOME: home,
    TMPDIR: tmpdir(),
    NIX_CONFIG: config.join('\n'),
    NIX_PATH: `nixpkgs=${nixpkgs}`,
    NIX_SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
  }
}

// /usr/bin is there under another name only, so that /usr/bin/env is not.
const bareSandbox = [
  '/bin/sh=/usr/bin/dash',
  '/tools/bin=/usr/bin',
  '/usr/lib',
  '/usr/include',
  '/usr/share',
  '/lib',
  '/lib64?',
  '/usr/lib64?',
]

// Without root, a user namespace gives the right to have a network namespace; Nix must not take itself for root in there.
const cutNetwork = process.getuid?.() === 0 ? ['-n'] : ['--map-current-user', '-n']

function writeStandIn(folder: string, nodes: Readonly<Record<string, NodePrefix>>) {
  cpSync(fileURLToPath(new URL('nixpkgs', import.meta.url)), folder, { recursive: true })
  const prefixes = Object.entries(nodes).map(([name, node]) => [name, node.prefix])
  writeFileSync(join(folder, 'host.json'), JSON.stringify(Object.fromEntries(prefixes)))
}

function execute(words: readonly string[], options: { env: Record<string, string>; cwd: string }): Promise<NixResult> {
  const [command = '', ...args] = words
  mkdirSync(options.cwd, { recursive: true })
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...options, maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') return reject(error)
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}

/** Nix makes its store read-only, directories too. */
function removeTree(folder: string) {
  spawnSync('chmod', ['-R', 'u+w', folder])
  rmSync(folder, { recursive: true, force: true })
}

function findNix(): boolean {
  const found = (process.env['PATH'] ?? '').split(':').some((part) => existsSync(join(part, 'nix-build')))
  if (found) return true
  if (process.env['CI']) throw new Error('these tests need Nix, and CI must run them: apt-get install nix-bin')
  process.stderr.write('Nix is not installed: its tests are skipped (Debian: apt-get install nix-bin)\n')
  return false
}
