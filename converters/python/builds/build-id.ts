/** Ids of packages that no lock file names, because they are only needed to build others. */
import { packageId, type PackageId } from '../../../src/model/lock.ts'

const BUILD = 'build'

/** Beside a package of the lock file that has the same name and version, which may be another file. */
export function buildId(name: string, version: string): PackageId {
  return packageId(name, version, BUILD)
}

/** Of a package, or of one of its files. */
export function isBuildId(id: string): boolean {
  return new RegExp(`#${BUILD}(?:/|$)`).test(id)
}
