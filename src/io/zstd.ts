/** Compresses files with zstd: node's own where it has it (22.15, 23.8), else the program. Level 3, one thread: the same bytes every time. */
import { spawn } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as zlib from 'node:zlib'
import { fail, shown } from '../problem.ts'
import { failIo, hasCode } from './inside.ts'

export interface ZstdOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `program`: as on a node without zstd. */
  readonly prefer?: 'program'
}

/** Makes `<file>.zst` beside each file, which stays. Throws `io`; `usage` when this machine has no zstd. */
export async function compressFiles(files: readonly string[], options: ZstdOptions): Promise<void> {
  const make: unknown = options.prefer === 'program' ? undefined : Reflect.get(zlib, 'createZstdCompress')
  if (typeof make !== 'function') return runZstd(files, options)
  for (const file of files) {
    const stream: unknown = Reflect.apply(make, zlib, [])
    if (!(stream instanceof Transform)) throw new Error('createZstdCompress gives no stream')
    try {
      await pipeline(createReadStream(file), stream, createWriteStream(`${file}.zst`))
    } catch (error) {
      failIo(error, 'compressing', file)
    }
  }
}

function runZstd(files: readonly string[], { environment }: ZstdOptions): Promise<void> {
  // Settings of the user's must not change the bytes.
  const env = { ...environment, ZSTD_CLEVEL: undefined, ZSTD_NBTHREADS: undefined }
  const child = spawn('zstd', ['-q', '-3', '-T1', '--', ...files], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const end = () => child.kill()
  process.once('exit', end)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-1000)))
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new ZstdFailure())))
  })
    .catch((error: unknown) => failZstd(error, errors))
    .finally(() => process.off('exit', end))
}

class ZstdFailure extends Error {}

function failZstd(error: unknown, errors: string): never {
  if (error instanceof ZstdFailure) return fail({ code: 'io', message: `zstd failed: ${shown(errors.trim())}` })
  if (!hasCode(error, 'ENOENT', 'EACCES')) throw error
  return fail({
    code: 'usage',
    message: 'this node has no zstd, and no program of that name is on the PATH',
    hint: 'install zstd, use node 22.15 or later, or leave out `--compression zstd`: sources are compressed already',
    cause: error,
  })
}
