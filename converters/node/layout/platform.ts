/**
 * npm's platform check (npm-install-checks): lists of `os`, `cpu` and `libc` words, each possibly negated with `!`.
 * A Nix system name stands for one platform of node; linux means glibc, which is what nixpkgs' node is linked with.
 */
import type { Condition } from '../../../src/model/lock.ts'

export interface Platform {
  readonly os: string
  readonly cpu: string
  /** undefined: the platform has no libc families, and a package that asks for one does not run there. */
  readonly libc?: 'glibc' | 'musl'
}

const platforms: Readonly<Record<string, Platform>> = {
  'x86_64-linux': { os: 'linux', cpu: 'x64', libc: 'glibc' },
  'aarch64-linux': { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'i686-linux': { os: 'linux', cpu: 'ia32', libc: 'glibc' },
  'armv7l-linux': { os: 'linux', cpu: 'arm', libc: 'glibc' },
  'powerpc64le-linux': { os: 'linux', cpu: 'ppc64', libc: 'glibc' },
  'riscv64-linux': { os: 'linux', cpu: 'riscv64', libc: 'glibc' },
  'x86_64-darwin': { os: 'darwin', cpu: 'x64' },
  'aarch64-darwin': { os: 'darwin', cpu: 'arm64' },
}

/** Node's platform words for a Nix system name, for example `aarch64-darwin`; undefined when node does not know it. */
export function findPlatform(system: string): Platform | undefined {
  return Object.hasOwn(platforms, system) ? platforms[system] : undefined
}

/** Whether there is a system that node runs on and where this could be installed. */
export function runsSomewhere(condition: Condition): boolean {
  return Object.values(platforms).some((platform) => runsOn(condition, platform))
}

/** Whether npm would install a package with these conditions there. */
export function runsOn(condition: Condition, platform: Platform): boolean {
  return (
    admits(condition.os, platform.os) && admits(condition.cpu, platform.cpu) && admits(condition.libc, platform.libc)
  )
}

function admits(list: readonly string[] | undefined, value: string | undefined): boolean {
  if (list === undefined) return true
  if (value === undefined) return false
  if (list.length === 1 && list[0] === 'any') return true
  const refused = list.filter((word) => word.startsWith('!'))
  if (refused.includes(`!${value}`)) return false
  return refused.length === list.length || list.includes(value)
}
