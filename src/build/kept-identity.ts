/** What was found out about executables, kept in the cache directory: finding it out again takes longer than a build with nothing to do. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasCode } from '../io/inside.ts'

/** `state`: everything that changes when the executable does. */
export function findKept(cache: string, state: string): string | undefined {
  try {
    return readFileSync(fileOf(cache, state), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Never throws: it is a help only. */
export function saveKept(cache: string, state: string, text: string): void {
  const kept = fileOf(cache, state)
  const fresh = `${kept}.${process.pid}`
  try {
    mkdirSync(dirname(kept), { recursive: true, mode: 0o700 })
    writeFileSync(fresh, text, { mode: 0o600 })
    renameSync(fresh, kept)
  } catch {
    // The next run looks at the executable again.
    rmSync(fresh, { force: true })
  }
}

function fileOf(cache: string, state: string): string {
  return join(cache, 'tools', createHash('sha256').update(state).digest('hex'))
}
