/** PEP 440 versions: every spelling, the order, the normal form. The comparison with PyPA's own is test/real/python-standards.test.ts. */
import { describe, expect, test } from 'vitest'
import {
  compareVersions,
  getVersion,
  isPrerelease,
  normalizeVersion,
  parseVersion,
} from '../../../../converters/python/standards/version.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

describe('a version', () => {
  test.each([
    ['1.0', '1.0'],
    ['V1.0-ALPHA.1', '1.0a1'],
    ['1.0preview', '1.0rc0'],
    ['1.0c2', '1.0rc2'],
    ['1.0-3', '1.0.post3'],
    ['1.0.REV2', '1.0.post2'],
    ['1!2.0.dev', '1!2.0.dev0'],
    ['1.0b2-post4_dev005', '1.0b2.post4.dev5'],
    ['2.7.1+CU-128_x', '2.7.1+cu.128.x'],
    [' 1.00.0 ', '1.0.0'],
    ['20240101123456789012345', '20240101123456789012345'],
  ])('%s has the normal form %s', (text, expected) => {
    expect(normalizeVersion(text)).toBe(expected)
  })

  test.each(['', '1.0.', '1..0', '1.0+', '1.0+a..b', 'latest', '1.0 beta', '١.٠'])('%j is none', (text) => {
    expect(parseVersion(text)).toBeUndefined()
    expect(thrownProblems(() => getVersion(text, { file: 'poetry.lock' }))).toMatchObject([{ code: 'name-invalid' }])
  })

  test('of a thousand digits is none', () => {
    expect(parseVersion('1'.repeat(1001))).toBeUndefined()
  })

  test('comes in the order of PEP 440', () => {
    const ordered = [
      '1.dev0',
      '1.0.dev456',
      '1.0a1',
      '1.0a2.dev456',
      '1.0a12.dev456',
      '1.0a12',
      '1.0b1.dev456',
      '1.0b2',
      '1.0b2.post345.dev456',
      '1.0b2.post345',
      '1.0rc1.dev456',
      '1.0rc1',
      '1.0',
      '1.0+abc.5',
      '1.0+abc.7',
      '1.0+5',
      '1.0.post456.dev34',
      '1.0.post456',
      '1.0.15',
      '1.1.dev1',
      '1.9007199254740993',
      '1.9007199254740994',
      '1!0.1',
    ]
    const byVersion = (a: string, b: string) => compareVersions(getVersion(a), getVersion(b))
    expect([...ordered].reverse().sort(byVersion)).toEqual(ordered)
    expect(byVersion('1.0', '1.0.0.0')).toBe(0)
  })

  test.each([
    ['1.0a1', true],
    ['1.0.post1.dev1', true],
    ['1.0.post1', false],
  ])('%s: prerelease %s', (text, expected) => {
    expect(isPrerelease(getVersion(text))).toBe(expected)
  })
})
