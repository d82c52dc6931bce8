/** A file as bytes, verified. */
import { printSri } from '../../../src/digest/sri.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { NonEmpty } from '../../../src/model/source.ts'
import type { Downloads } from '../../../src/model/world.ts'
import { fail, ProblemError, shown } from '../../../src/problem.ts'

const MAX_BYTES = 1024 * 1024 * 1024

/** From the first URL that has it. Throws what the downloads throw, and `integrity-mismatch`. */
export async function fetchBytes(
  urls: NonEmpty<string>,
  digests: readonly Digest[],
  downloads: Downloads,
): Promise<Uint8Array> {
  const [url, ...others] = urls
  const [next, ...rest] = others
  try {
    const bytes = await downloads.fetchFile(url, collect)
    verify(url, bytes, digests)
    return bytes
  } catch (error) {
    const isGone = error instanceof ProblemError && error.problems.every(({ code }) => code === 'not-found')
    if (!isGone || next === undefined) throw error
    return fetchBytes([next, ...rest], digests, downloads)
  }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MAX_BYTES) fail({ code: 'network', message: `a source archive is larger than ${MAX_BYTES} bytes` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function verify(url: string, bytes: Uint8Array, digests: readonly Digest[]): void {
  const known = digests.filter(({ algorithm }) => algorithm !== 'blake2b')
  if (known.length === 0) return
  // Slow to load, and most runs know how everything is built.
  const { createHash } = process.getBuiltinModule('node:crypto')
  const isRight = known.some(({ algorithm, hex }) => createHash(algorithm).update(bytes).digest('hex') === hex)
  if (isRight) return
  fail({
    code: 'integrity-mismatch',
    message: `${shown(url)} is not what the lock file names: ${known.map(printSri).join(' or ')}`,
    hint: 'find out why the bytes differ before you trust either; if the new ones are right, lock the package again',
  })
}
