/** Wheels in poetry.lock that Poetry passes over, because of their names: it locks whatever an index lists for a version. */
import type { Problem } from '../../../../src/problem.ts'
import type { Fields } from '../../../../src/text/fields.ts'
import { normalizeName } from '../../standards/name.ts'
import { misnamedWheels, passedOver } from '../misnamed-wheels.ts'
import type { PoetryEntry } from './locked-packages.ts'

/** Warnings. `metadata` has the files of lock files before 2.0: those of all versions of a name in one list. */
export function misnamedFiles(entries: Iterable<PoetryEntry>, metadata: Fields): readonly Problem[] {
  const problems: Problem[] = []
  const versions = new Map<string, string[]>()
  for (const { entry, pkg } of entries) {
    const { name, version } = pkg
    // What is named by a URL or a path is taken, whatever it is called.
    if (pkg.direct !== undefined) continue
    problems.push(...misnamedWheels(entry, 'files', { name, versions: [version] }))
    versions.set(name, [...(versions.get(name) ?? []), version])
  }
  const shared = metadata.object('files')
  for (const key of shared?.keys() ?? []) {
    const name = normalizeName(key)
    const locked = versions.get(name)
    if (shared === undefined || locked === undefined) continue
    problems.push(...misnamedWheels(shared, key, { name, versions: locked }))
  }
  return problems.map(passedOver)
}
