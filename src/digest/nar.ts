/**
 * NAR, the archive form that Nix hashes directories in (thesis of E. Dolstra, figure 5.2): contents, names, symlink targets and
 * the owner's execute bit; nothing else. Each string is its length (64 bits, little-endian), its bytes, and zeros up to a
 * multiple of 8. The tree is pulled, so neither a file nor the archive is ever whole in memory.
 */
import { createHash, type Hash } from 'node:crypto'
import type { Algorithm, Digest } from '../model/digest.ts'

export type NarNode = NarFile | NarLink | NarDirectory

export interface NarFile {
  readonly kind: 'file'
  readonly isExecutable: boolean
  /** Bytes; `read` gives exactly that many. */
  readonly size: number
  read(): Iterable<Uint8Array>
}

export interface NarLink {
  readonly kind: 'link'
  readonly target: Uint8Array
}

export interface NarDirectory {
  readonly kind: 'directory'
  /** In any order; asked for when the archive gets there. */
  entries(): readonly NarEntry[]
}

export interface NarEntry {
  readonly name: Uint8Array
  readonly node: NarNode
}

/** The archive in pieces of up to 64 KiB. Each piece is valid until the next one is asked for. Throws what the tree throws. */
export function* narChunks(root: NarNode): Generator<Uint8Array, void, undefined> {
  const out = new NarBuffer()
  out.text('nix-archive-1')
  // Directories that are open. A stack of our own, because a repository may be nested deeper than JavaScript's.
  const open: OpenDirectory[] = []
  yield* writeNode(root, open, out)
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const entry = directory.entries[directory.next]
    if (directory.next > 0) out.text(')')
    directory.next += 1
    if (entry === undefined) {
      open.pop()
      out.text(')')
      yield* out.room()
    } else {
      yield* writeEntry(entry, open, out)
    }
  }
  yield* out.rest()
}

/** Hash of the archive, at once. For directories on disk see io/nar-tree.ts, which lets other work go on meanwhile. */
export function narDigest(root: NarNode, algorithm: NarAlgorithm = 'sha256'): Digest {
  const hash: Hash = createHash(algorithm)
  for (const chunk of narChunks(root)) hash.update(chunk)
  return { algorithm, hex: hash.digest('hex') }
}

export type NarAlgorithm = Exclude<Algorithm, 'blake2b'>

interface OpenDirectory {
  readonly entries: readonly NarEntry[]
  next: number
}

function* writeEntry(
  { name, node }: NarEntry,
  open: OpenDirectory[],
  out: NarBuffer,
): Generator<Uint8Array, void, undefined> {
  out.text('entry')
  out.text('(')
  out.text('name')
  yield* out.bytes(name)
  out.text('node')
  yield* writeNode(node, open, out)
}

/** A file or link as a whole; a directory is only opened. */
function* writeNode(node: NarNode, open: OpenDirectory[], out: NarBuffer): Generator<Uint8Array, void, undefined> {
  out.text('(')
  out.text('type')
  switch (node.kind) {
    case 'file':
      yield* writeFile(node, out)
      out.text(')')
      return
    case 'link':
      out.text('symlink')
      out.text('target')
      yield* out.bytes(node.target)
      out.text(')')
      return
    case 'directory':
      out.text('directory')
      open.push({ entries: sortEntries(node.entries()), next: 0 })
      return
  }
}

function sortEntries(unsorted: readonly NarEntry[]): readonly NarEntry[] {
  const entries = [...unsorted].sort((a, b) => Buffer.compare(a.name, b.name))
  for (const [index, { name }] of entries.entries()) {
    const before = entries[index - 1]
    if (before !== undefined && Buffer.compare(before.name, name) === 0) throw new Error('a directory has a name twice')
  }
  return entries
}

function* writeFile(file: NarFile, out: NarBuffer): Generator<Uint8Array, void, undefined> {
  out.text('regular')
  if (file.isExecutable) {
    out.text('executable')
    out.text('')
  }
  out.text('contents')
  out.length(file.size)
  let size = 0
  for (const chunk of file.read()) {
    size += chunk.length
    yield* out.raw(chunk)
  }
  if (size !== file.size) throw new Error(`a file of ${file.size} bytes gave ${size}`)
  out.pad(size)
}

const CAPACITY = 64 * 1024
/** Room that is always left for the marks of one node: fewer than twenty short strings, 8 to 32 bytes each. */
const RESERVE = 1024

/** Collects the many small pieces, because hashing them one by one costs more than the hash. */
class NarBuffer {
  readonly #buffer = Buffer.alloc(CAPACITY)
  #used = 0

  /** A short ASCII mark of the format. */
  text(mark: string): void {
    this.length(mark.length)
    this.#used += this.#buffer.write(mark, this.#used, 'latin1')
    this.pad(mark.length)
  }

  *bytes(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    this.length(bytes.length)
    yield* this.raw(bytes)
    this.pad(bytes.length)
  }

  length(length: number): void {
    this.#buffer.writeBigUInt64LE(BigInt(length), this.#used)
    this.#used += 8
  }

  pad(length: number): void {
    const zeros = -length & 7
    this.#buffer.fill(0, this.#used, this.#used + zeros)
    this.#used += zeros
  }

  /** Afterwards there is room for marks. */
  *raw(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    if (this.#used + bytes.length <= CAPACITY - RESERVE) {
      this.#buffer.set(bytes, this.#used)
      this.#used += bytes.length
      return
    }
    yield* this.rest()
    if (bytes.length > CAPACITY - RESERVE) yield bytes
    else {
      this.#buffer.set(bytes, 0)
      this.#used = bytes.length
    }
  }

  /** Makes room for marks; a deep tree closes many directories in a row. */
  *room(): Generator<Uint8Array, void, undefined> {
    if (this.#used > CAPACITY - RESERVE) yield* this.rest()
  }

  *rest(): Generator<Uint8Array, void, undefined> {
    if (this.#used > 0) yield this.#buffer.subarray(0, this.#used)
    this.#used = 0
  }
}
