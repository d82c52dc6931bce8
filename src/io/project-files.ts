/** The project directory as readers see it: text files and archives by project-relative path, and nothing outside of it. */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { ProjectArchives, ProjectBytes, ProjectFiles } from '../model/world.ts'
import { fail, shown } from '../problem.ts'
import { checkSize, decodeText } from '../text/decode.ts'
import { hashNames } from './answer-body.ts'
import { failEscapes, failIo, hasCode, segmentsOf } from './inside.ts'

/** O_NONBLOCK: opening a named pipe must not wait for someone to write into it. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export function projectFiles(dir: string): ProjectFiles {
  return {
    find: (path) => {
      const real = findReal(dir, path)
      return real === undefined ? undefined : decodeText(readBytes(real, path), path)
    },
  }
}

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

async function* readChunks(real: string, path: string): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(real, flags)
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

/** Where a path really is, links resolved; undefined when nothing is there. Throws `path-escapes`, `io`. */
function findReal(dir: string, path: string): string | undefined {
  const segments = segmentsOf(path)
  try {
    const root = realpathSync(dir)
    const real = realpathSync(join(root, ...segments))
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) failEscapes(path)
    return real
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    return failIo(error, 'reading', path)
  }
}

function readBytes(real: string, path: string): Uint8Array {
  let file: number | undefined
  try {
    file = openSync(real, flags)
    const stats = fstatSync(file)
    if (!stats.isFile()) failKind(path)
    checkSize(stats.size, path)
    return readFileSync(file)
  } catch (error) {
    return failIo(error, 'reading', path)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function failKind(path: string): never {
  fail({ code: 'io', message: `${shown(path)} is not a regular file`, where: { file: path } })
}
