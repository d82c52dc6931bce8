/** Where lock2build keeps what it may lose: the XDG cache directory. https://specifications.freedesktop.org/basedir-spec/latest/ */
import { mkdirSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** The directory, made when it is not there; below the temporary directory when the home cannot be written to. */
export function cacheDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const configured = environment['XDG_CACHE_HOME']
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.cache')
  const wished = join(base, 'lock2build')
  try {
    mkdirSync(wished, { recursive: true, mode: 0o700 })
    return wished
  } catch {
    const user = process.getuid?.() ?? 'user'
    const fallback = join(tmpdir(), `lock2build-${user}`)
    mkdirSync(fallback, { recursive: true, mode: 0o700 })
    return fallback
  }
}
