/** One small file out of a tar, which is read only as far as that (ustar, with pax and GNU long names). */
import { MAX_MEMBER } from './member-limits.ts'

const BLOCK = 512
/** Bytes of names and pax headers. */
const MAX_HEADER = 1024 * 1024

/** The first regular file that is wanted. Throws what the bytes throw. */
export async function findInTar(
  tar: AsyncIterable<Buffer>,
  isWanted: (path: string) => boolean,
): Promise<Buffer | undefined> {
  const bytes = new Bytes(tar)
  try {
    return await findIn(bytes, isWanted)
  } finally {
    await bytes.close()
  }
}

async function findIn(bytes: Bytes, isWanted: (path: string) => boolean): Promise<Buffer | undefined> {
  let longName: string | undefined
  for (;;) {
    const header = await bytes.take(BLOCK)
    if (header === undefined) return undefined
    const size = numberAt(header, 124, 12)
    const type = String.fromCharCode(header[156] ?? 0)
    const rest = Math.ceil(size / BLOCK) * BLOCK - size
    if (type === 'L' || type === 'x') {
      if (size > MAX_HEADER) return undefined
      const body = await bytes.take(size)
      if (body === undefined) return undefined
      longName = type === 'L' ? textAt(body, 0, size) : (paxPath(body) ?? longName)
    } else if (type === 'g') await bytes.skip(size)
    else {
      const path = longName ?? ownPath(header)
      longName = undefined
      const isFile = type === '0' || type === '\0'
      if (isFile && size <= MAX_MEMBER && isWanted(path)) return bytes.take(size)
      await bytes.skip(size)
    }
    await bytes.skip(rest)
  }
}

function ownPath(header: Buffer): string {
  return [textAt(header, 345, 155), textAt(header, 0, 100)].filter((part) => part !== '').join('/')
}

function numberAt(block: Buffer, start: number, length: number): number {
  const isBinary = (block[start] ?? 0) >= 0x80
  const size = isBinary
    ? Number(block.readBigUInt64BE(start + length - 8))
    : Number.parseInt(textAt(block, start, length).trim() || '0', 8)
  return Number.isSafeInteger(size) && size >= 0 ? size : 0
}

function textAt(block: Buffer, start: number, length: number): string {
  const part = block.subarray(start, start + length)
  const end = part.indexOf(0)
  return part.subarray(0, end === -1 ? part.length : end).toString('utf8')
}

function paxPath(body: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(body.toString('utf8'))?.[1]
}

/** Chunks of any length as if they were one, from the beginning on. */
class Bytes {
  readonly #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** undefined: there are fewer. */
  async take(count: number): Promise<Buffer | undefined> {
    const more: Buffer[] = []
    for (let length = this.#held.length; length < count;) {
      const next = await this.#chunks.next()
      if (next.done === true) return undefined
      more.push(next.value)
      length += next.value.length
    }
    if (more.length > 0) this.#held = Buffer.concat([this.#held, ...more])
    const taken = this.#held.subarray(0, count)
    this.#held = this.#held.subarray(count)
    return taken
  }

  async skip(count: number): Promise<void> {
    let left = count
    while (left > this.#held.length) {
      left -= this.#held.length
      const next = await this.#chunks.next()
      this.#held = next.done === true ? Buffer.alloc(0) : next.value
      if (next.done === true) return
    }
    this.#held = this.#held.subarray(left)
  }

  /** Whoever makes the bytes may stop. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
