/**
 * What Bun calls programs, and which of two packages gets a name in `.bin` that both want: it links by the names of dependencies, and
 * the first keeps it. From 1.4.4 on what the project or a member asks for itself, not as a peer, comes before all else, and then what
 * was an archive before what is a directory of the project; and the others' programs are made executable, too.
 */
import { findNeed } from '../../../../layout/find-need.ts'
import { satisfies } from '../../../../semver-range.ts'
import type { BinRules } from '../../bin-links.ts'
import { recordAt, textAt } from '../../json-value.ts'
import { placeName } from '../../selection.ts'
import type { Tree } from '../../tree.ts'

/** `version`: Bun's. */
export function contestRules(tree: Tree, version: string): BinRules {
  const isNew = satisfies(version, '>=1.4.4') === true
  return {
    order: (places) => inOrder(places, isNew ? rankOf(tree) : () => 0),
    fixesAll: isNew,
    // One that has no name of its own is called as the dependency is, not as the package.
    binsOf: (path, { bins, json }) =>
      textAt(json, 'bin') === undefined ? bins : new Map([...bins.values()].map((file) => [withoutScope(path), file])),
  }
}

/** `rank`: one digit. */
function inOrder(places: readonly string[], rank: (path: string) => number): readonly string[] {
  const keyed = places.map((path) => [`${rank(path)}${placeName(path)}\0${path}`, path] as const)
  return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path)
}

function rankOf(tree: Tree): (path: string) => number {
  const asked = askedPlaces(tree)
  return (path) => (asked.has(path) ? 0 : 2) + (isDirectory(tree, path) ? 1 : 0)
}

/** By the project and its members; these themselves, too. */
function askedPlaces({ index, locals, places }: Tree): ReadonlySet<string> {
  const asked = new Set<string>()
  for (const [dir, { json }] of locals) {
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
      for (const name of Object.keys(recordAt(json, kind))) {
        const path = findNeed(index, dir, name)
        if (path !== undefined) asked.add(path)
      }
    }
  }
  for (const [path, { link }] of places) if (link !== undefined && locals.has(link)) asked.add(path)
  return asked
}

function isDirectory({ places, locals }: Tree, path: string): boolean {
  const { link, copy } = places.get(path) ?? {}
  if (link === undefined) return copy !== undefined
  return locals.has(link) || places.get(link)?.copy !== undefined
}

function withoutScope(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
