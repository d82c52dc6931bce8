/** Looking over what our stores hold: names, sizes, links, and when something was used last, which its time of change says. */
import { lstatSync, readdirSync, readlinkSync, utimesSync, type Stats } from 'node:fs'
import { failIo, hasCode } from './inside.ts'

/** Names in a directory, sorted; none when there is no such directory. Throws `io`. */
export function listNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return []
    return failIo(error, 'reading', directory)
  }
}

/** Milliseconds since something was used last; undefined when it is not there. Throws `io`. */
export function findAge(path: string): number | undefined {
  const stats = findStats(path)
  return stats === undefined ? undefined : Math.max(0, Date.now() - stats.mtimeMs)
}

/** Milliseconds: what is used again within it is not marked again. */
const MARK_AGE = 60 * 60 * 1000

/** Where it cannot be done (another user's file, a read-only disk) this has no consequence but an earlier pruning. */
export function markUsed(path: string): void {
  try {
    if ((findAge(path) ?? 0) < MARK_AGE) return
    const now = new Date()
    utimesSync(path, now, now)
  } catch {
    // See above.
  }
}

/** What a symbolic link says; undefined when there is none. */
export function findLinkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** Bytes of the files at and below a path. A file with several names counts once for each `seen`. Throws `io`. */
export function sizeOf(path: string, seen = new Set<string>()): number {
  try {
    return sizeBelow(Buffer.from(path), seen)
  } catch (error) {
    return failIo(error, 'reading', path)
  }
}

/** Others may be removing what is looked at. */
function sizeBelow(path: Buffer, seen: Set<string>): number {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return 0
  if (!stats.isDirectory()) return isCounted(stats, seen) ? 0 : stats.size
  let size = 0
  for (const name of readdirSync(path, { encoding: 'buffer' })) {
    size += sizeBelow(Buffer.concat([path, slash, name]), seen)
  }
  return size
}

function isCounted({ dev, ino, nlink }: Stats, seen: Set<string>): boolean {
  if (nlink === 1) return false
  const file = `${dev} ${ino}`
  if (seen.has(file)) return true
  seen.add(file)
  return false
}

function findStats(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    return failIo(error, 'reading', path)
  }
}

const slash = Buffer.from('/')
