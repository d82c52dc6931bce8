/** The manifests of the project and its local directories, as npm gets to see them while the tree is built. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { findNeed, needIndex } from '../../layout/find-need.ts'
import type { NeedIndex } from '../../layout/find-need.ts'
import { fail } from './failure.ts'
import { findOwn, loadRecord, textsAt } from './json-value.ts'
import type { JsonRecord } from './json-value.ts'
import type { Building } from './lay-out.ts'
import type { Places } from './selection.ts'

/** Writes them without scripts (they are the application's, not the tree's) and without what was left out of the tree. */
export function writeLocals(root: string, places: Places, { job, spec }: Building): void {
  const standing = { index: needIndex(places.keys()), all: needIndex(Object.keys(spec.plan.places)), omit: job.omit }
  for (const dir of Object.keys(spec.plan.local)) {
    const file =
      findOwn(job.manifests, dir) ??
      fail(`The job gives no package.json for the local directory ${JSON.stringify(dir)}.`)
    const target = dir === '' ? root : `${root}/${dir}`
    mkdirSync(target, { recursive: true })
    const manifest = reduced(loadRecord(file), dir, standing)
    writeFileSync(`${target}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o644 })
  }
}

interface Standing {
  readonly index: NeedIndex
  /** What the lock file has. */
  readonly all: NeedIndex
  readonly omit: readonly string[]
}

function reduced(manifest: JsonRecord, dir: string, { index, all, omit }: Standing): JsonRecord {
  const { scripts: _scripts, devEngines: _engines, allowScripts: _allow, devDependencies, ...rest } = manifest
  const stands = (name: string): boolean => findNeed(index, dir, name) !== undefined
  const standing = (key: string): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(textsAt(manifest, key)).filter(([name]) => stands(name)))
  // What an optional dependency or peer needs, too: npm lets the last stay only if something else asks for it.
  const staying = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(textsAt(manifest, 'devDependencies')).filter(([name]) =>
        index.has(findNeed(all, dir, name) ?? ''),
      ),
    )
  const optional = textsAt(manifest, 'optionalDependencies')
  const required = Object.entries(textsAt(manifest, 'dependencies')).filter(([name]) => !(name in optional))
  return {
    ...rest,
    dependencies: Object.fromEntries(required),
    optionalDependencies: standing('optionalDependencies'),
    peerDependencies: standing('peerDependencies'),
    ...(devDependencies === undefined ? {} : { devDependencies: omit.includes('dev') ? staying() : devDependencies }),
  }
}
