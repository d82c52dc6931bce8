/**
 * Names and versions that may stand in an npm lock file: what npm itself accepts for packages that exist already
 * (validate-npm-package-name's "old packages", which include capitals and `-`).
 */

const NAME =
  /^(?:@[A-Za-z0-9~'!()*_-][A-Za-z0-9~'!()*._-]*\/[A-Za-z0-9~'!()*_-]|[A-Za-z0-9~'!()*-])[A-Za-z0-9~'!()*._-]*$/
const RESERVED = new Set(['node_modules', 'favicon.ico'])
/** A path component of a common file system. */
const LONGEST = 255
const VERSION = /^[0-9A-Za-z=][0-9A-Za-z.+_-]*$/

export function isPackageName(name: string): boolean {
  return name.length <= LONGEST && NAME.test(name) && !RESERVED.has(name.toLowerCase())
}

/** Loose on purpose: old locks hold versions such as `v1.0` or `1.0.0-beta_1`. */
export function isVersion(version: string): boolean {
  return version.length <= LONGEST && VERSION.test(version)
}
