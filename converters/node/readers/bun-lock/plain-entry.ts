/** A package of a bun.lock in the words of the shared builder of locks, which are npm's. */
import type { PlaceFlag } from '../../../../src/model/lock.ts'
import type { PlaceEntry } from '../build-lock.ts'
import type { Ask, Entry } from '../entry.ts'
import type { GraphPackage } from './lock-graph.ts'
import { directoryOf } from './resolution.ts'

/** What else there is to say of a place of a package; `isTop`: it stands in the project's own node_modules. */
export type PlaceDetails = (pkg: GraphPackage, isTop: boolean) => Pick<PlaceEntry, 'patches' | 'native' | 'copyOf'>

export interface LinkSpot {
  readonly path: string
  /** A directory of the project, or another place. */
  readonly target: string
  readonly flags: readonly PlaceFlag[]
}

export function linkEntry({ entry: { where } }: GraphPackage, { path, target, flags }: LinkSpot): Entry {
  return { path, where, inBundle: false, flags, link: true, resolved: target, asks: [] }
}

export interface PlainSpot {
  readonly path: string
  readonly flags: readonly PlaceFlag[]
  readonly asks: readonly Ask[]
}

/** What stands at `path`: a package, or a link to a directory of the project. */
export function plainEntry(pkg: GraphPackage, { path, flags, asks }: PlainSpot): Entry {
  const { where, name, integrity, when, hasInstallScript, resolution } = pkg.entry
  const target = directoryOf(resolution)
  if (target !== undefined) return linkEntry(pkg, { path, target, flags })
  return {
    path,
    where,
    inBundle: false,
    flags,
    name,
    version: versionOf(pkg),
    resolved: resolvedOf(pkg),
    integrity: integrity === '' ? undefined : integrity,
    link: false,
    asks,
    when,
    hasInstallScript,
  }
}

/** The directory behind links, or the project. */
export function directoryEntry(pkg: GraphPackage, path: string): Entry {
  return { path, where: pkg.entry.where, link: false, inBundle: false, flags: [], asks: asksOf(pkg) }
}

export function asksOf({ needs }: GraphPackage): readonly Ask[] {
  const asks: Ask[] = []
  for (const { name, kind, optional, range } of needs)
    if (kind !== 'workspace') asks.push({ name, range, kind, optional })
  return asks
}

/** Where Bun itself fetches archives of repositories. */
const GITHUB = 'https://api.github.com'

function versionOf({ entry: { resolution } }: GraphPackage): string | undefined {
  if (resolution.kind === 'github') return resolution.rev
  return resolution.kind === 'npm' ? resolution.version : undefined
}

function resolvedOf({ entry: { resolution, registry } }: GraphPackage): string | undefined {
  switch (resolution.kind) {
    case 'npm':
      return registry
    case 'tarball':
      return /^https?:/.test(resolution.url) ? resolution.url : `file:${resolution.url}`
    case 'git':
      return resolution.url
    case 'github':
      return `${GITHUB}/repos/${resolution.repository}/tarball/${resolution.rev}`
    case 'workspace':
    case 'folder':
    case 'link':
    case 'root':
    case 'unknown':
      return undefined
  }
}
