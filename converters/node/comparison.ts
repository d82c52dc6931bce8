/** How versions of npm packages compare (https://semver.org). */
import type { Comparison, VersionStep } from '../../src/model/comparison.ts'
import { compareVersions, parseVersion, type Version } from './semver-range.ts'

export const nodeComparison: Comparison = {
  compareVersions: (a, b) => withVersions(a, b, compareVersions),
  stepBetween: (a, b) => withVersions(a, b, findStep),
  // Readers have replaced the second name of npm's registry already.
  aliases: {},
  hasClaims: true,
  isForBuild: () => false,
}

function withVersions<T>(a: string, b: string, use: (a: Version, b: Version) => T): T | undefined {
  const left = parseVersion(a)
  const right = parseVersion(b)
  return left === undefined || right === undefined ? undefined : use(left, right)
}

const places: readonly VersionStep[] = ['major', 'minor', 'patch']

function findStep(a: Version, b: Version): VersionStep | undefined {
  const place = a.numbers.findIndex((number, index) => number !== b.numbers[index])
  if (place !== -1) return places[place]
  return compareVersions(a, b) === 0 ? undefined : 'prerelease'
}
