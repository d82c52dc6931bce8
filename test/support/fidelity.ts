/**
 * One project two ways: `npm ci` of an npm, and `nodeModules.pristine` that Nix builds from what lock2build wrote, with the same node
 * and npm, in a bare sandbox with the network cut. The comparison is file by file (fidelity-compare.ts).
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { arch, platform } from 'node:process'
import { keptDirectory } from '../../scripts/scratch.mjs'
import { readSpec } from '../../src/spec/read.ts'
import type { SpecPart, SpecSource } from '../../src/spec/build-spec.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { compareTrees, type TreeComparison, type TreeException } from './fidelity-compare.ts'
import { hostNode, publishedNode, type NodePrefix } from './node-prefix.ts'
import type { NixOptions, NixStore } from './nix.ts'
import { execute } from './run-words.ts'

export type LockVersion = 1 | 2 | 3

/** A directory of its own with package.json and a lock, and what npm and lock2build need to know to work in it. */
export interface Project {
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
}

const built = process.env['LOCK2BUILD_BUILT'] ?? fileURLToPath(new URL('../../dist', import.meta.url))
const projects = fileURLToPath(new URL('../fidelity-projects', import.meta.url))
export const system = `${arch === 'arm64' ? 'aarch64' : 'x86_64'}-${platform}`

/** The node that runs the tests, with its npm; FIDELITY_NODE and FIDELITY_NPM choose published ones for scripts/fidelity.mjs. */
export function chosenNode(): NodePrefix {
  const { FIDELITY_NODE: node, FIDELITY_NPM: npm } = process.env
  return node === undefined || npm === undefined ? hostNode() : publishedNode(node, npm)
}

/** A copy of a committed project, with its lock in another version. */
export function copyProject(name: string, version: LockVersion): Project {
  return withLock({ folder: join(projects, name) }, version)
}

/** A copy of a project whose lock is version 2. */
export function withLock(project: Project, version: LockVersion): Project {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-fidelity-'))
  cpSync(project.folder, folder, { recursive: true })
  const file = join(folder, 'package-lock.json')
  writeFileSync(file, lockAs(readFileSync(file, 'utf8'), version))
  return { ...project, folder }
}

/**
 * A version 2 lock holds both others: `dependencies` is version 1, `packages` is version 3. What is left when the other one is
 * dropped is byte for byte what npm writes with `--lockfile-version` (fidelity-locks.test.ts).
 */
export function lockAs(text: string, version: LockVersion): string {
  const lock = parseObject(text)
  const dropped: readonly string[] = { 1: ['packages'], 2: [], 3: ['dependencies'] }[version]
  const kept = Object.entries(lock).filter(([key]) => !dropped.includes(key))
  const named = kept.map(([key, value]) => [key, key === 'lockfileVersion' ? version : value] as const)
  return `${JSON.stringify(Object.fromEntries(named), null, 2)}\n`
}

/** `npm ci`, scripts included. Gives the directories of the project that npm made, `node_modules` first. */
export async function installWithNpm(
  project: Project,
  flags: readonly string[] = [],
  node: NodePrefix = chosenNode(),
): Promise<readonly string[]> {
  await runNpm(project, ['ci', ...flags], node)
  return findModules(project.folder)
}

/** npm of the node that Nix uses too, with a cache shared by all tests. Throws with npm's words. */
export function runNpm(
  project: Project,
  args: readonly string[],
  { prefix }: NodePrefix = chosenNode(),
): Promise<string> {
  const cache = keptDirectory('npm')
  const env = {
    ...withoutNpm(process.env),
    PATH: `${prefix}/bin:${process.env['PATH'] ?? ''}`,
    npm_config_cache: cache,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_omit_lockfile_registry_resolved: 'false',
    npm_config_prefer_offline: 'true',
    // In the sandbox nothing can be downloaded: whoever could take a ready-made binary compiles.
    npm_config_build_from_source: 'true',
    npm_config_nodedir: prefix,
    // npm 12 would leave out what these name, which is not what is compared.
    npm_config_dangerously_allow_all_scripts: 'true',
    npm_config_allow_git: 'all',
    npm_config_allow_remote: 'all',
    ...project.env,
  }
  return execute([join(prefix, 'bin/npm'), ...args], { cwd: project.folder, env })
}

export interface Converted {
  readonly part: SpecPart
  /** What lock2build printed. */
  readonly output: string
}

/** Runs the program as a user would, and reads what it wrote. */
export async function convert(project: Project, args: readonly string[] = []): Promise<Converted> {
  const env = { ...withoutNpm(process.env), ...project.env }
  const output = await execute([process.execPath, join(built, 'lock2build.cjs'), '-C', project.folder, ...args], {
    cwd: project.folder,
    env,
  })
  const file = 'lock2build/spec.json'
  const part = readSpec(readFileSync(join(project.folder, file), 'utf8'), file).ecosystems['node']
  if (part === undefined) throw new Error('the spec has no part for node')
  return { part, output }
}

/** `nodeModules.pristine`, or another attribute; the archives are in the store before. Gives the result's path on this machine. */
export async function buildWithNix(
  store: NixStore,
  project: Project,
  part: SpecPart,
  options: NixOptions & { readonly attribute?: string; readonly archives?: ReadonlyMap<string, Uint8Array> } = {},
): Promise<string> {
  const given = sourcesHere(part).map((source) => ({ source, bytes: givenBytes(source, options.archives) }))
  await store.add(given.flatMap(({ source, bytes }) => (bytes === undefined ? [] : [{ name: source.name, bytes }])))
  await store.seed(given.flatMap(({ source, bytes }) => (bytes === undefined ? [source] : [])))
  return store.build(project.folder, options.attribute ?? 'nodeModules.pristine', { cwd: project.folder, ...options })
}

export interface CompareRequest {
  /** The project in which npm ran. */
  readonly reference: string
  readonly modules: readonly string[]
  /** Nix's result. */
  readonly result: string
  readonly exceptions: readonly TreeException[]
}

export function compareWithNpm({ reference, modules, result, exceptions }: CompareRequest): TreeComparison {
  const parts = [...new Set([...modules, ...findModules(result), ...pnpParts])].sort()
  return compareTrees(reference, result, { parts, exceptions })
}

/** What Yarn's Plug'n'Play has in place of node_modules. */
export const pnpParts = ['.pnp.cjs', '.pnp.loader.mjs', '.yarn/cache', '.yarn/unplugged'] as const

/** Runs a script, with the node of the build, as if it stood in a directory. Gives what it prints. */
export async function runProgram(
  program: string,
  folder: string,
  { prefix }: NodePrefix = chosenNode(),
): Promise<string> {
  // As `yarn node` does: threads that a package starts find it, too.
  const file = join(folder, '.pnp.cjs')
  const pnp = existsSync(file) ? { NODE_OPTIONS: `--require ${JSON.stringify(file)}` } : {}
  const env = { ...withoutNpm(process.env), ...pnp }
  const printed = await execute([join(prefix, 'bin/node'), '-e', program], { cwd: folder, env })
  return printed.trim()
}

/** How many packages may stand in node_modules here, links and bundled ones included. */
export function countPlaces(part: SpecPart, { production }: { readonly production: boolean }): number {
  const names = (list: unknown, name: string) => Array.isArray(list) && list.includes(name)
  const isLeftOut = ({ flags, unneeded }: JsonObject) => (production && names(flags, 'dev')) || names(unneeded, system)
  return placesHere(part).filter((place) => !isLeftOut(place)).length
}

export function removeProject(project: Project): void {
  // What was started in there may still be ending, and an error of ours must not hide the one that led here.
  rmSync(project.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
}

/** Writes a project; `files` by path, objects as JSON. */
export function writeProject(
  files: Readonly<Record<string, string | Uint8Array | JsonObject>>,
  env: Readonly<Record<string, string>> = {},
): Project {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-fidelity-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    const isData = typeof content === 'object' && !(content instanceof Uint8Array)
    writeFileSync(join(folder, path), isData ? `${JSON.stringify(content, null, 2)}\n` : content)
  }
  return { folder, env }
}

function givenBytes(source: SpecSource, archives?: ReadonlyMap<string, Uint8Array>): Uint8Array | undefined {
  return 'urls' in source
    ? source.urls.map((url) => archives?.get(url)).find((bytes) => bytes !== undefined)
    : undefined
}

/** Of the spec's sources those that a build for this machine asks for. */
function sourcesHere(part: SpecPart): readonly SpecSource[] {
  const { manager } = part.plan
  const keys = new Set(placesHere(part).map((place) => place['source']))
  if (manager !== undefined) keys.add(asObject(manager)['source'])
  return Object.entries(part.sources).flatMap(([key, source]) => (keys.has(key) ? [source] : []))
}

function placesHere(part: SpecPart): readonly JsonObject[] {
  const { places } = part.plan
  return Object.values(asObject(places))
    .map(asObject)
    .filter(({ systems }) => !Array.isArray(systems) || systems.includes(system))
}

/** Every node_modules that is in no other one. */
export function findModules(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (!entry.isDirectory()) return []
    return entry.name === 'node_modules' ? [path] : findModules(root, path)
  })
}

/** npm hands its settings on to what it starts: they must not reach the npm that is tested. */
function withoutNpm(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(env).flatMap(([key, value]) =>
    value === undefined || /^npm_/i.test(key) || key === 'NODE_PATH' ? [] : [[key, value] as const],
  )
  return Object.fromEntries(kept)
}

function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text)
  return asObject(value)
}

function asObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('expected an object')
  return Object.fromEntries(Object.entries(value))
}
