/** How much of what the cache holds. */
import { join } from 'node:path'
import { listNames, sizeOf } from '../io/store-scan.ts'
import { TEMPORARY } from '../io/store-space.ts'
import { listBuilds, listRoots, listSources } from './store-entries.ts'
import { BUILDS, FAILURES, ROOTS, SOURCES, UNPACKED } from './store-layout.ts'

export type CacheKind = 'archives' | 'commits' | 'builds' | 'unpacked' | 'failures' | 'unfinished' | 'other'

export interface CacheInfo {
  readonly kinds: Readonly<Record<CacheKind, Amount>>
  /** Builds that a link to a result holds. */
  readonly held: number
  /** Of all kinds together. */
  readonly bytes: number
}

export interface Amount {
  readonly count: number
  readonly bytes: number
}

/** `root`: the cache directory. Looks at names and sizes only. Throws `io`. */
export function cacheInfo(root: string): CacheInfo {
  // A file that results share counts once.
  const seen = new Set<string>()
  const amount = (paths: readonly string[]): Amount => ({
    count: paths.length,
    bytes: paths.reduce((sum, path) => sum + sizeOf(path, seen), 0),
  })
  const within = (...folders: readonly string[]) =>
    folders.flatMap((folder) => listNames(join(root, folder)).map((name) => join(root, folder, name)))
  const sources = listSources(root)
  const pathsOf = (form: 'file' | 'tree') => sources.flatMap((entry) => (entry.form === form ? [entry.path] : []))
  const known: readonly string[] = [SOURCES, BUILDS, ROOTS, UNPACKED, TEMPORARY, ...FAILURES]
  const builds = listBuilds(root)
  const held = new Set(listRoots(root).map(({ build }) => build))
  const kinds = {
    archives: amount(pathsOf('file')),
    commits: amount(pathsOf('tree')),
    builds: amount(builds.map(({ path }) => path)),
    unpacked: amount(within(...listNames(join(root, UNPACKED)).map((shim) => join(UNPACKED, shim)))),
    failures: amount(within(...FAILURES)),
    unfinished: amount(within(TEMPORARY)),
    other: amount(within(...listNames(root).filter((name) => !known.includes(name)))),
  }
  const bytes = Object.values(kinds).reduce((sum, kind) => sum + kind.bytes, 0)
  return { kinds, held: builds.filter(({ key }) => held.has(key)).length, bytes }
}
