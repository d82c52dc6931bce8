/**
 * Bun itself, for build scripts that start it and for installing by itself: a package of the registry for each system. Pinned only
 * where it is needed, because each of them is larger than most projects.
 */
import type { LockedPackage, PackageId } from '../../../../src/model/lock.ts'
import type { ReadContext } from '../../../../src/model/converter.ts'
import { managerPackage } from '../../package-managers.ts'
import type { Registries } from '../../registry.ts'
import type { Fields } from '../../../../src/text/fields.ts'

const binaries: Readonly<Record<string, `@oven/bun-${string}`>> = {
  'x86_64-linux': '@oven/bun-linux-x64',
  'aarch64-linux': '@oven/bun-linux-aarch64',
  'x86_64-darwin': '@oven/bun-darwin-x64',
  'aarch64-darwin': '@oven/bun-darwin-aarch64',
}

export interface BunBinaries {
  readonly packages: readonly LockedPackage[]
  readonly bySystem: Readonly<Record<string, PackageId>>
}

export function bunBinaries({
  version,
  registries,
  context,
}: {
  version: string
  registries: Registries
  context: ReadContext
}): BunBinaries {
  const packages: LockedPackage[] = []
  const bySystem: Record<string, PackageId> = {}
  for (const [system, archive] of Object.entries(binaries)) {
    const pkg = managerPackage(archive, { version, digests: [], registries, file: context.file })
    packages.push(pkg)
    bySystem[system] = pkg.id
  }
  return { packages, bySystem }
}

/** `bun run x`, `bunx y`, `NODE_ENV=production bun build`: as a word of its own. */
export function startsBun(manifest: Fields): boolean {
  const scripts = manifest.raw('scripts')
  if (typeof scripts !== 'object' || scripts === null) return false
  return Object.values(scripts).some(
    (script) => typeof script === 'string' && /(?:^|[\s;&|(])bunx?(?:$|[\s;&|)])/.test(script),
  )
}
