/**
 * What markers see on a target. The release and version of the machine's kernel are unknown when a lock file is converted, and empty,
 * as `packaging` has them where it cannot find them out.
 */
import type { InterpreterEnvironment } from './marker.ts'
import { satisfies, type Specifier } from './specifier.ts'
import { getPlatform, parsePythonVersion, type Target } from './target.ts'

/**
 * Higher than any release of a series gets: markers that tell patch releases apart ask whether a bug is fixed (`python_full_version <
 * "3.11.3"`), and the Python that builds is a maintained one.
 */
const NEWEST_PATCH = 99

/** `patch`: the third number of Python's version, where it is known. */
export function environmentOf(target: Target, patch: number = NEWEST_PATCH): InterpreterEnvironment {
  const [major, minor] = parsePythonVersion(target.python)
  const { os, machine } = getPlatform(target.system)
  const isPypy = target.implementation === 'pypy'
  const full = `${major}.${minor}.${patch}`
  return {
    implementation_name: target.implementation,
    implementation_version: isPypy ? `7.3.${NEWEST_PATCH}` : full,
    os_name: 'posix',
    platform_machine: machine,
    platform_python_implementation: isPypy ? 'PyPy' : 'CPython',
    platform_release: '',
    platform_system: os === 'linux' ? 'Linux' : 'Darwin',
    platform_version: '',
    python_full_version: full,
    python_version: `${major}.${minor}`,
    sys_platform: os,
  }
}

/**
 * The newest release of a series that a project allows: 3.11 under `==3.11.4` is 3.11.4. undefined when it allows none of the series.
 */
export function findPatch(python: string, requires: readonly Specifier[]): number | undefined {
  const [major, minor] = parsePythonVersion(python)
  for (let patch = NEWEST_PATCH; patch >= 0; patch--) {
    if (satisfies({ epoch: 0, release: [major, minor, patch] }, requires)) return patch
  }
  return undefined
}
