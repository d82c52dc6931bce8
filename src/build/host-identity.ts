/** What of the machine can make a difference to a build, beside node: the compiler and what it is helped by. */
import { realpathSync, statSync } from 'node:fs'

const programs = ['/usr/bin/cc', '/usr/bin/c++', '/usr/bin/ld', '/usr/bin/make', '/usr/bin/python3', '/bin/sh']

/** Cheap: where programs really are, how long they are and when they were changed. Good for this machine only. */
export function hostIdentity(): string {
  return [process.platform, process.arch, ...programs.map(describe)].join('\n')
}

function describe(program: string): string {
  try {
    const path = realpathSync(program)
    const { size, mtimeMs } = statSync(path)
    return `${path} ${size} ${mtimeMs}`
  } catch {
    return `${program} is not there`
  }
}
