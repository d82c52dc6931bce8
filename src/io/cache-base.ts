/** Where our cache directory is wished to be. https://specifications.freedesktop.org/basedir-spec/latest/ */
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Absolute; nothing needs to be there. */
export function cacheBase(environment: Readonly<Record<string, string | undefined>>): string {
  const configured = environment['XDG_CACHE_HOME']
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.cache')
  return join(base, 'lock2build')
}
