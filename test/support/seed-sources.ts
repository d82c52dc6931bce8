/**
 * Puts the archives of a spec into a Nix store as `lock2build fetch --nix` does. What was downloaded is kept for all
 * tests and their next runs.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptDirectory } from '../../scripts/scratch.mjs'
import { fetchSources } from '../../src/fetch/fetch-sources.ts'
import { addToNixStore } from '../../src/fetch/nix-store.ts'
import { storedSources, type StoredSource } from '../../src/fetch/stored-source.ts'
import { gitRepositories } from '../../src/io/git.ts'
import { web } from '../../src/io/web.ts'
import type { SpecSource } from '../../src/spec/build-spec.ts'
import { sourceStore } from '../../src/store/source-store.ts'

export interface SeededStore {
  /** What the commands of Nix are run with. */
  readonly environment: Readonly<Record<string, string>>
  /** Directory that holds nix/store. */
  readonly root: string
}

/** Git commits are left out: a build fetches them, from a server of the test. */
export async function seedSources(sources: Iterable<SpecSource>, store: SeededStore): Promise<void> {
  const archives = new Map([...sources].filter((source) => 'urls' in source).map((source, at) => [String(at), source]))
  const paths = await fetchSources(archives, {
    store: sourceStore(keptDirectory('store')),
    downloads: web(),
    git: gitRepositories({ environment: process.env }),
    project: { find: () => undefined },
  })
  await add(storedSources([{ sources: archives, paths }]), store)
}

/** Bytes that are at hand. */
export interface NamedFile {
  readonly name: string
  readonly bytes: Uint8Array
  /** Of the hash by which a spec has it; sha512 unless given. */
  readonly algorithm?: 'sha256' | 'sha512'
}

/** As fixed outputs. */
export async function addNamed(files: readonly NamedFile[], store: SeededStore): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lock2build-seed-'))
  try {
    const sources = files.map(({ name, bytes, algorithm = 'sha512' }, at): StoredSource => {
      const path = join(folder, String(at))
      writeFileSync(path, bytes)
      const hex = createHash(algorithm).update(bytes).digest('hex')
      return { name, form: 'file', digest: { algorithm, hex }, path }
    })
    await add(sources, store)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function add(sources: readonly StoredSource[], { environment, root }: SeededStore): Promise<void> {
  await addToNixStore(sources, { environment, store: root, cacheDirectory: keptDirectory('store') })
}
