/** Which release of Bun a lock file belongs to, and what releases do differently. */
import { satisfies } from '../../semver-range.ts'

export interface BunRelease {
  readonly version: string
  /** From 1.4.4 on a package stays below whoever has another version of its peer dependency than the one beside who needs it. */
  readonly mindsPeers: boolean
}

/** `named`: what package.json says, exactly. Otherwise the newest release that writes such a lock file. */
export function bunRelease(
  named: string | undefined,
  lock: { lockfileVersion: string; hasConfig: boolean },
): BunRelease {
  const version = named ?? (lock.lockfileVersion === '2' ? '1.4.5' : lock.hasConfig ? '1.3.14' : '1.2.23')
  return { version, mindsPeers: satisfies(version, '>=1.4.4') === true }
}
