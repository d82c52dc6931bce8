/** Whose lifecycle scripts Bun runs: what the project trusts, else packages of the registry that Bun trusts by itself. */
import type { ScriptPolicy } from '../../../../src/model/lock.ts'
import { isTrustedByDefault } from './default-trusted.ts'
import type { GraphPackage, LockGraph } from './lock-graph.ts'

/** `trusted`: names as dependencies are asked for, which may be aliases; undefined: the project says nothing. */
export function trustedScripts(
  { packages, project }: LockGraph,
  { trusted, bun }: { readonly trusted: readonly string[] | undefined; readonly bun: string },
): ScriptPolicy {
  const names = new Set<string>()
  if (trusted !== undefined) {
    const asked = new Set(trusted)
    for (const { needs } of [project, ...packages.values()]) {
      for (const { name, to } of needs) if (asked.has(name)) names.add(to.entry.name)
    }
  } else {
    for (const pkg of packages.values()) if (isTrusted(pkg, bun)) names.add(pkg.entry.name)
  }
  return names.size === 0 ? { run: 'none' } : { run: 'only', packages: [...names].sort() }
}

function isTrusted({ entry }: GraphPackage, bun: string): boolean {
  return entry.resolution.kind === 'npm' && isTrustedByDefault(entry.name, bun)
}
