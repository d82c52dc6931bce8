/** Directories of the project that are packages: itself, its members, and what dependencies name by path. */
import { sortedByKey } from '../../../../src/model/sorted.ts'
import type { LocalEntry } from '../build-lock.ts'
import type { GraphPackage, LockGraph } from './lock-graph.ts'
import { directoryEntry } from './plain-entry.ts'
import { directoryOf } from './resolution.ts'

/** By path, sorted. */
export function findLocals({ project, members, packages }: LockGraph): ReadonlyMap<string, LocalEntry> {
  const locals = new Map<string, LocalEntry>([['', local(project, '')]])
  for (const member of members) {
    const path = directoryOf(member.entry.resolution) ?? ''
    locals.set(path, local(member, path))
  }
  for (const pkg of packages.values()) {
    const path = directoryOf(pkg.entry.resolution)
    if (path !== undefined && !locals.has(path)) locals.set(path, local(pkg, path))
  }
  return sortedByKey(locals)
}

function local(pkg: GraphPackage, path: string): LocalEntry {
  const { entry, workspace } = pkg
  return {
    entry: directoryEntry(pkg, path),
    name: workspace === undefined ? entry.name : workspace.name,
    version: workspace?.version,
    isMember: workspace !== undefined && path !== '',
  }
}
