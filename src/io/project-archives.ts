/** Archives of the project directory, as bytes and as digests, by project-relative path, and nothing outside of it. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { ProjectArchives, ProjectBytes } from '../model/world.ts'
import { hashNames } from './answer-body.ts'
import { failIo } from './inside.ts'
import { failKind, findReal, readingFlags } from './project-files.ts'

export function projectArchives(dir: string): ProjectArchives {
  const bytes = projectBytes(dir)
  return {
    findDigests: async (path, wanted) => {
      const chunks = bytes.find(path)
      if (chunks === undefined) return undefined
      const hashes = wanted.map((algorithm) => ({ algorithm, hash: createHash(hashNames[algorithm]) }))
      for await (const chunk of chunks) for (const { hash } of hashes) hash.update(chunk)
      return hashes.map(({ algorithm, hash }) => ({ algorithm, hex: hash.digest('hex') }))
    },
  }
}

export function projectBytes(dir: string): ProjectBytes {
  return {
    find: (path) => {
      const real = findReal(dir, path)
      return real === undefined ? undefined : readChunks(real, path)
    },
  }
}

/** The whole of it; undefined when there is no such file. Throws `path-escapes`, `io`. */
export async function loadArchive(dir: string, path: string): Promise<Uint8Array | undefined> {
  const chunks = projectBytes(dir).find(path)
  if (chunks === undefined) return undefined
  const read: Uint8Array[] = []
  for await (const chunk of chunks) read.push(chunk)
  return Buffer.concat(read)
}

async function* readChunks(real: string, path: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(real, readingFlags)
    try {
      if (!(await file.stat()).isFile()) failKind(path)
      yield* file.createReadStream({ autoClose: false })
    } finally {
      await file.close()
    }
  } catch (error) {
    failIo(error, 'reading', path)
  }
}
