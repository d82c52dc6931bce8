/**
 * One Python project three ways: what its own tool installs, `pythonEnv.pristine` by Nix with the network cut, and `pythonEnv` by the
 * embedded builder. Projects and lock files stand in test/fidelity-locks/python/<project>.
 */
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readPlan, type ReadTargets } from '../../converters/python/plan-reader.ts'
import { thisSystem } from '../../src/io/this-system.ts'
import type { SpecPart, SpecSource } from '../../src/spec/build-spec.ts'
import { readSpec } from '../../src/spec/read.ts'
import { compareTrees, type TreeComparison } from './fidelity-compare.ts'
import { buildEmbedded, narOf } from './fidelity-embedded.ts'
import type { NixStore } from './nix.ts'
import type { PythonCase } from './python-cases.ts'
import { pythonExceptions } from './python-exceptions.ts'
import type { ServedPython } from './python-loopback.ts'
import { hostPython } from './python-prefix.ts'
import type { NamedFile } from './seed-sources.ts'
import { makeEnvironment, runPythonTool } from './python-tools.ts'

const locks = fileURLToPath(new URL('../fidelity-locks/python', import.meta.url))

export interface PythonBuilders {
  /** The built program. */
  readonly program: string
  /** As XDG_CACHE_HOME. */
  readonly cache: string
  /** Without one, Nix is left out. */
  readonly store?: NixStore
}

export interface PythonResult {
  readonly packages: number
  /** The embedded builder's environment against that of the project's own tool. */
  readonly comparison: TreeComparison
  readonly trees: { readonly nix: string | undefined; readonly embedded: string }
  readonly printed: string
  /** Of the application's program: embedded, and inside Nix's sandbox. */
  readonly ran: readonly string[]
  /** What `nix-build --check` complains of. */
  readonly checked: string
  /** Files that lock2build wrote and that hold a password. */
  readonly leaks: readonly string[]
  /** Seconds of wall time. */
  readonly seconds: Readonly<Record<'tool' | 'convert' | 'embedded' | 'nix', number>>
}

/** Throws when the tool, lock2build or Nix fails; differences are in the result. */
export async function runPythonCase(one: PythonCase, builders: PythonBuilders): Promise<PythonResult> {
  const served = await one.serve?.(one.tool)
  const home = mkdtempSync(join(tmpdir(), 'python-fidelity-'))
  const seconds = { tool: 0, convert: 0, embedded: 0, nix: 0 }
  try {
    const folder = copyProject(one, served, join(home, 'project'))
    const reference = await timed(seconds, 'tool', () => installWithTool(one, served, home))
    const part = await timed(seconds, 'convert', () => convert(folder, builders.program, served))
    const project = { folder, env: served?.variables ?? {} }
    const embed = (attribute: string) =>
      buildEmbedded(builders.program, project, { cache: builders.cache, attribute, tool: ['--python', interpreter()] })
    const embedded = await timed(seconds, 'embedded', () => embed('pythonEnv'))
    const { store } = builders
    const byNix = store && (await timed(seconds, 'nix', () => buildWithNix(store, { folder, part, served, one })))
    const application = one.application && (await embed('package'))
    return {
      packages: wheelsIn(embedded),
      comparison: compare(reference, embedded),
      trees: { nix: byNix && (await narOf(byNix.result)), embedded: await narOf(embedded) },
      printed: await runCutOff([join(embedded, 'bin/python3'), '-I', '-c', one.use.code]),
      ran: [
        ...(application === undefined
          ? []
          : [await runCutOff([join(application, 'bin', one.application?.program ?? '')])]),
        ...(byNix?.ran ?? []),
      ],
      checked: byNix?.checked ?? '',
      leaks: findLeaks(folder, served?.secrets ?? []),
      seconds,
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
    await served?.close()
  }
}

function interpreter(): string {
  return join(hostPython().prefix, 'bin/python3')
}

function copyProject({ project, inside }: PythonCase, served: ServedPython | undefined, to: string): string {
  cpSync(served?.folder ?? join(locks, project), to, { recursive: true })
  if (inside === undefined) return to
  // Only what one repository holds belongs together.
  execFileSync('git', ['init', '--quiet', to])
  return join(to, inside)
}

async function installWithTool(one: PythonCase, served: ServedPython | undefined, home: string): Promise<string> {
  const folder = copyProject(one, served, join(home, 'reference'))
  const environment = join(home, 'environment')
  makeEnvironment(environment)
  await runPythonTool(one.tool, one.tool.install(environment), { folder, environment, variables: served?.variables })
  return environment
}

async function convert(folder: string, program: string, served: ServedPython | undefined): Promise<SpecPart> {
  const env = { ...process.env, ...served?.variables }
  await execute([process.execPath, program, '-C', folder], env)
  const file = 'lock2build/spec.json'
  const part = readSpec(readFileSync(join(folder, file), 'utf8'), file).ecosystems['python']
  if (part === undefined) throw new Error('the spec has no part for python')
  return part
}

interface NixRequest {
  readonly folder: string
  readonly part: SpecPart
  readonly served: ServedPython | undefined
  readonly one: PythonCase
}

async function buildWithNix(store: NixStore, { folder, part, served, one }: NixRequest) {
  const options = { cwd: folder, ...(served?.network === undefined ? {} : { network: served.network }) }
  const sources = sourcesHere(part)
  const given = sources.flatMap((source) => givenFile(source, served) ?? [])
  await store.add(given)
  await store.seed(sources.filter((source) => givenFile(source, served) === undefined))
  const result = await store.build(folder, 'pythonEnv.pristine', options)
  const ran = one.application === undefined ? [] : [await runInSandbox(store, folder, one.application.program)]
  const checks = ['pythonEnv.pristine', ...ran.map(() => 'package')].map(async (attribute) => {
    const again = await store.run('nix-build', ['--no-out-link', '--check', folder, '-A', attribute], options)
    return again.status === 0 ? '' : again.stderr
  })
  return { result, ran, checked: (await Promise.all(checks)).join('') }
}

/** What Nix could not download: it has no password, and no network. */
function givenFile(source: SpecSource, served: ServedPython | undefined): NamedFile | undefined {
  const bytes = served?.archives.get(source.name)
  if (bytes === undefined || !('hash' in source)) return undefined
  return { name: source.name, bytes, algorithm: source.hash.startsWith('sha256-') ? 'sha256' : 'sha512' }
}

async function runInSandbox(store: NixStore, folder: string, program: string): Promise<string> {
  const command = `\${(import ${folder} {}).package}/bin/${program} > $out`
  const expression = `with import <nixpkgs> {}; stdenv.mkDerivation { name = "run"; buildCommand = ''${command}''; }`
  const { status, stdout, stderr } = await store.run('nix-build', ['--no-out-link', '-E', expression])
  if (status !== 0) throw new Error(stderr)
  return readFileSync(store.onHost(stdout.trim()), 'utf8').trim()
}

/** Of the spec's sources those that a build with this Python, on this machine, may ask for. */
function sourcesHere(part: SpecPart): readonly SpecSource[] {
  const [system, version] = [thisSystem(), hostPython().version]
  const isHere = (targets: ReadTargets) =>
    targets === 'all' || [`${system}/${version}`, system, version].some((each) => targets.includes(each))
  const files = [...readPlan(part.plan).packages.values()].flatMap(({ files }) => [...files])
  const keys = new Set(files.flatMap(([key, targets]) => (isHere(targets) ? [key] : [])))
  return Object.entries(part.sources).flatMap(([key, source]) => (keys.has(key) && 'urls' in source ? [source] : []))
}

function compare(reference: string, result: string): TreeComparison {
  const tops = new Set([...readdirSync(reference), ...readdirSync(result)])
  tops.delete('pyvenv.cfg')
  return compareTrees(reference, result, { parts: [...tops].sort(), exceptions: pythonExceptions })
}

function wheelsIn(environment: string): number {
  const site = join(environment, `lib/python${hostPython().version}/site-packages`)
  return readdirSync(site).filter((name) => name.endsWith('.dist-info')).length
}

function findLeaks(folder: string, secrets: readonly string[]): readonly string[] {
  const written = ['default.nix', ...readdirSync(join(folder, 'lock2build')).map((name) => `lock2build/${name}`)]
  return written.filter((path) => secrets.some((secret) => readFileSync(join(folder, path), 'utf8').includes(secret)))
}

/** Without any network, and without what Python would take from the environment. */
async function runCutOff(words: readonly string[]): Promise<string> {
  const flags = process.getuid?.() === 0 ? ['-n'] : ['-rn']
  return (await execute(['unshare', ...flags, ...words], { PATH: process.env['PATH'], HOME: tmpdir() })).trim()
}

function execute(words: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const [command = '', ...args] = words
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      reject(new Error(`${words.join(' ')}: exit ${error.code}\n${stdout.slice(-3000)}\n${stderr.slice(-6000)}`))
    })
  })
}

async function timed<K extends string, T>(timer: Record<K, number>, key: K, work: () => Promise<T>): Promise<T> {
  const start = Date.now()
  try {
    return await work()
  } finally {
    timer[key] += (Date.now() - start) / 1000
  }
}
