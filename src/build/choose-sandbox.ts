/** Which sandbox this machine can make: bubblewrap's, else one of our own out of namespaces; otherwise exactly what is missing. */
import { existsSync, readFileSync } from 'node:fs'
import { findProgram } from '../io/find-program.ts'
import { fail, shown } from '../problem.ts'
import { bubblewrap, findBubblewrapFault } from './sandbox-bubblewrap.ts'
import { findNamespaceFault, namespaces } from './sandbox-namespaces.ts'
import { noSandbox } from './sandbox-none.ts'
import type { Sandbox } from './sandbox.ts'

export interface SandboxRequest {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `--no-sandbox`. */
  readonly isOff: boolean
}

const GO_ON = 'to build without isolation nevertheless: `--no-sandbox`'

/** Throws `sandbox-missing`. */
export function chooseSandbox({ environment, isOff }: SandboxRequest): Sandbox {
  if (isOff) return noSandbox
  if (process.platform !== 'linux') {
    fail({
      code: 'sandbox-missing',
      message: `builds can be isolated on Linux only, and this is ${process.platform}`,
      hint: `build with Nix (\`--with nix\`), or in a Linux container; ${GO_ON}`,
    })
  }
  const bwrap = findProgram('bwrap', environment)
  const bwrapFault = bwrap === undefined ? 'bubblewrap is not installed' : findBubblewrapFault(bwrap)
  if (bwrap !== undefined && bwrapFault === undefined) return bubblewrap(bwrap)
  const fault = findNamespaceFault(environment)
  if (fault === undefined) return namespaces(environment)
  return fail({
    code: 'sandbox-missing',
    message: `this machine cannot isolate a build: ${shown(bwrapFault ?? '')}, and without it ${shown(fault)}`,
    hint: `${remedy(bwrap)}; ${GO_ON}`,
  })
}

/** Switches of the kernel that forbid user namespaces, with the value that allows them. */
const switches = [
  ['/proc/sys/kernel/unprivileged_userns_clone', '0', 'sysctl kernel.unprivileged_userns_clone=1'],
  [
    '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    '1',
    'sysctl kernel.apparmor_restrict_unprivileged_userns=0',
  ],
  ['/proc/sys/user/max_user_namespaces', '0', 'sysctl user.max_user_namespaces=10000'],
] as const

function remedy(bwrap: string | undefined): string {
  const forbidding = switches.find(([path, forbidden]) => readSwitch(path) === forbidden)
  if (forbidding !== undefined) return `user namespaces are switched off: as root, \`${forbidding[2]}\``
  if (existsSync('/.dockerenv') || existsSync('/run/.containerenv')) {
    return 'the container forbids namespaces: start it with `--security-opt seccomp=unconfined`, or build on the host'
  }
  return bwrap === undefined
    ? 'install bubblewrap (Debian and Fedora: the package `bubblewrap`)'
    : 'ask whoever runs this machine to allow user namespaces'
}

function readSwitch(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
