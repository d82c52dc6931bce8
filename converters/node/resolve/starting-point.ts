/** What a resolution by npm starts from: a lock file, what is installed, or nothing. */
import type { ResolveRequest } from '../../../src/model/resolver.ts'
import type { ProjectFiles } from '../../../src/model/world.ts'

export const npmLockFiles = ['npm-shrinkwrap.json', 'package-lock.json'] as const

/** Nothing is locked or installed that it would start from. */
export function isFresh({ files, update, isGlobal }: ResolveRequest): boolean {
  return isGlobal === true || update === 'all' || (!isLocked(files) && files.directories('node_modules').length === 0)
}

export function isLocked(files: ProjectFiles): boolean {
  return npmLockFiles.some((file) => files.find(file) !== undefined)
}
