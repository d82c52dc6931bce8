/** package.json files as npm 6 needs them during its check, and putting them back byte for byte. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isRange } from '../../../../semver-range.ts'
import { textsAt } from '../../json-value.ts'
import type { JsonRecord } from '../../json-value.ts'
import type { Manifest } from '../../manifest.ts'
import type { Npm6Entry } from './npm6-lock.ts'
import { placeName } from '../../selection.ts'
import type { Tree } from '../../tree.ts'

/** Owner ('' or an install path) → name → range. */
export type Unasked = ReadonlyMap<string, Readonly<Record<string, string>>>

interface Context {
  readonly entries: ReadonlyMap<string, Npm6Entry>
  readonly unasked: Unasked
}

/** Injects `_integrity`, `_resolved` and `_from` everywhere. Call the result to undo it. */
export function writeNpm6Manifests(tree: Tree, context: Context): () => void {
  const originals: { readonly file: string; readonly original: Buffer }[] = []
  const rewrite = (dir: string, change: (text: string) => string): void => {
    const file = `${tree.root}/${dir === '' ? '' : `${dir}/`}package.json`
    const original = readFileSync(file)
    originals.push({ file, original })
    writeFileSync(file, change(original.toString('utf8')))
  }
  for (const [dir, manifest] of tree.locals) rewrite(dir, () => localManifest(dir, manifest, tree, context))
  for (const [path, entry] of context.entries) {
    const place = tree.places.get(path)
    const manifest = tree.manifests.get(path)
    if (manifest === undefined || place?.bundled === true) continue
    rewrite(path, () => placeManifest(path, manifest, entry, context))
  }
  return () => {
    for (const { file, original } of originals) if (existsSync(file)) writeFileSync(file, original)
  }
}

function placeManifest(path: string, { json }: Manifest, entry: Npm6Entry, { unasked }: Context): string {
  const extra = unasked.get(path)
  return JSON.stringify({
    ...json,
    ...(extra === undefined ? {} : { dependencies: { ...textsAt(json, 'dependencies'), ...extra } }),
    _integrity: entry.integrity,
    _resolved: entry.resolved ?? entry.version,
    ...(entry.from === undefined && entry.resolved !== undefined
      ? {}
      : { _from: `${placeName(path)}@${entry.from ?? entry.version}` }),
  })
}

/** npm 6 knows no workspaces (to it they are `file:` dependencies) and cannot compare a tag such as `latest` offline. */
function localManifest(dir: string, { json }: Manifest, { manifests }: Tree, { unasked }: Context): string {
  const pinned = (key: string): JsonRecord =>
    Object.fromEntries(
      Object.entries(textsAt(json, key)).map(([name, range]) => {
        const installed = manifests.get(`node_modules/${name}`)?.version
        const isTag = installed !== undefined && !/[:/]/.test(range) && !isRange(range)
        return [name, isTag ? installed : range]
      }),
    )
  const { workspaces: _workspaces, ...rest } = json
  const written = {
    ...rest,
    dependencies: { ...pinned('dependencies'), ...unasked.get(dir) },
    devDependencies: pinned('devDependencies'),
    optionalDependencies: pinned('optionalDependencies'),
  }
  return `${JSON.stringify(written, null, 2)}\n`
}
