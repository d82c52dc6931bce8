/**
 * Where the program's own code is kept compiled between runs: compiling it is a fourth of a conversion.
 *
 * Code that is read back is run. So it lies where nobody but the user can write; a file has its name when all of it is on the disk, as
 * V8 looks at nothing but its head; and chunks are named by a digest of their content. V8 refuses what another version of it or other
 * flags have made.
 */
import { lstatSync, mkdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { cacheBase } from './cache-base.ts'

export interface KeptCode {
  readonly directory: string
  /** Made over an hour ago. No run calls all that others need: one in an hour keeps what it has called, too. */
  readonly isOld: boolean
}

/**
 * `version`: of the program and of what runs it. Undefined where others could put something into it, and where none can be made; never
 * throws.
 */
export function findKeptCode(
  version: string,
  environment: Readonly<Record<string, string | undefined>>,
): KeptCode | undefined {
  // Node's own switch for what it keeps itself.
  if (environment['NODE_DISABLE_COMPILE_CACHE'] !== undefined) return undefined
  const directory = join(cacheBase(environment), 'code', version)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const { uid, mode, mtimeMs } = lstatSync(directory)
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) return undefined
    return { directory, isOld: isOld(directory, mtimeMs) }
  } catch {
    return undefined
  }
}

const HOUR = 60 * 60 * 1000

/** Whatever is kept there changes its time; so does this, as `cache prune` removes what was not used for long. */
function isOld(directory: string, changed: number): boolean {
  const now = Date.now()
  if (now - changed < HOUR) return false
  utimesSync(directory, now / 1000, now / 1000)
  return true
}
