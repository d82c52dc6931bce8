/**
 * A directory that others read while it is written: a web server, Nix, a person who copies it. A file appears in it whole or not
 * at all, and readable for whoever the umask lets. Unfinished files lie in a hidden directory below it; see store-space.ts.
 */
import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Algorithm } from '../model/digest.ts'
import { hashNames } from './answer-body.ts'
import { fail } from '../problem.ts'
import { failIo, findStats, hasCode } from './inside.ts'
import { readNarTree } from './nar-tree.ts'
import { storeSpace } from './store-space.ts'

/** Paths are relative to the directory, with `/`. Everything throws `io`. */
export interface PublicDirectory {
  /** Absolute. */
  readonly root: string
  /** Writes an unfinished file, and hashes it on the way. Throws what the chunks throw. */
  draft(chunks: Iterable<Uint8Array>): Promise<Draft>
  /** A file that a program made beside an unfinished one. */
  adopt(path: string): Promise<Draft>
  discard(draft: string): void
  /** Moves an unfinished file to its place; what stood there is replaced. */
  publish(draft: string, path: string): void
  publishText(path: string, text: string): Promise<void>
  /** undefined: there is no such file. */
  findText(path: string): string | undefined
  findSize(path: string): number | undefined
  /** Hex digest of a file's content. */
  findHex(path: string, algorithm: Algorithm): Promise<string | undefined>
}

export interface Measured {
  readonly size: number
  /** Hex. */
  readonly sha256: string
}

export interface Draft extends Measured {
  /** Absolute. */
  readonly path: string
}

/** Below the directory; its name tells whoever finds it where it comes from. */
const UNFINISHED = '.lock2build'

/** Makes the directory where there is none. */
export function openPublicDirectory(root: string): PublicDirectory {
  makeDirectory(root)
  const space = storeSpace(join(root, UNFINISHED))
  const draft = (chunks: Iterable<Uint8Array>) => writeDraft(space.temporary(), chunks)
  const publish = (from: string, path: string) => {
    makeDirectory(dirname(join(root, path)))
    space.place(from, join(root, path))
  }
  return {
    root,
    draft,
    adopt: async (path) => ({ path, ...(await measureChunks(fileChunks(path))) }),
    discard: (path) => rmSync(path, { force: true }),
    publish,
    publishText: async (path, text) => publish((await draft([Buffer.from(text)])).path, path),
    findText: (path) => findText(join(root, path)),
    findSize: (path) => statSync(join(root, path), { throwIfNoEntry: false })?.size,
    findHex: (path, algorithm) => findHex(join(root, path), algorithm),
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (error) {
    failIo(error, 'making', path)
  }
}

/** Lets other work go on meanwhile. Throws what the chunks throw. */
export async function measureChunks(
  chunks: Iterable<Uint8Array>,
  use: (chunk: Uint8Array) => void = () => {},
): Promise<Measured> {
  const hash = createHash('sha256')
  let size = 0
  await drain(chunks, (chunk) => {
    hash.update(chunk)
    use(chunk)
    size += chunk.length
  })
  return { size, sha256: hash.digest('hex') }
}

async function writeDraft(path: string, chunks: Iterable<Uint8Array>): Promise<Draft> {
  const file = attempt('writing', path, () => openSync(path, 'wx'))
  try {
    const measured = await measureChunks(chunks, (chunk) => {
      for (let done = 0; done < chunk.length;) done += attempt('writing', path, () => writeSync(file, chunk, done))
    })
    return { path, ...measured }
  } finally {
    closeSync(file)
  }
}

async function findHex(path: string, algorithm: Algorithm): Promise<string | undefined> {
  if (findStats(path)?.isFile() !== true) return undefined
  const hash = createHash(hashNames[algorithm])
  await drain(fileChunks(path), (chunk) => hash.update(chunk))
  return hash.digest('hex')
}

/** A file's bytes, as they arrive; each piece is valid until the next one is asked for. Throws `io`. */
export async function* openFile(path: string): AsyncGenerator<Uint8Array> {
  yield* fileChunks(path)
}

function fileChunks(path: string): Iterable<Uint8Array> {
  const node = readNarTree(path)
  return node.kind === 'file' ? node.read() : fail({ code: 'io', message: 'this is not a file', where: { file: path } })
}

function findText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    return failIo(error, 'reading', path)
  }
}

/** For this long (milliseconds) one file keeps the event loop to itself. */
const SLICE = 20
let pause = 0

async function drain(chunks: Iterable<Uint8Array>, use: (chunk: Uint8Array) => void): Promise<void> {
  for (const chunk of chunks) {
    use(chunk)
    if (performance.now() < pause) continue
    await setImmediate()
    pause = performance.now() + SLICE
  }
}

function attempt<T>(what: string, path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    return failIo(error, what, path)
  }
}
