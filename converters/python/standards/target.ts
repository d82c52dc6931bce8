/** What a file is chosen for and a marker is evaluated for: a system and an interpreter. */
import { fail, shown } from '../../../src/problem.ts'

export interface Target {
  /** Nix's name: `x86_64-linux`. */
  readonly system: string
  /** `3.12` */
  readonly python: string
  readonly implementation: 'cpython' | 'pypy'
  /** Linux: the C library's version; DEFAULT_GLIBC when neither is given. */
  readonly glibc?: readonly [major: number, minor: number] | undefined
  /** Linux with musl instead of glibc. */
  readonly musl?: readonly [major: number, minor: number] | undefined
  /** macOS: DEFAULT_MACOS when absent. */
  readonly macos?: readonly [major: number, minor: number] | undefined
  /** CPython 3.13 and later, built without the global lock. */
  readonly freeThreaded?: boolean | undefined
}

/** What every nixpkgs since 2025 has at least. */
export const DEFAULT_GLIBC = [2, 40] as const
/** The oldest macOS that nixpkgs supports. */
export const DEFAULT_MACOS = [14, 0] as const

/** The names by which Python and wheels know a system; `machine` is `platform.machine()`. */
export interface Platform {
  readonly os: 'linux' | 'darwin'
  readonly machine: string
}

/** Throws `source-unsupported` for systems that Python has no wheels for. */
export function getPlatform(system: string): Platform {
  const [cpu = '', os] = system.split('-')
  if (os === 'linux') return { os, machine: linuxMachines.get(cpu) ?? cpu }
  if (os === 'darwin') return { os, machine: cpu === 'aarch64' ? 'arm64' : cpu }
  return fail({ code: 'source-unsupported', message: `${shown(system)} is not a system that wheels can be chosen for` })
}

const linuxMachines: ReadonlyMap<string, string> = new Map([
  ['powerpc64le', 'ppc64le'],
  ['powerpc64', 'ppc64'],
])

/** `3.12` → [3, 12]. Throws `name-invalid`. */
export function parsePythonVersion(python: string): readonly [major: number, minor: number] {
  const match = /^([1-9])\.(\d{1,3})$/.exec(python)
  if (match !== null) return [Number(match[1]), Number(match[2])]
  return fail({ code: 'name-invalid', message: `${shown(python)} is not a version of Python such as 3.12` })
}
