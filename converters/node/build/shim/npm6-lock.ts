/**
 * What npm 6 needs to accept a tree: a version 1 lock, and in every package.json the `_integrity`, `_resolved` and `_from` that
 * npm 6 writes itself. It asks the network for a package whose `_integrity` is not the lock's, so where there is none both get
 * the same dummy. The manifests are put back byte for byte afterwards.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { findNeed } from '../../layout/find-need.ts'
import type { PlacePlan } from '../../node-plan.ts'
import { fail } from './failure.ts'
import type { NodeSpec } from './job-reader.ts'
import { textsAt } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'
import { neededNames } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import type { Npm } from './npm.ts'
import { canonicalGit } from './npm-lock.ts'
import { parentPlace, placeName } from './selection.ts'
import { getSource } from './tree.ts'
import type { Tree } from './tree.ts'

const DUMMY = 'sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA='

/** Writes lock, injected manifests and a root manifest npm 6 can read. Call the result to put the manifests back. */
export function writeNpm6Lock(tree: Tree, spec: NodeSpec, npm: Npm): () => void {
  const asked = askedRanges(tree)
  const entries = new Map<string, Entry>()
  for (const [path, place] of tree.places) entries.set(path, entryOf(path, place, { tree, spec, npm, asked }))
  const top: Record<string, Entry> = {}
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
  writeRootManifest(tree, npm)
  return injectOrigins(tree, entries)
}

interface Entry {
  readonly version: string
  readonly resolved?: string | undefined
  readonly integrity?: string | undefined
  readonly from?: string | undefined
  readonly requires?: Readonly<Record<string, string>>
  readonly [mark: string]: unknown
  dependencies?: Record<string, Entry>
}

interface Context {
  readonly tree: Tree
  readonly spec: NodeSpec
  readonly npm: Npm
  readonly asked: ReadonlyMap<string, string>
}

function entryOf(path: string, place: PlacePlan, { tree, spec, npm, asked }: Context): Entry {
  const marks = Object.fromEntries(
    (place.flags ?? []).filter((flag) => flag === 'dev' || flag === 'optional').map((flag) => [flag, true]),
  )
  if (place.link !== undefined) return { version: `file:${place.link}`, ...marks }
  const manifest = tree.manifests.get(path)
  const version = manifest?.version ?? '0.0.0'
  const requires = manifest === undefined ? {} : { requires: requiresOf(path, manifest, tree) }
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

/** Install path → the range somebody asked it by; ranges that are no versions (URLs, git) first. */
function askedRanges({ index, manifests, locals }: Tree): ReadonlyMap<string, string> {
  const asked = new Map<string, string>()
  for (const [from, manifest] of [...locals, ...manifests]) {
    const ranges = {
      ...textsAt(manifest.json, 'devDependencies'),
      ...textsAt(manifest.json, 'optionalDependencies'),
      ...textsAt(manifest.json, 'dependencies'),
    }
    for (const name of neededNames(manifest, locals.has(from)).keys()) {
      const path = findNeed(index, from, name)
      const range = ranges[name]
      if (path === undefined || range === undefined) continue
      if (!asked.has(path) || /[:/]/.test(range)) asked.set(path, range)
    }
  }
  return asked
}

/** A local directory's own packages hang below the link that leads to it. */
function parentOf(path: string, { places }: Tree): string | undefined {
  const parent = parentPlace(path)
  if (parent === undefined || places.has(parent)) return parent
  for (const [link, place] of places) if (place.link === parent) return link
  return parent
}

/** npm 6 knows no workspaces (to it they are `file:` dependencies) and cannot compare a tag such as `latest` offline. */
function writeRootManifest({ root, places, locals, manifests }: Tree, npm: Npm): void {
  const manifest = locals.get('')
  if (manifest === undefined) return
  const pinned = (key: string): JsonRecord =>
    Object.fromEntries(
      Object.entries(textsAt(manifest.json, key)).map(([name, range]) => {
        const installed = manifests.get(`node_modules/${name}`)?.version
        return [name, installed !== undefined && isTag(range, npm) ? installed : range]
      }),
    )
  const links = [...places].flatMap(([path, { link }]) =>
    link === undefined || path !== `node_modules/${placeName(path)}` ? [] : [[placeName(path), `file:${link}`]],
  )
  const dependencies = { ...Object.fromEntries(links), ...pinned('dependencies') }
  for (const [name, target] of links) if (name !== undefined) dependencies[name] = target
  const { workspaces: _workspaces, ...rest } = manifest.json
  const written = {
    ...rest,
    dependencies,
    devDependencies: pinned('devDependencies'),
    optionalDependencies: pinned('optionalDependencies'),
  }
  writeFileSync(`${root}/package.json`, `${JSON.stringify(written, null, 2)}\n`)
}

function isTag(range: string, npm: Npm): boolean {
  if (/[:/]/.test(range) || range === '') return false
  const semver = npm.load('semver')
  if ((typeof semver !== 'object' && typeof semver !== 'function') || semver === null || !('validRange' in semver))
    return false
  return typeof semver.validRange === 'function' && semver.validRange(range) === null
}

function injectOrigins({ root, places }: Tree, entries: ReadonlyMap<string, Entry>): () => void {
  const originals: { readonly file: string; readonly original: Buffer }[] = []
  for (const [path, entry] of entries) {
    const place = places.get(path)
    if (place === undefined || place.link !== undefined || place.bundled === true) continue
    const file = `${root}/${path}/package.json`
    const original = readFileSync(file)
    writeFileSync(file, withOrigin(original.toString('utf8'), placeName(path), entry))
    originals.push({ file, original })
  }
  return () => {
    for (const { file, original } of originals) writeFileSync(file, original)
  }
}

function withOrigin(text: string, name: string, entry: Entry): string {
  const origin = {
    _integrity: entry.integrity,
    _resolved: entry.resolved ?? entry.version,
    _from:
      entry.from === undefined && entry.resolved !== undefined ? undefined : `${name}@${entry.from ?? entry.version}`,
  }
  return text.replace(/\}\s*$/, `,${JSON.stringify(origin).slice(1)}\n`)
}
