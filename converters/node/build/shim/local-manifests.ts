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
  const index = needIndex(places.keys())
  for (const dir of Object.keys(spec.plan.local)) {
    const file =
      findOwn(job.manifests, dir) ??
      fail(`The job gives no package.json for the local directory ${JSON.stringify(dir)}.`)
    const target = dir === '' ? root : `${root}/${dir}`
    mkdirSync(target, { recursive: true })
    const manifest = reduced(loadRecord(file), dir, { index, omit: job.omit })
    writeFileSync(`${target}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o644 })
  }
}

interface Standing {
  readonly index: NeedIndex
  readonly omit: readonly string[]
}

function reduced(manifest: JsonRecord, dir: string, { index, omit }: Standing): JsonRecord {
  const { scripts: _scripts, devEngines: _engines, allowScripts: _allow, devDependencies, ...rest } = manifest
  const stands = (name: string): boolean => findNeed(index, dir, name) !== undefined
  const standing = (key: string): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(textsAt(manifest, key)).filter(([name]) => stands(name)))
  const optional = textsAt(manifest, 'optionalDependencies')
  const required = Object.entries(textsAt(manifest, 'dependencies')).filter(([name]) => !(name in optional))
  return {
    ...rest,
    dependencies: Object.fromEntries(required),
    optionalDependencies: standing('optionalDependencies'),
    peerDependencies: standing('peerDependencies'),
    ...(omit.includes('dev') || devDependencies === undefined ? {} : { devDependencies }),
  }
}
