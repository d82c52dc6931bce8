/** NAR archives from disk to disk. Everything in them is checked before it is made, and nothing is ever written through a link. */
import { closeSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { readNar, type NarEvent } from '../digest/nar-reader.ts'
import { fail } from '../problem.ts'
import { failIo } from './inside.ts'
import { readNarTree } from './nar-tree.ts'

/** For this long (milliseconds) unpacking keeps the event loop to itself. */
const SLICE = 20

/**
 * Unpacks the archive of a directory into an empty directory. Its hash is not looked at: an archive has one spelling, so the
 * tree's is the same. Throws `integrity-mismatch` for what is no such archive, `io`; then a part of it may be there.
 */
export async function unpackNar(file: string, directory: string): Promise<void> {
  const archive = readNarTree(file)
  if (archive.kind !== 'file') return refuse('this is not a file', file)
  const writer = new TreeWriter(file, Buffer.from(directory))
  let pause = performance.now() + SLICE
  try {
    for (const event of readNar(archive.read(), file)) {
      writer.add(event)
      if (performance.now() < pause) continue
      await setImmediate()
      pause = performance.now() + SLICE
    }
  } finally {
    writer.close()
  }
}

class TreeWriter {
  readonly #archive: string
  readonly #root: Buffer
  #file: number | undefined
  #path: Buffer

  constructor(archive: string, root: Buffer) {
    this.#archive = archive
    this.#root = root
    this.#path = root
  }

  add(event: NarEvent): void {
    if (event.kind === 'data') return this.#attempt(() => this.#write(event.bytes))
    this.close()
    if (event.path.length === 0) {
      return event.kind === 'directory' ? undefined : refuse('this is not the archive of a directory', this.#archive)
    }
    this.#path = Buffer.concat([this.#root, slash, event.path])
    this.#attempt(() => this.#make(event))
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  /** Fails where something is: on a file system that takes two names for one, too. */
  #make(event: Exclude<NarEvent, { kind: 'data' }>): void {
    switch (event.kind) {
      case 'directory':
        mkdirSync(this.#path, 0o755)
        return
      case 'link':
        symlinkSync(event.target, this.#path)
        return
      case 'file':
        this.#file = openSync(this.#path, 'wx', event.isExecutable ? 0o755 : 0o644)
        return
    }
  }

  #write(bytes: Uint8Array): void {
    if (this.#file === undefined) throw new Error('data without a file')
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done)
  }

  #attempt(action: () => void): void {
    try {
      action()
    } catch (error) {
      failIo(error, 'writing', this.#path.toString())
    }
  }
}

const slash = Buffer.from('/')

function refuse(message: string, file: string): never {
  return fail({ code: 'integrity-mismatch', message, where: { file } })
}
