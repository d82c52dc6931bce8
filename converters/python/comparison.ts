/** How versions of Python packages compare (PEP 440). */
import type { Comparison, VersionStep } from '../../src/model/comparison.ts'
import { isBuildId } from './builds/build-id.ts'
import { hostAliases } from './public-index.ts'
import { normalizeName } from './standards/name.ts'
import { compareNumerals, compareVersions, parseVersion, type Version } from './standards/version.ts'

export const pythonComparison: Comparison = {
  compareVersions: (a, b) => withVersions(a, b, compareVersions),
  stepBetween: (a, b) => withVersions(a, b, findStep),
  spellName: normalizeName,
  aliases: hostAliases,
  // A requirements file without digests has them in the spec like any other.
  hasClaims: false,
  isForBuild: isBuildId,
}

function withVersions<T>(a: string, b: string, use: (a: Version, b: Version) => T): T | undefined {
  const left = parseVersion(a)
  const right = parseVersion(b)
  return left === undefined || right === undefined ? undefined : use(left, right)
}

/** PEP 440 gives the numbers of a release no names; these are the ones that people use. */
function findStep(a: Version, b: Version): VersionStep | undefined {
  if (compareVersions(a, b) === 0) return undefined
  if (compareNumerals(a.epoch, b.epoch) !== 0) return 'major'
  const length = Math.max(a.release.length, b.release.length)
  const numbers = Array.from({ length }, (_, index) => compareNumerals(a.release[index] ?? 0, b.release[index] ?? 0))
  const place = numbers.findIndex((order) => order !== 0)
  if (place === -1) return 'prerelease'
  return (['major', 'minor'] as const)[place] ?? 'patch'
}
