/** Which of the project's files Nix builds: default.nix, or what a migration put beside another tool's. */
import { join } from 'node:path'
import { projectFiles } from '../io/project-files.ts'
import { isThere } from '../io/surroundings.ts'

/** What a migration writes where there is a default.nix already. */
export const BESIDE = 'lock2build.nix'

/** A default.nix of a user of lock2build, however it was edited since. */
export function readsLock2build(text: string): boolean {
  return text.includes('./lock2build')
}

/** Absolute. default.nix as long as nothing stands beside it, whoever wrote it. */
export function findExpression(directory: string): string {
  const path = join(directory, 'default.nix')
  if (!isThere(join(directory, BESIDE))) return path
  return readsLock2build(projectFiles(directory).find('default.nix') ?? '') ? path : join(directory, BESIDE)
}
