/** Ranges of manifests, loosened and raised in the style in which they are written. */
import { array, assert, constantFrom, nat, oneof, pre, property, tuple } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allows as poetryAllows } from '../../../../converters/python/poetry/constraint.ts'
import { loosenRange, raiseRange, type Allows } from '../../../../converters/python/resolve/raised-range.ts'
import { findSpecifiers, satisfies } from '../../../../converters/python/standards/specifier.ts'

const standard: Allows = (range, version) => satisfies(version, findSpecifiers(range) ?? [], { prereleases: true })

test.each([
  ['>=1.2,<2', '>=1.2'],
  ['<2', ''],
  ['~=1.2', '>=1.2'],
  ['==1.2+cu118', '>=1.2'],
  ['== 1.2.*', '>=1.2'],
  ['>1,!=1.5,<=1.9', '>1,!=1.5'],
  ['^1.2', '>=1.2'],
  ['~1', '>=1'],
  ['1.2.3', '>=1.2.3'],
  ['^1.0 || ^2.0', '>=2.0'],
  ['>=1.2', undefined],
  ['*', undefined],
  ['!=1.5', undefined],
  ['===1.2', undefined],
])('%s without what keeps newer releases out is %s', (range, loosened) => {
  expect(loosenRange(range)).toBe(loosened)
})

describe('the style stays', () => {
  test.each([
    ['>=1.2,<2', '>=3.14.1,<4'],
    ['< 2.0 , >= 1.2', '< 4.0 , >= 3.14.1'],
    ['>=1.2,<1.3', '>=3.14.1,<3.15'],
    ['>1.2,<=1.9', '>=3.14.1,<=3.14.1'],
    ['<2.0.0,!=1.5', '<4.0.0,!=1.5'],
    ['>=1,!=1.5,<9', undefined],
    ['~=1.2', '~=3.14'],
    ['~= 1.2.3', '~= 3.14.1'],
    ['~=1.2.3.4', '~=3.14.1.0'],
    ['==1.2', '==3.14.1'],
    ['==1.*', '==3.*'],
    ['==1.2.*', '==3.14.*'],
  ])('%s → %s', (range, raised) => {
    expect(raiseRange(range, ['3.14.1'], standard)).toBe(raised)
  })

  test.each([
    ['^1.2', '^3.14.1'],
    ['^0', '^3.14.1'],
    ['~1', '~3'],
    ['~1.2', '~3.14.1'],
    ['1.2.3', '3.14.1'],
    ['=1.2', '=3.14.1'],
    ['1.*', '3.*'],
    ['^1.0 || ^2.0', '^3.14.1'],
    ['>=1 <2', '>=3.14.1 <4'],
    ['*', undefined],
  ])("Poetry's %s → %s", (range, raised) => {
    expect(raiseRange(range, ['3.14.1'], poetryAllows)).toBe(raised)
  })
})

test('epochs and prereleases are named whole', () => {
  expect(raiseRange('==1.*', ['1!2.0'], standard)).toBe('==1!2.*')
  expect(raiseRange('~=1.2', ['2.0rc1'], standard)).toBe('~=2.0rc1')
})

test('of several versions the range holds all, or stays', () => {
  expect(raiseRange('>=1.26,<2', ['2.0.2', '2.4.1'], standard)).toBe('>=2.0.2,<3')
  expect(raiseRange('~=1.26', ['2.0.2', '2.4.1'], standard)).toBe('~=2.0')
  expect(raiseRange('==1.26', ['2.0.2', '2.4.1'], standard)).toBeUndefined()
})

test('what is raised allows the version, and is not raised again', () => {
  const number = nat({ max: 30 })
  const version = tuple(number, number, number).map((parts) => parts.join('.'))
  const short = array(number, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('.'))
  const range = oneof(
    tuple(constantFrom('^', '~', '~=', '==', '<', '<=', ''), short).map((parts) => parts.join('')),
    tuple(short, short).map(([low, high]) => `>=${low},<${high}`),
    short.map((text) => `${text}.*`),
  )
  assert(
    property(range, version, (text, newest) => {
      const loosened = loosenRange(text)
      pre(loosened !== undefined && (loosened === '' || poetryAllows(loosened, newest)))
      const raised = raiseRange(text, [newest], poetryAllows)
      expect(poetryAllows(raised ?? text, newest)).toBe(true)
      expect(raiseRange(raised ?? text, [newest], poetryAllows)).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})
