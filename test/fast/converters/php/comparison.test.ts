import { expect, test } from 'vitest'
import { phpComparison } from '../../../../converters/php/comparison.ts'

test('releases are ordered as Composer orders them', () => {
  const ordered = [
    '1.0.0-alpha1',
    '1.0.0-beta2',
    '1.0.0-beta10',
    '1.0-RC1',
    'v1.0',
    '1.0.0-p1',
    '1.0.1',
    '1.10',
    '2.0.0.1',
  ]
  for (const [index, version] of ordered.entries()) {
    for (const later of ordered.slice(index + 1)) {
      expect(phpComparison.compareVersions(version, later), `${version} ${later}`).toBeLessThan(0)
      expect(phpComparison.compareVersions(later, version)).toBeGreaterThan(0)
    }
  }
  expect(phpComparison.compareVersions('v1.0', '1.0.0.0')).toBe(0)
})

test('branches are no releases', () => {
  expect(phpComparison.compareVersions('dev-main', '1.0')).toBeUndefined()
  expect(phpComparison.stepBetween('1.x-dev', '1.0')).toBeUndefined()
})

test.each([
  ['1.0', '2.0', 'major'],
  ['1.0', '1.1', 'minor'],
  ['1.0', '1.0.1', 'patch'],
  ['1.0-RC1', '1.0', 'prerelease'],
  ['v1.0', '1.0.0', undefined],
])('from %s to %s is a step of %s', (from, to, step) => {
  expect(phpComparison.stepBetween(from, to)).toBe(step)
})
