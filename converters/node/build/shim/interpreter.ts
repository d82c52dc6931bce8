/** Programs by name, as a shell finds them; `node` is always the one of this build. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs'

const found = new Map<string, string | undefined>()

/** Absolute path of a program on PATH, or undefined. */
export function findInterpreter(name: string): string | undefined {
  if (!found.has(name)) found.set(name, name === 'node' ? findNode() : findOnPath(name))
  return found.get(name)
}

/** A POSIX shell. */
export function findShell(): string {
  return findInterpreter('sh') ?? '/bin/sh'
}

/** Under its name on PATH: execPath has every link resolved, and may so leave the store path that the build depends on. */
function findNode(): string {
  const named = findOnPath('node')
  return named !== undefined && realpathSync(named) === realpathSync(process.execPath) ? named : process.execPath
}

function findOnPath(name: string): string | undefined {
  const dirs = (process.env['PATH'] ?? '').split(':').filter((dir) => dir.startsWith('/'))
  return dirs.map((dir) => `${dir}/${name}`).find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
