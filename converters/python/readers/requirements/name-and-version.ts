/** Name and version in the file name of a wheel or a source archive. */
import { normalizeName } from '../../standards/name.ts'
import { parseVersion, printVersion } from '../../standards/version.ts'

/** Version '' and no name where the file name does not follow the rules. */
export function nameAndVersion(fileName: string): { readonly name?: string; readonly version: string } {
  const stem = fileName.replace(/\.(?:whl|tar\.gz|tgz|zip|tar\.bz2|tar\.xz|tar)$/, '')
  const parts = stem.split('-')
  if (fileName.endsWith('.whl')) {
    const [name = '', version = ''] = parts
    const parsed = parseVersion(version.replaceAll('_', '-'))
    return parsed === undefined || parts.length < 5
      ? { version: '' }
      : { name: normalizeName(name), version: printVersion(parsed) }
  }
  const last = parts.at(-1) ?? ''
  const parsed = parts.length < 2 ? undefined : parseVersion(last)
  return parsed === undefined
    ? { version: '' }
    : { name: normalizeName(parts.slice(0, -1).join('-')), version: printVersion(parsed) }
}
