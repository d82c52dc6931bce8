/** What of the host a build sees, read-only: programs, libraries and compilers. Looked at once per build. */
import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs'
import { hostConfiguration, hostDirectories } from './sandbox.ts'

export interface HostView {
  /** Directories and files, at the place where they are. */
  readonly shared: readonly string[]
  /** Links at the top: `/bin` → `usr/bin`. */
  readonly links: readonly { readonly path: string; readonly target: string }[]
}

/** `programs`: host paths that must run inside; a store they live in (Nix, Guix) becomes visible. `more`: directories to be shared. */
export function hostView(programs: readonly string[], more: readonly string[] = []): HostView {
  const there = hostDirectories.filter((path) => existsSync(path))
  const linked = there.filter((path) => lstatSync(path).isSymbolicLink())
  const stores = ['/nix/store', '/gnu/store'].filter((store) =>
    ['/bin/sh', ...programs, ...more].some(
      (program) => existsSync(program) && realpathSync(program).startsWith(`${store}/`),
    ),
  )
  const shown = [...there.filter((path) => !linked.includes(path)), ...stores]
  return {
    shared: [
      ...shown,
      ...more.filter((path) => !shown.some((known) => `${path}/`.startsWith(`${known}/`))),
      ...hostConfiguration.filter((path) => existsSync(path)),
    ],
    links: linked.map((path) => ({ path, target: readlinkSync(path) })),
  }
}
