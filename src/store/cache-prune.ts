/**
 * Removing from the cache: what nobody needs any more (prune), or everything but the results that links lead to (clear). Whatever
 * goes is moved away in one step first, so that a process that looks meanwhile finds an entry whole or not at all.
 */
import { join } from 'node:path'
import type { ProcessIdentity } from '../io/process-identity.ts'
import { findAge, listNames, sizeOf } from '../io/store-scan.ts'
import { listUsers, removeLeftovers, storeSpace, TEMPORARY, type StoreSpace } from '../io/store-space.ts'
import { fail } from '../problem.ts'
import { listBuilds, listRoots, listSources } from './store-entries.ts'
import { BUILDS, FAILURES, LOCKS, ROOTS, SOURCES } from './store-layout.ts'

export interface PruneOptions {
  /** Milliseconds: sources and failures that were used later stay. */
  readonly olderThan: number
  /** Removes nothing. */
  readonly dry: boolean
}

export interface Removed {
  readonly sources: number
  readonly builds: number
  readonly failures: number
  readonly unfinished: number
  readonly bytes: number
  /** Builds that links to results hold. */
  readonly held: number
  /** Other processes that use the store: nothing that they could be about to need was removed. */
  readonly users: number
}

const DAY = 24 * 60 * 60 * 1000

/** `root`: the cache directory. Throws `io`. */
export function pruneCache(root: string, { olderThan, dry }: PruneOptions): Removed {
  const users = listUsers(root).length
  const age = users === 0 ? olderThan : Math.max(olderThan, DAY)
  const isOld = (path: string) => (findAge(path) ?? 0) >= age
  const failures = FAILURES.flatMap((folder) => pathsIn(root, folder)).filter(isOld)
  const sources = listSources(root).flatMap(({ path }) => (isOld(path) ? [path] : []))
  const notes = noteFolders(root)
    .flatMap((folder) => pathsIn(root, folder))
    .filter(isOld)
  return removeAll(root, { dry, sources, failures, notes, sparesBuilds: users > 0, users })
}

/** The same without asking for age. Throws `busy` while another process uses the store, `io`. */
export function clearCache(root: string, { dry }: Pick<PruneOptions, 'dry'>): Removed {
  const [user] = listUsers(root)
  if (user !== undefined && !dry) failBusy(user)
  const failures = FAILURES.flatMap((folder) => pathsIn(root, folder))
  const sources = listSources(root).map(({ path }) => path)
  const notes = noteFolders(root).map((folder) => join(root, folder))
  return removeAll(root, { dry, sources, failures, notes, sparesBuilds: false, users: 0 })
}

/** What runs write down for the next ones, to be faster: small, and not counted. */
function noteFolders(root: string): readonly string[] {
  const others: readonly string[] = [SOURCES, BUILDS, ROOTS, LOCKS, TEMPORARY, ...FAILURES]
  return listNames(root).filter((name) => !others.includes(name))
}

interface Removable {
  readonly dry: boolean
  readonly sources: readonly string[]
  readonly failures: readonly string[]
  readonly notes: readonly string[]
  readonly sparesBuilds: boolean
  readonly users: number
}

function removeAll(root: string, { dry, sources, failures, notes, sparesBuilds, users }: Removable): Removed {
  const space = storeSpace(root)
  const seen = new Set<string>()
  const leftovers = removeLeftovers(root, { dry: true })
  const builds = sparesBuilds ? [] : listBuilds(root)
  const isHeld = (key: string) => listRoots(root).some(({ build }) => build === key)
  const [held, free] = split(builds, heldBuilds(root))
  // Held ones first: what they share with others stays.
  for (const { path } of held) sizeOf(path, seen)
  const paths = [...sources, ...failures, ...notes, ...leftovers, ...free.map(({ path }) => path)]
  const bytes = paths.reduce((sum, path) => sum + sizeOf(path, seen), 0)
  if (!dry) {
    for (const path of [...sources, ...failures, ...notes]) space.remove(path)
    removeLeftovers(root)
    for (const { key, path } of free) removeBuild(space, path, () => isHeld(key))
    for (const { path, build } of listRoots(root)) if (build === undefined) space.remove(path)
  }
  return {
    sources: sources.length,
    builds: free.length,
    failures: failures.length,
    unfinished: leftovers.length,
    bytes,
    held: heldBuilds(root).size,
    users,
  }
}

/** Another process may be linking it at this moment: then it is put back. */
function removeBuild(space: StoreSpace, path: string, isHeld: () => boolean): void {
  if (isHeld()) return
  const away = space.takeAway(path)
  if (away === undefined) return
  if (isHeld() && space.place(away, path)) return
  space.remove(away)
}

function heldBuilds(root: string): ReadonlySet<string> {
  const there = new Set(listBuilds(root).map(({ key }) => key))
  return new Set(listRoots(root).flatMap(({ build }) => (build !== undefined && there.has(build) ? [build] : [])))
}

function split<T extends { readonly key: string }>(
  entries: readonly T[],
  keys: ReadonlySet<string>,
): readonly [readonly T[], readonly T[]] {
  return [entries.filter(({ key }) => keys.has(key)), entries.filter(({ key }) => !keys.has(key))]
}

function pathsIn(root: string, folder: string): readonly string[] {
  return listNames(join(root, folder)).map((name) => join(root, folder, name))
}

function failBusy({ pid }: ProcessIdentity): never {
  fail({
    code: 'busy',
    message: `process ${pid} is using the store`,
    hint: 'wait until it is done; `lock2build cache prune` may run at any time',
  })
}
