/**
 * What npm 6 needs to accept a tree: a version 1 lock, and in every package.json the `_integrity`, `_resolved` and `_from` that
 * npm 6 writes itself. It asks the network for a package whose `_integrity` is not the lock's, so where there is none both get
 * the same dummy. The manifests are put back byte for byte afterwards.
 */
import { writeFileSync } from 'node:fs'
import { findNeed } from '../../../../layout/find-need.ts'
import type { PlacePlan } from '../../../../node-plan.ts'
import { fail } from '../../failure.ts'
import type { NodeSpec } from '../../spec-reader.ts'
import { textsAt } from '../../json-value.ts'
import type { Manifest } from '../../manifest.ts'
import type { Npm } from '../../npm.ts'
import { writeNpm6Manifests } from './npm6-manifests.ts'
import type { Unasked } from './npm6-manifests.ts'
import { canonicalGit } from './npm-lock.ts'
import { parentPlace, placeName } from '../../selection.ts'
import { getSource } from '../../tree.ts'
import type { Tree } from '../../tree.ts'

const DUMMY = 'sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA='

/** Writes lock, injected manifests and a root manifest npm 6 can read. Call the result to put the manifests back. */
export function writeNpm6Lock(tree: Tree, spec: NodeSpec, npm: Npm): () => void {
  const asked = askedRanges(tree)
  const unasked = unaskedByOwner(tree, asked)
  const entries = new Map<string, Npm6Entry>()
  for (const [path, place] of tree.places) entries.set(path, entryOf(path, place, { tree, spec, npm, asked, unasked }))
  const top: Record<string, Npm6Entry> = {}
  for (const [path, entry] of entries) {
    const parent = entries.get(parentOf(path, tree) ?? '')
    const siblings = parent === undefined ? top : (parent.dependencies ??= {})
    siblings[placeName(path)] = entry
  }
  const root = tree.locals.get('')
  const lock = {
    name: root?.name ?? 'project',
    version: root?.version,
    lockfileVersion: 1,
    requires: true,
    dependencies: top,
  }
  writeFileSync(`${tree.root}/package-lock.json`, `${JSON.stringify(lock, null, 2)}\n`)
  return writeNpm6Manifests(tree, { entries, unasked })
}

export interface Npm6Entry {
  readonly version: string
  readonly resolved?: string | undefined
  readonly integrity?: string | undefined
  readonly from?: string | undefined
  readonly requires?: Readonly<Record<string, string>>
  readonly [mark: string]: unknown
  dependencies?: Record<string, Npm6Entry>
}

interface Context {
  readonly tree: Tree
  readonly spec: NodeSpec
  readonly npm: Npm
  readonly asked: ReadonlyMap<string, string>
  readonly unasked: Unasked
}

function entryOf(path: string, place: PlacePlan, { tree, spec, npm, asked, unasked }: Context): Npm6Entry {
  const marks = Object.fromEntries(
    (place.flags ?? []).filter((flag) => flag === 'dev' || flag === 'optional').map((flag) => [flag, true]),
  )
  if (place.link !== undefined) return { version: `file:${place.link}`, ...marks }
  const manifest = tree.manifests.get(path)
  const version = manifest?.version ?? '0.0.0'
  const requires =
    manifest === undefined ? {} : { requires: { ...requiresOf(path, manifest, tree), ...unasked.get(path) } }
  if (place.bundled === true) return { version, bundled: true, ...marks, ...requires }
  const source = place.source === undefined ? undefined : getSource(spec, path, place.source)
  if (source === undefined) fail(`The spec does not say where ${path} comes from: run lock2build again.`)
  const range = asked.get(path)
  if ('git' in source) {
    const git = canonicalGit(place.resolved ?? `git+${source.git}#${source.rev}`, npm)
    return { version: git, from: place.from ?? range, integrity: DUMMY, ...marks, ...requires }
  }
  const integrity = source.hash === undefined || source.hash === '' ? DUMMY : source.hash
  if ('path' in source) return { version: `file:${source.path}`, integrity, ...marks, ...requires }
  const resolved = place.resolved ?? source.urls[0]
  if (range !== undefined && /^https?:/.test(range)) return { version: range, integrity, ...marks, ...requires }
  const isAlias = manifest?.name !== undefined && manifest.name !== placeName(path)
  return { version: isAlias ? `npm:${manifest.name}@${version}` : version, resolved, integrity, ...marks, ...requires }
}

function requiresOf(from: string, { json }: Manifest, { index }: Tree): Readonly<Record<string, string>> {
  const all = { ...textsAt(json, 'dependencies'), ...textsAt(json, 'optionalDependencies') }
  const standing = Object.entries(all).filter(([name]) => findNeed(index, from, name) !== undefined)
  return Object.fromEntries(standing)
}

/** Install path → the range somebody asked it by; ranges that are no versions (URLs, git) first. npm 6 asks for no peers. */
function askedRanges({ index, manifests, locals }: Tree): ReadonlyMap<string, string> {
  const asked = new Map<string, string>()
  for (const [from, { json }] of [...locals, ...manifests]) {
    const ranges = {
      ...(from === '' ? textsAt(json, 'devDependencies') : {}),
      ...textsAt(json, 'optionalDependencies'),
      ...textsAt(json, 'dependencies'),
    }
    for (const [name, range] of Object.entries(ranges)) {
      const path = findNeed(index, from, name)
      if (path !== undefined && (!asked.has(path) || /[:/]/.test(range))) asked.set(path, range)
    }
  }
  return asked
}

/**
 * What nobody asks for by npm 6's rules (peers, development dependencies of linked directories) it would remove, so the
 * directory it stands below is made to ask for it: owner → name → range.
 */
function unaskedByOwner(tree: Tree, asked: ReadonlyMap<string, string>): Unasked {
  const unasked = new Map<string, Record<string, string>>()
  for (const [path, place] of tree.places) {
    if (asked.has(path) || place.bundled === true) continue
    const owner = parentPlace(path) ?? ''
    const range = place.link === undefined ? (tree.manifests.get(path)?.version ?? '*') : `file:${place.link}`
    unasked.set(owner, { ...unasked.get(owner), [placeName(path)]: range })
  }
  return unasked
}

/** A local directory's own packages hang below the link that leads to it. */
function parentOf(path: string, { places }: Tree): string | undefined {
  const parent = parentPlace(path)
  if (parent === undefined || places.has(parent)) return parent
  for (const [link, place] of places) if (place.link === parent) return link
  return parent
}
