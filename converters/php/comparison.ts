/** How versions of PHP packages compare (composer/semver, as far as releases go). */
import type { Comparison, VersionStep } from '../../src/model/comparison.ts'

export const phpComparison: Comparison = {
  compareVersions: (a, b) => withReleases(a, b, compareReleases),
  stepBetween: (a, b) => withReleases(a, b, findStep),
  spellName: (typed) => typed.toLowerCase(),
  aliases: {},
  hasClaims: true,
  isForBuild: () => false,
}

interface Release {
  readonly numbers: readonly number[]
  /** Of 1.0-RC2: 3 and 2; of a release: 4. */
  readonly stability: number
  readonly count: number
}

const stabilities = ['dev', 'alpha', 'beta', 'rc', '', 'patch']
const short: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', p: 'patch', pl: 'patch', stable: '' }

/** undefined for a branch (`dev-main`). */
function parseRelease(text: string): Release | undefined {
  const found = /^v?(\d{1,9}(?:\.\d{1,9}){0,3})(?:[.-]?(stable|beta|b|rc|alpha|a|patch|pl|p)[.-]?(\d{0,9}))?$/i.exec(
    text,
  )
  if (found === null) return undefined
  const [, numbers = '', word = '', count = ''] = found
  const name = word.toLowerCase()
  const stability = stabilities.indexOf(short[name] ?? name)
  return { numbers: numbers.split('.').map(Number), stability, count: Number(count) }
}

function withReleases<T>(a: string, b: string, use: (a: Release, b: Release) => T): T | undefined {
  const left = parseRelease(a)
  const right = parseRelease(b)
  return left === undefined || right === undefined ? undefined : use(left, right)
}

function compareReleases(a: Release, b: Release): number {
  const place = firstDifference(a, b)
  if (place !== -1) return (a.numbers[place] ?? 0) - (b.numbers[place] ?? 0)
  return a.stability - b.stability || a.count - b.count
}

function findStep(a: Release, b: Release): VersionStep | undefined {
  if (compareReleases(a, b) === 0) return undefined
  const place = firstDifference(a, b)
  if (place === -1) return 'prerelease'
  return (['major', 'minor'] as const)[place] ?? 'patch'
}

function firstDifference(a: Release, b: Release): number {
  return [0, 1, 2, 3].findIndex((place) => (a.numbers[place] ?? 0) !== (b.numbers[place] ?? 0))
}
