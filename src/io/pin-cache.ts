/**
 * What an unfinished run found out by downloading: one small file per pin, below the cache directory. Only for going on where
 * a run stopped: entries are believed for a day, what a spec pins is in the spec.
 */
import { join } from 'node:path'
import type { Digest } from '../model/digest.ts'
import type { PinCache } from '../model/world.ts'
import { notesIn } from './notes.ts'

/** Milliseconds. */
const MAX_AGE = 24 * 60 * 60 * 1000

/** `cache` is cacheDirectory's. Never throws. */
export function pinCache(cache: string): PinCache {
  const notes = notesIn(join(cache, 'pins'), { maxAge: MAX_AGE })
  return {
    find: (key) => parseDigest(notes.find(key) ?? ''),
    save: (key, { algorithm, hex }) => notes.save(key, `${algorithm} ${hex}\n`),
  }
}

function parseDigest(text: string): Digest | undefined {
  const [, algorithm, hex] = /^(sha256|sha512) ([0-9a-f]+)\n$/.exec(text) ?? []
  if (algorithm === 'sha256' && hex?.length === 64) return { algorithm, hex }
  return algorithm === 'sha512' && hex?.length === 128 ? { algorithm, hex } : undefined
}
