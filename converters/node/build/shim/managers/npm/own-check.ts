/**
 * Whether a tree is what npm would leave alone, told without npm: everything that is asked for stands where node finds it, in a version
 * that fits, on a machine that it is for. Only the usual is judged (versions and ranges, aliases of them, links to local directories);
 * whatever else a manifest says makes the answer false, and then npm itself is asked. So a yes is sure, and a no says nothing.
 */
import { findNeed } from '../../../../layout/find-need.ts'
import { findPlatform, runsOn } from '../../../../layout/platform.ts'
import { satisfies } from '../../../../semver-range.ts'
import { recordAt, textsAt } from '../../json-value.ts'
import type { Manifest } from '../../manifest.ts'
import { conditionOf } from '../../manifest.ts'
import type { Tree } from '../../tree.ts'

export interface OwnCheck {
  /** npm is told not to mind peer dependencies. */
  readonly ignoresPeers: boolean
  /** Nix system name. */
  readonly system: string
}

export function isAsLocked(tree: Tree, check: OwnCheck): boolean {
  const { locals, manifests, places } = tree
  if (locals.get('')?.json['overrides'] !== undefined) return false
  for (const [dir, manifest] of locals) if (!hasItsNeeds(tree, dir, manifest, check)) return false
  for (const [path, manifest] of manifests) {
    const place = places.get(path)
    // What came inside an archive is its owner's business.
    if (place?.bundled === true) continue
    if (!hasItsNeeds(tree, path, manifest, check)) return false
    if (place?.flags?.includes('optional') !== true && !runsHere(manifest, check)) return false
  }
  return true
}

interface Group {
  /** Name → range. */
  readonly needs: Readonly<Record<string, string>>
  readonly mayMiss: (name: string) => boolean
  readonly mayDiffer?: boolean
}

function hasItsNeeds(tree: Tree, from: string, manifest: Manifest, check: OwnCheck): boolean {
  const { json } = manifest
  const optional = textsAt(json, 'optionalDependencies')
  // What the package is as content with, beside what it asks for: https://github.com/npm/rfcs/blob/main/implemented/0023-acceptDependencies.md
  const accepted = textsAt(json, 'acceptDependencies')
  const peersMeta = recordAt(json, 'peerDependenciesMeta')
  const isOptionalPeer = (name: string) => recordAt(peersMeta, name)['optional'] === true
  const groups: readonly Group[] = [
    { needs: textsAt(json, 'dependencies'), mayMiss: (name: string) => name in optional },
    { needs: optional, mayMiss: () => true },
    ...(tree.locals.has(from) ? [{ needs: textsAt(json, 'devDependencies'), mayMiss: () => false }] : []),
    ...(check.ignoresPeers
      ? []
      : [
          {
            needs: textsAt(json, 'peerDependencies'),
            mayMiss: isOptionalPeer,
            // Settled when it was locked: npm only warns of most, and is told to pass over the others (`--force`).
            mayDiffer: !tree.locals.has(from),
          },
        ]),
  ]
  return groups.every(({ needs, mayMiss, mayDiffer }) =>
    Object.entries(needs).every(([name, range]) => {
      const path = findNeed(tree.index, from, name)
      if (path === undefined) return mayMiss(name)
      const other = accepted[name]
      return mayDiffer === true || fits(tree, path, range) || (other !== undefined && fits(tree, path, other))
    }),
  )
}

function fits({ places, manifests, locals }: Tree, path: string, asked: string): boolean {
  const { link, copy } = places.get(path) ?? {}
  if ((link !== undefined || copy !== undefined) && /^(?:file|link):/.test(asked)) return true
  const found = link === undefined ? manifests.get(path) : locals.get(link)
  const [, alias, aliased] = /^npm:((?:@[^/@]+\/)?[^/@]+)@(.+)$/.exec(asked) ?? []
  const range = aliased ?? asked
  if (alias !== undefined && found?.name !== alias) return false
  if (range === '*' || range === '') return true
  return found?.version !== undefined && satisfies(found.version, range) === true
}

function runsHere(manifest: Manifest, { system }: OwnCheck): boolean {
  const { os, cpu, libc } = conditionOf(manifest)
  if (os === undefined && cpu === undefined && libc === undefined) return true
  const platform = findPlatform(system)
  return platform !== undefined && runsOn({ kind: 'platform', os, cpu, libc }, platform)
}
