/** Whose lifecycle scripts Bun runs: what the project trusts, else packages of the registry that Bun trusts by itself. */
import type { ScriptPolicy } from '../../../../src/model/lock.ts'
import { isTrustedByDefault } from './default-trusted.ts'
import type { GraphPackage, LockGraph } from './lock-graph.ts'

export interface Trust {
  /** Names as dependencies are asked for, which may be aliases; undefined: the project says nothing. */
  readonly trusted: readonly string[] | undefined
  /** The release of Bun. */
  readonly bun: string
  /** Whose scripts are left out all the same. */
  readonly isNeedless: (pkg: GraphPackage) => boolean
}

export function trustedScripts({ packages, project }: LockGraph, { trusted, bun, isNeedless }: Trust): ScriptPolicy {
  const chosen = new Set<GraphPackage>()
  if (trusted === undefined) {
    for (const pkg of packages.values()) if (isTrusted(pkg, bun)) chosen.add(pkg)
  } else {
    const asked = new Set(trusted)
    for (const { needs } of [project, ...packages.values()]) {
      for (const { name, to } of needs) if (asked.has(name)) chosen.add(to)
    }
  }
  const selectors = [...chosen].filter((pkg) => !isNeedless(pkg)).map(selectorOf)
  return selectors.length === 0 ? { run: 'none' } : { run: 'only', packages: [...new Set(selectors)].sort() }
}

function isTrusted({ entry }: GraphPackage, bun: string): boolean {
  return entry.resolution.kind === 'npm' && isTrustedByDefault(entry.name, bun)
}

function selectorOf({ entry: { name, resolution } }: GraphPackage): string {
  return resolution.kind === 'npm' ? `${name}@${resolution.version}` : name
}
