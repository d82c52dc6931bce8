/**
 * The bundled shim as it is shipped, run on its own: a job file, an empty environment, and no network (not even loopback). What Nix
 * does around it is left out, so that every npm can be tried in seconds.
 */
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { InstallJob } from '../../converters/node/build/job.ts'
import { keptDirectory } from '../../scripts/scratch.mjs'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { readSpec } from '../../src/spec/read.ts'
import type { SpecArchive, SpecPart, SpecSource } from '../../src/spec/build-spec.ts'
import { system } from './fidelity.ts'
import type { NodePrefix } from './node-prefix.ts'

const shim = fileURLToPath(new URL('../../dist/assets/node/node-shim.mjs', import.meta.url))

export interface ShimResult {
  readonly code: number
  readonly stderr: string
}

/** Whether a process can be cut off from the network here. */
export const canUnshare: boolean = findUnshare()

/** Runs a command of the shim; `job` is written beside the result. Never throws for the shim's own failures. */
export async function runShim(node: NodePrefix, command: string, jobFile: string, cwd = tmpdir()): Promise<ShimResult> {
  const { prefix } = node
  const program = join(prefix, 'bin/node')
  const args = [
    ...unshareFlags(),
    'env',
    '-i',
    `PATH=${prefix}/bin:/usr/bin:/bin`,
    `TMPDIR=${tmpdir()}`,
    program,
    shim,
    command,
    jobFile,
  ]
  return new Promise((resolve) => {
    execFile('unshare', args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stderr })
    })
  })
}

export interface InstallRequest {
  readonly node: NodePrefix
  /** Has package.json and lock2build/spec.json. */
  readonly folder: string
  readonly job?: Partial<InstallJob>
  /** Archives at hand, by the name their source has in the spec; others come from the registry. */
  readonly archives?: ReadonlyMap<string, Uint8Array>
}

export interface Installed extends ShimResult {
  /** Holds the job, the work directory and the result. */
  readonly dir: string
  readonly out: string
}

/** Lays out what a project's spec says with the given npm. */
export async function installWithShim({ node, folder, job = {}, archives }: InstallRequest): Promise<Installed> {
  const dir = mkdtempSync(join(tmpdir(), 'lock2build-shim-'))
  const part = loadPart(folder)
  const full: InstallJob = {
    spec: join(folder, 'lock2build/spec.json'),
    system,
    omit: [],
    sources: job.sources ?? (await sourceFiles({ folder, part, dir, archives: archives ?? new Map() })),
    manifests: Object.fromEntries(
      Object.keys(recordOf(part.plan['local'])).map((local) => [local, join(folder, local, 'package.json')]),
    ),
    directories: Object.fromEntries(
      Object.values(recordOf(part.plan['places']))
        .map((place) => recordOf(place)['copy'])
        .flatMap((copy) => (typeof copy === 'string' ? [[copy, join(folder, copy)]] : [])),
    ),
    overrides: {},
    shebangs: 'pristine',
    npm: join(node.prefix, 'lib/node_modules/npm/bin/npm-cli.js'),
    nodedir: node.prefix,
    npmFlags: [],
    workers: 2,
    work: join(dir, 'work'),
    out: join(dir, 'out'),
    ...job,
  }
  const jobFile = join(dir, 'job.json')
  writeFileSync(jobFile, JSON.stringify(full))
  return { ...(await runShim(node, 'install', jobFile)), dir, out: full.out }
}

/** The node part of the spec in a project. */
export function loadPart(folder: string): SpecPart {
  const file = 'lock2build/spec.json'
  const part = readSpec(readFileSync(join(folder, file), 'utf8'), file).ecosystems['node']
  if (part === undefined) throw new Error('the spec has no part for node')
  return part
}

interface SourceRequest {
  readonly folder: string
  readonly part: SpecPart
  readonly dir: string
  readonly archives: ReadonlyMap<string, Uint8Array>
}

/** Source key → file, for the sources that this system needs. */
async function sourceFiles(request: SourceRequest): Promise<Readonly<Record<string, string>>> {
  const { part } = request
  const places = Object.values(recordOf(part.plan['places'])).map(recordOf)
  const here = places.filter(({ systems }) => !Array.isArray(systems) || systems.includes(system))
  const wanted = new Set(here.map(({ source }) => source))
  const queue = Object.entries(part.sources).filter(([key]) => wanted.has(key))
  const files: Record<string, string> = {}
  const workers = Array.from({ length: 16 }, async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [key, source] = next
      files[key] = await sourceFile(source, request)
    }
  })
  await Promise.all(workers)
  return files
}

async function sourceFile(source: SpecSource, { folder, dir, archives }: SourceRequest): Promise<string> {
  if ('path' in source) return join(folder, source.path)
  if ('git' in source) throw new Error('tests give git checkouts in the job')
  const bytes = archives.get(source.name)
  if (bytes === undefined) return download(source)
  const file = join(dir, source.name)
  writeFileSync(file, bytes)
  return file
}

/** Kept by hash, and verified. */
async function download({ urls, hash }: SpecArchive): Promise<string> {
  const file = join(keptDirectory('archives'), createHash('sha256').update(hash).digest('hex'))
  if (existsSync(file)) return file
  const bytes = Buffer.from(await (await fetch(urls[0] ?? '')).arrayBuffer())
  const algorithm = hash.slice(0, hash.indexOf('-'))
  const found = `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`
  if (found !== hash) throw new Error(`${urls[0] ?? ''} has ${found}`)
  const draft = mkdtempSync(`${file}.`)
  writeFileSync(join(draft, 'archive'), bytes)
  renameSync(join(draft, 'archive'), file)
  rmSync(draft, { recursive: true })
  return file
}

function recordOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {}
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function findUnshare(): boolean {
  try {
    execFileSync('unshare', [...unshareFlags(), 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function unshareFlags(): readonly string[] {
  return process.getuid?.() === 0 ? ['-n'] : ['-rn']
}
