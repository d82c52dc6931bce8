/**
 * What an unfinished run found out by downloading: one small file per pin, below the cache directory. Only for going on where
 * a run stopped: entries are believed for a day, what a spec pins is in the spec.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../model/digest.ts'
import type { PinCache } from '../model/world.ts'

/** Milliseconds. */
const MAX_AGE = 24 * 60 * 60 * 1000

/** `cache` is cacheDirectory's. Errors are swallowed on purpose: without the cache everything works, only slower. */
export function pinCache(cache: string): PinCache {
  const dir = join(cache, 'pins')
  const fileOf = (key: string) => join(dir, createHash('sha256').update(key).digest('hex'))
  return {
    find: (key) => {
      try {
        const file = fileOf(key)
        if (Date.now() - statSync(file).mtimeMs > MAX_AGE) {
          rmSync(file, { force: true })
          return undefined
        }
        return parseDigest(readFileSync(file, 'utf8'))
      } catch {
        return undefined
      }
    },
    save: (key, digest) => {
      try {
        const file = fileOf(key)
        mkdirSync(dir, { recursive: true, mode: 0o700 })
        writeFileSync(`${file}.${process.pid}`, `${digest.algorithm} ${digest.hex}\n`, { mode: 0o600 })
        renameSync(`${file}.${process.pid}`, file)
      } catch {
        // A full disk or a read-only home costs the next run a download.
      }
    },
  }
}

function parseDigest(text: string): Digest | undefined {
  const [, algorithm, hex] = /^(sha256|sha512) ([0-9a-f]+)\n$/.exec(text) ?? []
  if (algorithm === 'sha256' && hex?.length === 64) return { algorithm, hex }
  return algorithm === 'sha512' && hex?.length === 128 ? { algorithm, hex } : undefined
}
