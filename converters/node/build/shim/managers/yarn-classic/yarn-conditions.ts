/** Whether yarn 1 installs an optional package here (lib/package-compatibility.js): by os, cpu and engines, not by libc. */
import type { Platform } from '../../../../layout/platform.ts'
import { satisfies } from '../../../../semver-range.ts'
import { listAt, textsAt } from '../../json-value.ts'
import type { JsonRecord } from '../../json-value.ts'

export function runsWithYarn(manifest: JsonRecord, { os, cpu }: Platform): boolean {
  if (!admits(listAt(manifest, 'os'), os) || !admits(listAt(manifest, 'cpu'), cpu)) return false
  const { node, iojs } = textsAt(manifest, 'engines')
  return [node, iojs].every((range) => range === undefined || nodeSatisfies(range))
}

/** What is named with `!` is refused; where anything is named without, only that is admitted. */
function admits(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined || list.length === 0) return true
  if (list.includes(`!${value}`)) return false
  return list.includes(value) || list.every((word) => word.startsWith('!'))
}

/** Ranges below 1.0.0, such as `^0.12.0`, are meant for every later node. */
function nodeSatisfies(range: string): boolean {
  const major = process.versions.node.split('.', 1)[0] ?? ''
  const versions = [process.versions.node, ...['10', '11', '12', '13'].map((minor) => `0.${minor}.${major}`)]
  return versions.some((version) => satisfies(version, range) === true)
}
