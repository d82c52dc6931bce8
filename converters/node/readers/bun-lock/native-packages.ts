/**
 * Packages whose programs are binaries for one system, in an optional dependency: Bun links to those instead of running the script
 * that would copy them. `nativeDependencies` and `ignoreScripts` of package.json replace the lists that it has.
 */
import type { Fields } from '../../../../src/text/fields.ts'
import { satisfies } from '../../semver-range.ts'
import type { BunRelease } from './bun-release.ts'
import type { GraphPackage } from './lock-graph.ts'
import type { Linker } from './linker.ts'

export interface NativeRules {
  readonly release: BunRelease
  readonly linker: Linker
  /** Names of packages that have such binaries. */
  readonly native: readonly string[]
  /** Names of packages whose scripts are left out; undefined: the project says nothing. */
  readonly ignored: readonly string[] | undefined
}

/** `manifest`: the project's package.json. */
export function nativeRules(release: BunRelease, linker: Linker, manifest: Fields | undefined): NativeRules {
  const native = manifest?.texts('nativeDependencies') ?? ['esbuild', '@anthropic-ai/claude-code']
  return { release, linker, native, ignored: manifest?.texts('ignoreScripts') }
}

/** `isTop`: it stands in the project's own node_modules. */
export function isNative(pkg: GraphPackage, isTop: boolean, { release, linker, native }: NativeRules): boolean {
  if (release.native === 'none' || (release.native === 'top' && linker === 'hoisted' && !isTop)) return false
  if (!native.includes(pkg.entry.name)) return false
  return pkg.needs.some(({ kind, to }) => kind === 'optional' && to.entry.when !== undefined)
}

/** Its scripts do nothing that is needed. */
export function isIgnored({ entry: { name, resolution } }: GraphPackage, { release, ignored }: NativeRules): boolean {
  if (release.native === 'none') return false
  if (ignored !== undefined) return ignored.includes(name)
  return name === 'sharp' && resolution.kind === 'npm' && satisfies(resolution.version, '>=0.33.0') === true
}
