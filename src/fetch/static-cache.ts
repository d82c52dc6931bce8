/**
 * A binary cache of Nix that is nothing but files: `nix-cache-info`, `<hash>.narinfo`, `nar/…`. Any web server can serve it, and Nix
 * substitutes from it with no registry in reach. What is there already stays; a NAR is in place before the narinfo that names it.
 */
import { basename } from 'node:path'
import { compressFiles, type ZstdOptions } from '../io/zstd.ts'
import { measureChunks, openPublicDirectory, type Draft, type PublicDirectory } from '../io/public-directory.ts'
import { fail, shown } from '../problem.ts'
import { narOfSource } from './nar-source.ts'
import {
  narFingerprint,
  narUrl,
  parseNarInfo,
  printNarInfo,
  type Compression,
  type FoundNarInfo,
  type NarFileInfo,
  type NarInfo,
} from './narinfo.ts'
import { signText, type SigningKey } from './signing.ts'
import { nixStorePath, type StoredSource } from './stored-source.ts'

export interface StaticCacheOptions extends ZstdOptions {
  /** Of what is added; what is there stays as it is. */
  readonly compression: Compression
  readonly key?: SigningKey | undefined
  readonly onProgress?: (done: number, total: number) => void
}

export interface CachedSources {
  /** Written: they were not there, or damaged. */
  readonly added: number
  readonly kept: number
}

/** Adds what is missing; what is there already is verified, and signed too. Throws `io`, `integrity-mismatch`, `usage`, `not-ours`. */
export async function addToStaticCache(
  directory: string,
  sources: readonly StoredSource[],
  options: StaticCacheOptions,
): Promise<CachedSources> {
  const cache = openPublicDirectory(directory)
  await describe(cache)
  const missing: StoredSource[] = []
  let done = 0
  const progress = (more = 1) => options.onProgress?.((done += more), sources.length)
  for (const source of sources) {
    if (await keep(cache, source, options)) progress()
    else missing.push(source)
  }
  for (let at = 0; at < missing.length; at += BATCH) {
    await add(cache, missing.slice(at, at + BATCH), options)
    progress(Math.min(BATCH, missing.length - at))
  }
  return { added: missing.length, kept: sources.length - missing.length }
}

/** Sources that are compressed by one process, and lie uncompressed on the disk meanwhile. */
const BATCH = 64

const STORE = '/nix/store'
const INFO = 'nix-cache-info'

/** A cache of another store has other store paths in it. A description of the user's, with another priority, stays. */
async function describe(cache: PublicDirectory): Promise<void> {
  const text = cache.findText(INFO)
  if (text === undefined) return cache.publishText(INFO, `StoreDir: ${STORE}\nWantMassQuery: 1\nPriority: 30\n`)
  const store = /^StoreDir: *(.*)$/m.exec(text)?.[1]
  if (store === undefined || store === STORE) return
  fail({
    code: 'not-ours',
    message: `this is a binary cache for the store ${shown(store)}, not ${STORE}`,
    where: { file: `${cache.root}/${INFO}` },
    hint: 'name another directory',
  })
}

/** False: it is not there, or not what it should be. */
async function keep(cache: PublicDirectory, source: StoredSource, { key }: StaticCacheOptions): Promise<boolean> {
  const path = infoPath(source)
  const text = cache.findText(path)
  const found = text === undefined ? undefined : parseNarInfo(text)
  if (found === undefined || !(await hasNar(cache, found))) return false
  const expected = infoOf(source, await measureChunks(narOfSource(source)), found)
  if (printNarInfo(expected) !== text) return false
  const signed = withSignature(expected, key)
  if (signed !== expected) await cache.publishText(path, printNarInfo(signed))
  return true
}

async function hasNar(cache: PublicDirectory, found: FoundNarInfo): Promise<boolean> {
  const url = narUrl(found)
  return cache.findSize(url) === found.file.size && (await cache.findHex(url, 'sha256')) === found.file.sha256
}

async function add(
  cache: PublicDirectory,
  sources: readonly StoredSource[],
  options: StaticCacheOptions,
): Promise<void> {
  const written: { readonly source: StoredSource; readonly nar: Draft }[] = []
  for (const source of sources) written.push({ source, nar: await cache.draft(narOfSource(source)) })
  const files = await compress(
    cache,
    written.map(({ nar }) => nar),
    options,
  )
  for (const [index, { source, nar }] of written.entries()) {
    const file = files[index] ?? nar
    const info = infoOf(source, nar, { compression: options.compression, file, signatures: [] })
    cache.publish(file.path, narUrl(info))
    await cache.publishText(infoPath(source), printNarInfo(withSignature(info, options.key)))
  }
}

/** One by one with the NARs. */
async function compress(
  cache: PublicDirectory,
  nars: readonly Draft[],
  options: StaticCacheOptions,
): Promise<readonly Draft[]> {
  if (options.compression === 'none') return nars
  await compressFiles(
    nars.map(({ path }) => path),
    options,
  )
  const files: Draft[] = []
  for (const { path } of nars) {
    files.push(await cache.adopt(`${path}.zst`))
    cache.discard(path)
  }
  return files
}

function infoOf(source: StoredSource, nar: NarFileInfo, { compression, file, signatures }: FoundNarInfo): NarInfo {
  return {
    storePath: nixStorePath(source, STORE),
    form: source.form,
    content: source.digest,
    nar: { sha256: nar.sha256, size: nar.size },
    file: { sha256: file.sha256, size: file.size },
    compression,
    signatures,
  }
}

/** Other keys' signatures stay; an older one of a key of the same name goes. */
function withSignature(info: NarInfo, key: SigningKey | undefined): NarInfo {
  if (key === undefined) return info
  const own = signText(narFingerprint(info), key)
  if (info.signatures.includes(own)) return info
  const others = info.signatures.filter((signature) => !signature.startsWith(`${key.name}:`))
  return { ...info, signatures: [...others, own] }
}

/** `<hash of the store path>.narinfo` */
function infoPath(source: StoredSource): string {
  return `${basename(nixStorePath(source, STORE)).slice(0, 32)}.narinfo`
}
