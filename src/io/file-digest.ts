/** Digests of files anywhere on disk, for the person at the command line; project files are read by project-files.ts. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { NarAlgorithm } from '../digest/nar.ts'
import type { Digest } from '../model/digest.ts'
import { failIo } from './inside.ts'

/** Of the file's bytes; `-` is standard input. Throws `io`. */
export async function fetchFileDigest(path: string, algorithm: NarAlgorithm): Promise<Digest> {
  const hash = createHash(algorithm)
  try {
    const stream = path === '-' ? process.stdin : createReadStream(path)
    for await (const chunk of stream) hash.update(chunk)
  } catch (error) {
    failIo(error, 'reading', path)
  }
  return { algorithm, hex: hash.digest('hex') }
}
