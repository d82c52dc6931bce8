/** Programs by name, as a shell finds them. */
import { accessSync, constants, statSync } from 'node:fs'
import { join } from 'node:path'

/** Absolute path of a program on PATH, or undefined. Relative entries of PATH do not count. */
export function findProgram(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const directories = (environment['PATH'] ?? '').split(':').filter((path) => path.startsWith('/'))
  return directories.map((path) => join(path, name)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
