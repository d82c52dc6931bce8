/** Whether a locked version still fits a range; test/real compares with npm's own semver on many random ones. */
import { expect, test } from 'vitest'
import { satisfies, satisfiesWithPrereleases } from '../../../converters/node/semver-range.ts'

test.each([
  ['1.2.3', '^1.0.0', true],
  ['2.0.0', '^1.0.0', false],
  ['0.2.9', '^0.2.3', true],
  ['0.3.0', '^0.2.3', false],
  ['0.0.4', '^0.0.3', false],
  ['1.2.9', '~1.2.3', true],
  ['1.3.0', '~1.2.3', false],
  ['1.9.0', '~1', true],
  ['1.2.3', '1.x', true],
  ['1.2.3', '1.2', true],
  ['1.2.3', '*', true],
  ['1.2.3', '', true],
  ['1.2.3', '=1.2.3', true],
  ['1.2.3', 'v1.2.3', true],
  ['1.2.3', '>= 1.2.3 < 2', true],
  ['2.0.0', '>=1.2.3 <2', false],
  ['1.2.3', '1.0 - 1.2', true],
  ['1.3.0', '1.0 - 1.2', false],
  ['3.0.0', '^1 || ^3', true],
  ['1.0.0-rc.2', '^1.0.0-rc.1', true],
  ['1.0.0-rc.1', '^1.0.0-rc.2', false],
  ['1.1.0-rc.1', '^1.0.0', false],
  ['1.1.0-rc.1', '*', false],
  ['1.0.0-rc.10', '>1.0.0-rc.9', true],
  ['1.0.0-1', '>1.0.0-a', false],
  ['1.2.3+build', '1.2.3', true],
  ['10.0.0', '>9', true],
  ['9.9.9', '>9', false],
  ['9.9.9', '<=9', true],
  ['1.0.0', 'next || 1', true],
  ['2.0.0', 'next || 1', false],
])('%s in "%s": %s', (version, range, expected) => {
  expect(satisfies(version, range)).toBe(expected)
})

test.each(['latest', 'github:u/r', 'file:a', 'https://h.example/a.tgz', '1.2.3.4'])('"%s" is no range', (range) => {
  expect(satisfies('1.0.0', range)).toBeUndefined()
})

test('an odd version fits nothing that can be told', () => {
  expect(satisfies('unknown', '*')).toBeUndefined()
})

// What yarn 1.22.22 says of these peers.
test.each([
  ['2.0.0-rc.1', '>=1.0.0', true],
  ['2.0.0-rc.1', '^1.0.0', false],
  ['2.0.0-rc.1', '>=1 <2.0.0', false],
  ['1.5.0-beta', '^1.0.0', true],
  ['1.5.0-beta', '', true],
  ['1.0.0-0', '1.0.0', false],
  ['3.0.0', '1 || 2', false],
  ['2.1.0', '1 || 2', true],
  ['1.0.0', 'latest', false],
])('as a peer, %s in "%s": %s', (version, range, expected) => {
  expect(satisfiesWithPrereleases(version, range)).toBe(expected)
})
