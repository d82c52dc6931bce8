/**
 * Sources into a Nix store, under the paths that the emitted expressions ask for, so that a build finds them and fetches nothing.
 * `nix-store --add-fixed` hashes what it adds and needs no rights; an import would be no faster, and believe what it is given.
 */
import { dirname } from 'node:path'
import { nameCopies } from '../io/named-copies.ts'
import { runNix, type NixProcess } from '../io/nix-process.ts'
import { removeTree, storeSpace } from '../io/store-space.ts'
import { failDamaged } from './nar-source.ts'
import { nixStorePath, type StoredSource } from './stored-source.ts'

export interface NixStoreOptions extends Omit<NixProcess, 'onLine'> {
  /** Holds our store; see io/cache-directory.ts. */
  readonly cacheDirectory: string
  readonly onProgress?: (done: number, total: number) => void
}

export interface AddedToNix {
  readonly added: number
  /** Valid already. */
  readonly kept: number
}

/** Adds what the store lacks. Throws `nix`, `io`; `integrity-mismatch` when a source is not what its digest says. */
export async function addToNixStore(sources: readonly StoredSource[], options: NixStoreOptions): Promise<AddedToNix> {
  if (sources.length === 0) return { added: 0, kept: 0 }
  const storeDir = await fetchStoreDir(options)
  const wanted = sources.map((source): Wanted => ({ source, storePath: nixStorePath(source, storeDir) }))
  const invalid = await findInvalid(wanted, options)
  const missing = wanted.filter(({ storePath }) => invalid.has(storePath))
  let done = sources.length - missing.length
  const onLine = () => options.onProgress?.((done += 1), sources.length)
  for (const batch of batches(missing)) await add(batch, { ...options, onLine })
  return { added: missing.length, kept: sources.length - missing.length }
}

interface Wanted {
  readonly source: StoredSource
  readonly storePath: string
}

/** Nix knows where the store is that it works on; asked for a path, whichever, it says so. */
async function fetchStoreDir(options: NixStoreOptions): Promise<string> {
  const args = ['--print-fixed-path', 'sha256', '0'.repeat(64), 'any']
  const [path = ''] = await runNix('nix-store', args, options)
  return dirname(path)
}

async function findInvalid(wanted: readonly Wanted[], options: NixStoreOptions): Promise<ReadonlySet<string>> {
  const invalid = new Set<string>()
  for (const batch of chunksOf(wanted, BATCH)) {
    const paths = batch.map(({ storePath }) => storePath)
    for (const path of await runNix('nix-store', ['--check-validity', '--print-invalid', ...paths], options)) {
      invalid.add(path)
    }
  }
  return invalid
}

/** Words of up to 300 bytes; all of them together must fit in macOS's 1 MiB. */
const BATCH = 2000

/** Files of one algorithm, or trees, at a time: it is an argument. */
function batches(missing: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const kinds = new Map<string, Wanted[]>()
  for (const wanted of missing) {
    const method = methodOf(wanted.source).join(' ')
    const same = kinds.get(method)
    if (same === undefined) kinds.set(method, [wanted])
    else same.push(wanted)
  }
  return [...kinds.values()].flatMap((group) => chunksOf(group, BATCH))
}

function methodOf({ form, digest }: StoredSource): readonly string[] {
  return form === 'tree' ? ['--recursive', digest.algorithm] : [digest.algorithm]
}

/** The name of a file is its name in the store. */
async function add(batch: readonly Wanted[], options: NixStoreOptions & NixProcess): Promise<void> {
  const [first] = batch
  if (first === undefined) return
  const scratch = storeSpace(options.cacheDirectory).temporary()
  try {
    const paths = nameCopies(
      scratch,
      batch.map(({ source }) => source),
    )
    const added = await runNix('nix-store', ['--add-fixed', ...methodOf(first.source), ...paths], options)
    for (const [index, { source, storePath }] of batch.entries()) if (added[index] !== storePath) failDamaged(source)
  } finally {
    removeTree(scratch)
  }
}

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
