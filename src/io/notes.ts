/** Texts that a run leaves for later ones: one file per key, below the cache directory. What is not used for long is removed by prune. */
import { mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Notes } from '../model/world.ts'

export interface NotesOptions {
  /** Milliseconds after which a note counts no more, however often it was used; absent: never. */
  readonly maxAge?: number
}

/** `directory` is made with the first note. Errors are swallowed on purpose: without notes everything works, only slower. */
export function notesIn(directory: string, { maxAge }: NotesOptions = {}): Notes {
  // Loaded with the first note: see digest/store-path.ts.
  const digestOf = (key: string) =>
    process.getBuiltinModule('node:crypto').createHash('sha256').update(key).digest('hex')
  const fileOf = (key: string) => join(directory, digestOf(key))
  return {
    find: (key) => {
      try {
        const file = fileOf(key)
        const now = new Date()
        if (maxAge === undefined) utimesSync(file, now, now)
        else if (now.getTime() - statSync(file).mtimeMs > maxAge) return undefined
        return readFileSync(file, 'utf8')
      } catch {
        return undefined
      }
    },
    save: (key, text) => {
      try {
        const file = fileOf(key)
        mkdirSync(directory, { recursive: true, mode: 0o700 })
        writeFileSync(`${file}.${process.pid}`, text, { mode: 0o600 })
        renameSync(`${file}.${process.pid}`, file)
      } catch {
        // A full disk or a read-only home costs the next run its time.
      }
    },
  }
}
