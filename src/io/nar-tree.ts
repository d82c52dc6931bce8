/** Directories on disk as NAR trees. Names are raw bytes: a file system does not promise UTF-8. */
import { createHash } from 'node:crypto'
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { narChunks, type NarAlgorithm, type NarEntry, type NarFile, type NarNode } from '../digest/nar.ts'
import type { Digest } from '../model/digest.ts'
import { fail, shown } from '../problem.ts'

export interface NarTreeOptions {
  /** Entries to leave out, by base name, at any depth (never the root itself). */
  readonly skip?: (name: string) => boolean
}

export interface NarDigestOptions extends NarTreeOptions {
  /** sha256 unless said otherwise. */
  readonly algorithm?: NarAlgorithm
}

/** For this long (milliseconds) hashing keeps the event loop to itself. */
const SLICE = 20

/** `nix-hash --type sha256 <path>`: digest of the NAR of a file, symlink or directory. Throws `io`. */
export async function narDigestOfTree(path: string, options: NarDigestOptions = {}): Promise<Digest> {
  const algorithm = options.algorithm ?? 'sha256'
  const hash = createHash(algorithm)
  let pause = performance.now() + SLICE
  for (const chunk of narChunks(readNarTree(path, options))) {
    hash.update(chunk)
    if (performance.now() < pause) continue
    await setImmediate()
    pause = performance.now() + SLICE
  }
  return { algorithm, hex: hash.digest('hex') }
}

/** The tree at a path; directories and files are read when the archive gets there. Throws `io`. */
export function readNarTree(path: string, options: NarTreeOptions = {}): NarNode {
  return readNode(Buffer.from(path), options)
}

function readNode(path: Buffer, options: NarTreeOptions): NarNode {
  const stats = attempt(path, () => lstatSync(path))
  if (stats.isDirectory()) return { kind: 'directory', entries: () => readEntries(path, options) }
  if (stats.isSymbolicLink()) {
    return { kind: 'link', target: attempt(path, () => readlinkSync(path, { encoding: 'buffer' })) }
  }
  if (stats.isFile()) return readFile(path, stats)
  return fail({
    code: 'io',
    message: 'this is neither a file, a directory nor a symbolic link',
    where: { file: path.toString() },
  })
}

function readEntries(path: Buffer, options: NarTreeOptions): readonly NarEntry[] {
  return attempt(path, () => readdirSync(path, { encoding: 'buffer' }))
    .filter((name) => options.skip?.(name.toString()) !== true)
    .map((name) => ({ name, node: readNode(Buffer.concat([path, slash, name]), options) }))
}

const slash = Buffer.from('/')

function readFile(path: Buffer, stats: Stats): NarFile {
  return {
    kind: 'file',
    isExecutable: (stats.mode & 0o100) !== 0,
    size: stats.size,
    read: () => readChunks(path, stats.size),
  }
}

const CHUNK = 256 * 1024

/** Exactly `size` bytes, or a problem when the file shrinks meanwhile. */
function* readChunks(path: Buffer, size: number): Generator<Uint8Array, void, undefined> {
  if (size === 0) return
  const file = attempt(path, () => openSync(path, 'r'))
  try {
    const buffer = Buffer.allocUnsafe(Math.min(size, CHUNK))
    for (let done = 0; done < size;) {
      const length = Math.min(size - done, CHUNK)
      const read = attempt(path, () => readSync(file, buffer, 0, length, null))
      if (read === 0)
        fail({ code: 'io', message: 'the file changed while it was read', where: { file: path.toString() } })
      yield buffer.subarray(0, read)
      done += read
    }
  } finally {
    closeSync(file)
  }
}

function attempt<T>(path: Buffer, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return fail({
      code: 'io',
      message: `a file of the tree could not be read: ${shown(reason)}`,
      where: { file: path.toString() },
      cause,
    })
  }
}
