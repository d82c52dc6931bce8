/** Where lock2build keeps what it may lose: the XDG cache directory. https://specifications.freedesktop.org/basedir-spec/latest/ */
import { accessSync, constants, lstatSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheBase } from './cache-base.ts'
import { failIo } from './inside.ts'
import { markUsed } from './store-scan.ts'

/** The directory, made when it is not there; below the temporary directory when the home cannot be written to. */
export function cacheDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const wished = cacheBase(environment)
  try {
    mkdirSync(wished, { recursive: true, mode: 0o700 })
    accessSync(wished, constants.W_OK)
    return wished
  } catch {
    return temporaryCache()
  }
}

/** A directory below it, made when it is not there. It counts as used, and `cache prune` leaves it alone. Throws `io`. */
export function cacheFolder(cache: string, ...names: readonly [string, ...string[]]): string {
  const folder = join(cache, ...names)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    markUsed(folder)
    return folder
  } catch (error) {
    return failIo(error, 'making', folder)
  }
}

/** Anybody can make a directory of this name, and what is in the cache is believed: so it must be the user's own. */
function temporaryCache(): string {
  const user = process.getuid?.()
  const shared = join(tmpdir(), `lock2build-${user ?? 'user'}`)
  try {
    mkdirSync(shared, { recursive: true, mode: 0o700 })
    const stats = lstatSync(shared)
    const isOwn = stats.isDirectory() && (user === undefined || stats.uid === user) && (stats.mode & 0o022) === 0
    return isOwn ? shared : mkdtempSync(`${shared}-`)
  } catch (error) {
    return failIo(error, 'making', shared)
  }
}
