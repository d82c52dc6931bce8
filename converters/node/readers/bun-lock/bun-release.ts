/** Which release of Bun a lock file belongs to, and what releases do differently. */
import { satisfies } from '../../semver-range.ts'
import type { TakesAgain } from './peer-tree.ts'

export interface BunRelease {
  readonly version: string
  /**
   * From 1.4.4 on. Hoisted: a package stays below whoever has another version of its peer than the one beside who needs it. Isolated:
   * whoever is further up is a peer by itself, every name is hoisted, and names of archives have a part of their digest.
   */
  readonly mindsPeers: boolean
  readonly hasIsolated: boolean
  /** Isolated, from 1.3.2 on: an optional peer that nobody further up has is what the lock file says; before, it is left out. */
  readonly addsOptionalPeers: boolean
  /** Isolated: what is below a package is taken again from 1.3.13 on if every peer is known, from 1.4.1 on always. */
  readonly takesAgain: TakesAgain
  /** Where programs are linked to the package with the binary for the system: from 1.3.2 on, and from 1.4 on in nested copies, too. */
  readonly native: 'none' | 'top' | 'all'
}

/** `named`: what package.json says, exactly. Otherwise the newest release that writes such a lock file. */
export function bunRelease(
  named: string | undefined,
  lock: { readonly version: string; readonly configVersion: number | undefined },
): BunRelease {
  const version = named ?? (lock.version === '2' ? '1.4.5' : lock.configVersion === undefined ? '1.2.23' : '1.3.14')
  return {
    version,
    mindsPeers: satisfies(version, '>=1.4.4') === true,
    hasIsolated: satisfies(version, '>=1.2.19') === true,
    addsOptionalPeers: satisfies(version, '>=1.3.2') === true,
    takesAgain: takesAgain(version),
    native: satisfies(version, '>=1.4.0') === true ? 'all' : satisfies(version, '>=1.3.2') === true ? 'top' : 'none',
  }
}

function takesAgain(version: string): TakesAgain {
  if (satisfies(version, '>=1.4.1') === true) return 'all'
  return satisfies(version, '>=1.3.13') === true ? 'known' : 'leaves'
}
