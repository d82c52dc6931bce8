/**
 * Yarn Berry's cache folder, from the archives of the plan: every zip is verified against the lock file's checksum before Yarn sees
 * it. Where the project stores without compressing, the zips are made here; otherwise by the Yarn of the build, because only its own
 * compressor gives the same bytes.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { packForBerry } from './berry-git.ts'
import { berryPlugin } from './berry-plugin.ts'
import type { BerryProgram } from './berry-program.ts'
import { printZip, zipEntries, zipPieces } from './berry-zip.ts'
import { MARK, standInOf, writePackage } from './stand-ins.ts'
import { fail, say } from '../../failure.ts'
import { findOwn } from '../../json-value.ts'
import type { Building } from '../../lay-out.ts'
import type { Places } from '../../selection.ts'
import { readTar } from '../../archive/tar-reader.ts'
import { getSource } from '../../tree.ts'

/** One file of the cache, for a worker thread. */
export interface ZipTask {
  readonly archive: string
  readonly zip: string
  /** Where its files go: `node_modules/<name>`. */
  readonly prefix: string
  /** What messages call the package. */
  readonly label: string
  /** sha512 of the zip, hexadecimal; undefined: the lock file has none. */
  readonly checksum?: string | undefined
  /** The zip may be a stand-in; then the package's files go here. */
  readonly files?: string | undefined
}

export interface BerryCache {
  /** Zips whose checksum is not the lock file's: stand-ins, and those of `unverified`. */
  readonly unchecked: readonly string[]
  /** Packages from git whose zip is not the one that the lock file names, because packing them again gives other bytes. */
  readonly unverified: readonly string[]
}

/** `root`: the project's directory while building. */
export async function makeBerryCache(root: string, places: Places, making: CacheMaking): Promise<BerryCache> {
  mkdirSync(`${root}/.yarn/cache`, { recursive: true })
  const files: CacheFile[] = []
  const counting: Making = { ...making, packed: 0, patches: patchesOf(root) }
  for (const [path, place] of places) {
    if (place.source !== undefined) files.push(await cacheFile(root, path, place.source, counting))
  }
  if (isStored(root)) await making.building.pool.run(files.map(({ task }) => ({ kind: 'zip', task })))
  else await compress(files, making)
  const unverified = files.filter(isUnverified)
  return {
    unchecked: [...unverified, ...files.filter(isStandIn)].map(({ task }) => task.zip),
    unverified: unverified.map(({ task }) => task.label),
  }
}

export interface CacheMaking {
  readonly building: Building
  readonly program: BerryProgram
  /** Directory for the files of packages that Yarn gets as stand-ins; undefined: it gets all as they are. */
  readonly packages?: string
}

type Making = CacheMaking & { packed: number; readonly patches: readonly string[] }

interface CacheFile {
  readonly task: ZipTask
  readonly isGit: boolean
}

const CACHE_FILE = /^\.yarn\/cache\/[^/\\\0]+\.zip$/
const NAME = /^((?:@[^/@]+\/)?[^/@]+)@/
const CLAIM = /^[0-9a-z]+\/([0-9a-f]{128})$/

async function cacheFile(root: string, path: string, key: string, making: Making): Promise<CacheFile> {
  const { spec, job } = making.building
  const source = getSource(spec, path, key)
  const file = findOwn(job.sources, key) ?? fail(`The job gives no file for ${key}.`)
  const name = NAME.exec(key)?.[1]
  if (!CACHE_FILE.test(path) || name === undefined) fail(`The spec has ${JSON.stringify(path)}: run lock2build again.`)
  const isGit = 'git' in source
  const archive =
    isGit && statSync(file).isDirectory()
      ? await packForBerry({ label: key, checkout: file, subdir: source.subdir }, `${making.packed++}`, making)
      : file
  const checksum = CLAIM.exec(('claim' in source ? source.claim : undefined) ?? '')?.[1]
  const files = isGit || isPatched(name, making) ? undefined : filesOf(path, making)
  return {
    task: { archive, zip: `${root}/${path}`, prefix: `node_modules/${name}`, label: key, checksum, files },
    isGit,
  }
}

/** What Yarn makes of other packages by patching them. */
function patchesOf(root: string): readonly string[] {
  const lines = readFileSync(`${root}/yarn.lock`, 'utf8').match(/^ {2}resolution: .*@patch:.*$/gm)
  return (lines ?? []).map((line) => decodeURIComponent(line))
}

function isPatched(name: string, { patches }: Making): boolean {
  return patches.some((line) => line.includes(`${name}@`))
}

function filesOf(path: string, { packages }: Making): string | undefined {
  return packages === undefined ? undefined : `${packages}/${basename(path)}`
}

/** Whether Yarn compresses nothing: its cache key says so. */
export function isStored(root: string): boolean {
  return /^ {2}cacheKey: ["']?\d+c0["']?$/m.test(readFileSync(`${root}/yarn.lock`, 'utf8'))
}

/** A file's name ends with the beginning of its checksum; Yarn verifies the whole of it. */
function isUnverified({ task: { zip }, isGit }: CacheFile): boolean {
  return isGit && !zip.endsWith(`-${digestOf([readFileSync(zip)]).slice(0, 10)}.zip`)
}

function isStandIn({ task: { files } }: CacheFile): boolean {
  return files !== undefined && existsSync(files)
}

/** Without compression. Fails when the package is not the one that the lock file names. */
export function makeZip(task: ZipTask): void {
  const { archive, prefix, files, label } = task
  const entries = zipEntries(readTar(readFileSync(archive), `The archive of ${label}`, limits), { prefix, strip: 1 })
  if (entries.has(`${prefix}/${MARK}`)) fail(`${label} holds a file called ${MARK}, which this build needs for itself.`)
  const pieces = zipPieces(entries)
  verifyZip(pieces, task)
  const standIn = files === undefined ? undefined : standInOf(entries, prefix, files)
  if (files !== undefined && standIn !== undefined) writePackage(entries, prefix, files)
  writeFileSync(task.zip, standIn === undefined ? Buffer.concat(pieces) : printZip(standIn), { mode: 0o644 })
}

const limits = { bytes: 4 * 1024 ** 3 - 1, entries: 500_000 }

export function verifyZip(pieces: readonly Buffer[], { checksum, label, archive }: ZipTask): void {
  if (checksum === undefined) return
  const digest = digestOf(pieces)
  if (digest === checksum) return
  fail(
    `${label} is not what yarn.lock names: the zip made of ${archive} has the checksum ${digest}, the lock file says ${checksum}. If nobody changed the package in its registry, something is wrong with it: compare before you trust it.`,
  )
}

function digestOf(pieces: readonly Buffer[]): string {
  const hash = createHash('sha512')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

async function compress(files: readonly CacheFile[], { building, program }: CacheMaking): Promise<void> {
  const { state } = building
  const list = `${state}/berry-zips.json`
  const plugin = `${state}/berry-plugin.cjs`
  writeFileSync(list, JSON.stringify(files.map(({ task }) => task)))
  writeFileSync(plugin, berryPlugin)
  const env = { YARN_PLUGINS: plugin, LOCK2BUILD_LIST: list, LOCK2BUILD_WORKERS: String(building.job.workers) }
  const run = await program.run(['lock2build-zips'], env)
  if (run.code !== 0) fail(`yarn could not make its cache files:\n${run.output.trim()}`)
  for (const { task } of files) verifyZip([readFileSync(task.zip)], task)
}

/** Says that the lock file's checksum was not met, and what that means. */
export function warnOfUnverified({ unverified }: BerryCache): void {
  for (const label of unverified) {
    say(
      `${label} comes from git: its commit is verified, and yarn.lock's checksum is not, because Yarn packs the checkout with another package manager.`,
    )
  }
}
