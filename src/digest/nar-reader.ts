/**
 * Reads NAR archives (see nar.ts), and only those that Nix would write: what this accepts has one spelling, so its hash is the
 * tree's. Archives come from strangers: names, order, sizes and padding are checked before anything is handed on.
 */
import { fail, shown } from '../problem.ts'

/** In the archive's order: a directory comes before what is in it. `path` is relative, with `/`; empty: the root. */
export type NarEvent =
  | { readonly kind: 'directory'; readonly path: Buffer }
  | { readonly kind: 'link'; readonly path: Buffer; readonly target: Buffer }
  | { readonly kind: 'file'; readonly path: Buffer; readonly isExecutable: boolean; readonly size: number }
  /** More of the file that came last; valid until the next event is asked for. All pieces together are `size` bytes. */
  | { readonly kind: 'data'; readonly bytes: Uint8Array }

/** What Linux takes as a path; so neither can an archive ask for more memory than that. */
const PATH_LIMIT = 4096
const NAME_LIMIT = 255
/** Longer than every mark of the format. */
const MARK_LIMIT = 16

/** `file` is named in problems. Throws `integrity-mismatch` for what is no archive, and what `chunks` throws. */
export function* readNar(chunks: Iterable<Uint8Array>, file: string): Generator<NarEvent, void, undefined> {
  const input = new NarInput(chunks, file)
  try {
    yield* readArchive(input)
  } finally {
    input.close()
  }
}

function* readArchive(input: NarInput): Generator<NarEvent, void, undefined> {
  input.expect('nix-archive-1')
  // A stack of our own, because an archive may be nested deeper than JavaScript's.
  const open: OpenDirectory[] = []
  yield* readNode(input, Buffer.alloc(0), open)
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const mark = input.mark()
    if (mark === ')') {
      open.pop()
      if (open.length > 0) input.expect(')')
    } else if (mark === 'entry') {
      const depth = open.length
      yield* readEntry(input, directory, open)
      if (open.length === depth) input.expect(')')
    } else {
      input.refuse(`${shown(mark)} stands where an entry was expected`)
    }
  }
  input.expectEnd()
}

interface OpenDirectory {
  readonly path: Buffer
  /** Name of the entry before. */
  last: Buffer | undefined
}

function* readEntry(
  input: NarInput,
  directory: OpenDirectory,
  open: OpenDirectory[],
): Generator<NarEvent, void, undefined> {
  input.expect('(')
  input.expect('name')
  const name = input.bytes(NAME_LIMIT)
  checkName(input, name)
  if (directory.last !== undefined && Buffer.compare(directory.last, name) >= 0) {
    input.refuse(`${shown(name.toString())} is out of order`)
  }
  directory.last = name
  const path = directory.path.length === 0 ? name : Buffer.concat([directory.path, slash, name])
  if (path.length > PATH_LIMIT) input.refuse('a path is too long')
  input.expect('node')
  yield* readNode(input, path, open)
}

const slash = Buffer.from('/')

function checkName(input: NarInput, name: Buffer): void {
  const text = name.toString('latin1')
  const isName = text !== '' && text !== '.' && text !== '..' && !/[/\0]/.test(text)
  if (!isName) input.refuse(`${shown(name.toString())} is not a file name`)
}

/** A file or link as a whole; a directory is only opened. */
function* readNode(input: NarInput, path: Buffer, open: OpenDirectory[]): Generator<NarEvent, void, undefined> {
  input.expect('(')
  input.expect('type')
  const type = input.mark()
  if (type === 'directory') {
    open.push({ path, last: undefined })
    yield { kind: 'directory', path }
  } else if (type === 'symlink') {
    input.expect('target')
    const target = input.bytes(PATH_LIMIT)
    if (target.length === 0 || target.includes(0)) input.refuse('a symbolic link leads nowhere')
    yield { kind: 'link', path, target }
    input.expect(')')
  } else if (type === 'regular') {
    yield* readFile(input, path)
    input.expect(')')
  } else {
    input.refuse(`${shown(type)} is not a kind of file`)
  }
}

function* readFile(input: NarInput, path: Buffer): Generator<NarEvent, void, undefined> {
  const mark = input.mark()
  const isExecutable = mark === 'executable'
  if (isExecutable) {
    input.expect('')
    input.expect('contents')
  } else if (mark !== 'contents') {
    input.refuse(`${shown(mark)} stands where contents were expected`)
  }
  const size = input.length()
  yield { kind: 'file', path, isExecutable, size }
  for (const bytes of input.pieces(size)) yield { kind: 'data', bytes }
  input.pad(size)
}

/** The archive's bytes, in the portions that the format asks for. */
class NarInput {
  readonly #chunks: Iterator<Uint8Array>
  readonly #file: string
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0

  constructor(chunks: Iterable<Uint8Array>, file: string) {
    this.#chunks = chunks[Symbol.iterator]()
    this.#file = file
  }

  /** Lets go of what the chunks come from. */
  close(): void {
    this.#chunks.return?.()
  }

  refuse(reason: string): never {
    return fail({
      code: 'integrity-mismatch',
      message: `this is not a NAR archive as Nix writes it: ${reason}`,
      where: { file: this.#file },
    })
  }

  /** A short ASCII word of the format. */
  mark(): string {
    return this.bytes(MARK_LIMIT).toString('latin1')
  }

  expect(mark: string): void {
    const found = this.mark()
    if (found !== mark) this.refuse(`${shown(found)} stands where ${shown(mark)} was expected`)
  }

  bytes(limit: number): Buffer {
    const length = this.length()
    if (length > limit) this.refuse(`a string of ${length} bytes stands where at most ${limit} were expected`)
    const bytes = this.#take(length)
    this.pad(length)
    return bytes
  }

  length(): number {
    const length = this.#take(8).readBigUInt64LE()
    if (length > BigInt(Number.MAX_SAFE_INTEGER)) this.refuse('a length is out of range')
    return Number(length)
  }

  pad(length: number): void {
    if (this.#take(-length & 7).some((byte) => byte !== 0)) this.refuse('the padding is not zero')
  }

  *pieces(length: number): Generator<Uint8Array, void, undefined> {
    for (let rest = length; rest > 0;) {
      this.#need()
      const piece = this.#chunk.subarray(this.#at, this.#at + rest)
      this.#at += piece.length
      rest -= piece.length
      yield piece
    }
  }

  expectEnd(): void {
    while (this.#at === this.#chunk.length) if (!this.#next()) return
    this.refuse('something follows its end')
  }

  /** A copy: the chunk is overwritten by the next one. */
  #take(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    let done = 0
    for (const piece of this.pieces(length)) {
      bytes.set(piece, done)
      done += piece.length
    }
    return bytes
  }

  #need(): void {
    while (this.#at === this.#chunk.length) if (!this.#next()) this.refuse('it ends too early')
  }

  #next(): boolean {
    const { done, value } = this.#chunks.next()
    if (done === true) return false
    this.#chunk = value
    this.#at = 0
    return true
  }
}
