/**
 * Puts the archives of a spec into a store: downloaded in parallel (Nix takes 140 seconds for 1,200 of them, one by one), verified
 * here, kept in the temporary directory by their hash, and added under the names that fetchurl would give them.
 */
import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SpecArchive, SpecSource } from '../../src/spec/build-spec.ts'

const PARALLEL = 16

/** Gets files whose names are the store names, one algorithm at a time. */
export type Add = (algorithm: string, files: readonly string[]) => Promise<void>

/** Bytes that are at hand. */
export async function addNamed(
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  add: Add,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-seed-'))
  const paths = files.map(({ name, bytes }) => {
    const path = join(mkdtempSync(join(folder, 'x')), name)
    writeFileSync(path, bytes)
    return path
  })
  try {
    if (paths.length > 0) await add('sha512', paths)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export async function seedSources(sources: Iterable<SpecSource>, add: Add): Promise<void> {
  const archives = [...sources].filter((source): source is SpecArchive => 'urls' in source)
  const queue = [...archives]
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) await download(next)
    }),
  )
  const names = mkdtempSync(join(tmpdir(), 'lock2build-seed-'))
  try {
    for (const algorithm of ['sha256', 'sha512']) {
      const files = archives
        .filter((archive) => archive.hash.startsWith(algorithm))
        .map((archive, at) => named(names, at, archive))
      for (let at = 0; at < files.length; at += 500) await add(algorithm, files.slice(at, at + 500))
    }
  } finally {
    rmSync(names, { recursive: true })
  }
}

/** The archive under its store name, in a directory of its own. */
function named(folder: string, at: number, archive: SpecArchive): string {
  const own = mkdtempSync(join(folder, `${at}-`))
  linkSync(cached(archive), join(own, archive.name))
  return join(own, archive.name)
}

async function download(archive: SpecArchive): Promise<void> {
  const file = cached(archive)
  if (existsSync(file) && isRight(readFileSync(file), archive.hash)) return
  const bytes = await firstAnswer(archive.urls)
  if (!isRight(bytes, archive.hash)) throw new Error(`${archive.urls[0]} is not ${archive.hash}`)
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, bytes)
  renameSync(draft, file)
}

async function firstAnswer(urls: readonly string[]): Promise<Buffer> {
  let failure: unknown
  for (const url of urls) {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const response = await fetch(url)
        if (!response.ok) throw new Error(`${url}: ${response.status}`)
        return Buffer.from(await response.arrayBuffer())
      } catch (error) {
        failure = error
      }
    }
  }
  throw failure
}

function isRight(bytes: Buffer, sri: string): boolean {
  const [algorithm = ''] = sri.split('-')
  return `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}` === sri
}

function cached(archive: SpecArchive): string {
  const folder = join(tmpdir(), `lock2build-test-sources-${process.getuid?.() ?? 0}`)
  mkdirSync(folder, { recursive: true })
  return join(folder, Buffer.from(archive.hash).toString('hex').slice(0, 200))
}
