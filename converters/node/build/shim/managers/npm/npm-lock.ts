/**
 * The package-lock.json (version 3) that npm 7 and later compare the tree with, made from the places and from what the
 * manifests on disk say: https://docs.npmjs.com/cli/configuring-npm/package-lock-json. Given such a lock, right versions and
 * bin links, npm finds nothing to do and so needs no network.
 */
import { writeFileSync } from 'node:fs'
import type { SpecSource } from '../../../../../../src/spec/build-spec.ts'
import { findNeed } from '../../../../layout/find-need.ts'
import type { NeedIndex } from '../../../../layout/find-need.ts'
import type { PlacePlan } from '../../../../node-plan.ts'
import type { NodeSpec } from '../../spec-reader.ts'
import { listAt, recordAt, textsAt } from '../../json-value.ts'
import type { JsonRecord } from '../../json-value.ts'
import type { Manifest } from '../../manifest.ts'
import { conditionOf } from '../../manifest.ts'
import type { Npm } from '../../npm.ts'
import { placeName } from '../../selection.ts'
import { getSource } from '../../tree.ts'
import type { Tree } from '../../tree.ts'

export function writeLock(tree: Tree, spec: NodeSpec, npm: Npm): void {
  const packages: Record<string, unknown> = {}
  for (const [dir, manifest] of tree.locals) packages[dir] = localEntry(dir, manifest, tree.index)
  for (const [path, place] of tree.places) packages[path] = placeEntry(path, place, { tree, spec, npm })
  const root = tree.locals.get('')
  const lock = { name: root?.name ?? 'project', version: root?.version, lockfileVersion: 3, requires: true, packages }
  writeFileSync(`${tree.root}/package-lock.json`, `${JSON.stringify(lock, null, 2)}\n`)
}

interface Context {
  readonly tree: Tree
  readonly spec: NodeSpec
  readonly npm: Npm
}

function placeEntry(path: string, place: PlacePlan, { tree, spec, npm }: Context): JsonRecord {
  const { flags = [] } = place
  const marks = Object.fromEntries(flags.map((flag) => [flag, true]))
  if (place.link !== undefined) return { resolved: place.link, link: true, ...marks }
  const manifest = tree.manifests.get(path)
  const source = place.source === undefined ? undefined : getSource(spec, path, place.source)
  const entry: Record<string, unknown> = { version: manifest?.version, ...marks }
  if (manifest?.name !== undefined && manifest.name !== placeName(path)) entry['name'] = manifest.name
  if (place.bundled === true) entry['inBundle'] = true
  if (source !== undefined) Object.assign(entry, origin(source, place, npm))
  if (place.copy !== undefined) entry['resolved'] = place.resolved ?? `file:${place.copy}`
  if (manifest === undefined) return entry
  const asked = dependencies(path, manifest, tree.index)
  // Whether another version than is asked for will do was settled when it was locked: npm would look for one in the registry.
  return { ...entry, ...facts(manifest), ...asked, peerDependencies: anyVersion(asked.peerDependencies) }
}

function localEntry(dir: string, manifest: Manifest, index: NeedIndex): JsonRecord {
  const { json } = manifest
  return {
    name: manifest.name,
    version: manifest.version,
    ...(json['workspaces'] === undefined ? {} : { workspaces: json['workspaces'] }),
    ...facts(manifest),
    ...dependencies(dir, manifest, index),
    devDependencies: textsAt(json, 'devDependencies'),
  }
}

/** `resolved` and `integrity`. npm compares git URLs in its own spelling of the hosts it knows. */
function origin(source: SpecSource, place: PlacePlan, npm: Npm): JsonRecord {
  if ('git' in source) return { resolved: canonicalGit(place.resolved ?? `git+${source.git}#${source.rev}`, npm) }
  if ('path' in source) return { resolved: place.resolved ?? `file:${source.path}`, integrity: source.hash }
  return { resolved: place.resolved ?? source.urls[0], integrity: source.hash }
}

export function canonicalGit(url: string, npm: Npm): string {
  const hosts = npm.load('hosted-git-info')
  if ((typeof hosts !== 'object' && typeof hosts !== 'function') || hosts === null || !('fromUrl' in hosts)) return url
  if (typeof hosts.fromUrl !== 'function') return url
  const hosted: unknown = hosts.fromUrl(url)
  if (typeof hosted !== 'object' || hosted === null || !('sshurl' in hosted) || typeof hosted.sshurl !== 'function')
    return url
  return String(hosted.sshurl())
}

function facts(manifest: Manifest): JsonRecord {
  const { os, cpu, libc, engines } = conditionOf(manifest)
  const entry: Record<string, unknown> = { engines, os, cpu, libc }
  if (manifest.bins.size > 0) entry['bin'] = Object.fromEntries(manifest.bins)
  if (manifest.installScripts.size > 0) entry['hasInstallScript'] = true
  return entry
}

/** What the package asks for, less the optional packages that do not stand here: npm would try to fetch those. */
function dependencies(from: string, { json }: Manifest, index: NeedIndex) {
  const stands = (name: string): boolean => findNeed(index, from, name) !== undefined
  const standing = (key: string): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(textsAt(json, key)).filter(([name]) => stands(name)))
  const optional = textsAt(json, 'optionalDependencies')
  const required = Object.entries(textsAt(json, 'dependencies')).filter(([name]) => !(name in optional))
  return {
    dependencies: Object.fromEntries(required),
    optionalDependencies: standing('optionalDependencies'),
    peerDependencies: standing('peerDependencies'),
    peerDependenciesMeta: recordAt(json, 'peerDependenciesMeta'),
    acceptDependencies: textsAt(json, 'acceptDependencies'),
    bundleDependencies: listAt(json, 'bundleDependencies') ?? listAt(json, 'bundledDependencies'),
  }
}

function anyVersion(needs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(needs).map((name) => [name, '*']))
}
