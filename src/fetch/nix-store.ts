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
  readonly onProgress?: ((done: number, total: number) => void) | undefined
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
  for (const group of byMethod(missing)) await add(group, { ...options, onLine })
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
  for (const paths of commandLines(wanted.map(({ storePath }) => storePath))) {
    for (const path of await runNix('nix-store', ['--check-validity', '--print-invalid', ...paths], options)) {
      invalid.add(path)
    }
  }
  return invalid
}

/** Files of one algorithm, or trees, at a time: it is an argument. */
function byMethod(missing: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const kinds = new Map<string, Wanted[]>()
  for (const wanted of missing) {
    const method = methodOf(wanted.source).join(' ')
    const same = kinds.get(method)
    if (same === undefined) kinds.set(method, [wanted])
    else same.push(wanted)
  }
  return [...kinds.values()]
}

function methodOf({ form, digest }: StoredSource): readonly string[] {
  return form === 'tree' ? ['--recursive', digest.algorithm] : [digest.algorithm]
}

/** All of one method. The name of a file is its name in the store. */
async function add(group: readonly Wanted[], options: NixStoreOptions & NixProcess): Promise<void> {
  const [first] = group
  if (first === undefined) return
  const scratch = storeSpace(options.cacheDirectory).temporary()
  try {
    const copies = nameCopies(
      scratch,
      group.map(({ source }) => source),
    )
    const added: string[] = []
    for (const paths of commandLines(copies)) {
      added.push(...(await runNix('nix-store', ['--add-fixed', ...methodOf(first.source), ...paths], options)))
    }
    for (const [index, { source, storePath }] of group.entries()) if (added[index] !== storePath) failDamaged(source)
  } finally {
    removeTree(scratch)
  }
}

/** Bytes. macOS takes 1 MiB, the environment included; a thousand sources are 100 KiB. */
const COMMAND_LINE = 256 * 1024

/** Words in their order, as few lists as fit on a command line. */
function commandLines(words: readonly string[]): readonly (readonly string[])[] {
  const lines: string[][] = []
  let length = COMMAND_LINE
  for (const word of words) {
    length += Buffer.byteLength(word) + 1
    if (length > COMMAND_LINE) {
      lines.push([])
      length = Buffer.byteLength(word) + 1
    }
    lines.at(-1)?.push(word)
  }
  return lines
}
