/** The project directory as readers see it: text files and archives by project-relative path, and nothing outside of it. */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { ProjectArchives, ProjectFiles } from '../model/world.ts'
import { fail, shown } from '../problem.ts'
import { hashNames } from './answer-body.ts'
import { failEscapes, failIo, hasCode, segmentsOf } from './inside.ts'

/** Bytes. */
const MAX_TEXT = 64 * 1024 * 1024

/** O_NONBLOCK: opening a named pipe must not wait for someone to write into it. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export function projectFiles(dir: string): ProjectFiles {
  return {
    find: (path) => {
      const real = findReal(dir, path)
      return real === undefined ? undefined : decode(readBytes(real, path), path)
    },
  }
}

export function projectArchives(dir: string): ProjectArchives {
  return {
    findDigests: async (path, wanted) => {
      const real = findReal(dir, path)
      if (real === undefined) return undefined
      const hashes = wanted.map((algorithm) => ({ algorithm, hash: createHash(hashNames[algorithm]) }))
      try {
        const file = await open(real, flags)
        if (!(await file.stat()).isFile()) failKind(path)
        for await (const chunk of file.createReadStream()) for (const { hash } of hashes) hash.update(chunk)
      } catch (error) {
        failIo(error, 'reading', path)
      }
      return hashes.map(({ algorithm, hash }) => ({ algorithm, hex: hash.digest('hex') }))
    },
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
    if (stats.size > MAX_TEXT) failSize(path)
    return readFileSync(file)
  } catch (error) {
    return failIo(error, 'reading', path)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    return fail({ code: 'lock-encoding', message: `${shown(path)} is not UTF-8`, where: { file: path }, cause })
  }
}

function failKind(path: string): never {
  fail({ code: 'io', message: `${shown(path)} is not a regular file`, where: { file: path } })
}

function failSize(path: string): never {
  fail({
    code: 'lock-limit',
    message: `${shown(path)} is larger than ${MAX_TEXT / 1024 / 1024} MiB`,
    where: { file: path },
  })
}
