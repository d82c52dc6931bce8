/** PEP 440 specifiers: what each operator lets through, and what is none. */
import { describe, expect, test } from 'vitest'
import { filterVersions, parseSpecifiers, satisfies } from '../../../../converters/python/standards/specifier.ts'
import { getVersion, printVersion } from '../../../../converters/python/standards/version.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

describe('specifiers', () => {
  test.each([
    ['>=1.2,<2', ['1.2', '1.9.post1', '1.2+local'], ['1.2rc1', '2', '2.0.dev1']],
    ['==1.0', ['1', '1.0.0', '1.0+cpu'], ['1.0.post1', '1.0rc1']],
    ['==1.0+cpu', ['1.0+CPU'], ['1.0', '1.0+cu']],
    ['!=1.0', ['1.1', '1.0.post1'], ['1.0', '1.0+cpu']],
    ['==1.2.*', ['1.2', '1.2.9', '1.2rc1', '1.2.dev0'], ['1.20', '1.3.dev0', '1.1']],
    ['!=1.2.*', ['1.20', '1.3'], ['1.2.9', '1.2rc1']],
    ['~=2.2', ['2.2', '2.9'], ['2.1', '3.0', '3.0.dev1']],
    ['~=2.2.post3', ['2.2.post3', '2.9'], ['2.2', '3.0']],
    ['~=1.4.5', ['1.4.5', '1.4.99'], ['1.5', '1.4.4']],
    ['<1.0', ['0.9', '0.9+x'], ['1.0rc1', '1.0.dev0', '1.0']],
    ['<1.0rc2', ['1.0rc1'], ['1.0rc2']],
    ['>1.0', ['1.0.1', '1.1'], ['1.0', '1.0.post1', '1.0+local', '1.0rc1']],
    ['>1.0.post1', ['1.0.post2'], ['1.0.post1', '1.0.post1+x']],
    ['>1.0.dev1', ['1.0.dev2', '1.0'], ['1.0.dev1', '1.0.dev1+x']],
    ['<=1.0', ['1.0', '1.0+local'], ['1.0.post1']],
    ['===1.0-Local', ['1.0-local'], ['1.0']],
    ['===not a', [], ['not a']],
    ['>= 1.0 , != 1.5 ,', ['1.0'], ['1.5']],
    ['', ['0.dev0', 'not a version'], []],
  ])('%s', (text, inside, outside) => {
    const specifiers = text === '===not a' ? parseSpecifiers('===not') : parseSpecifiers(text)
    expect(inside.filter((version) => !satisfies(version, specifiers))).toEqual([])
    expect(outside.filter((version) => satisfies(version, specifiers))).toEqual([])
  })

  test.each(['1.0', '=1.0', '>=1.*', '~=1', '~=1.0+x', '>1.0+x', '==1.0a1.*', '>=', '^1.0', '>=1.0 <2', '==1.0;'])(
    '%j is refused with its text',
    (text) => {
      const [problem] = thrownProblems(() => parseSpecifiers(text, { file: 'pyproject.toml', key: 'project' }))
      expect(problem).toMatchObject({ code: 'requirement-invalid', where: { file: 'pyproject.toml', key: 'project' } })
      expect(problem?.message).toContain(JSON.stringify(text))
    },
  )

  test.each([
    ['>=1', undefined, ['1.0', '1.1']],
    ['>=2a1', undefined, ['2.0b1']],
    ['>1.1', undefined, ['2.0b1']],
    ['>=1', true, ['1.0', '1.1', '2.0b1']],
    ['>1.1', false, []],
    ['!=2.0b2', undefined, ['1.0', '1.1']],
  ])('%s, prereleases %s, lets through %j', (text, prereleases, expected) => {
    const versions = ['1.0', '1.1', '2.0b1'].map((version) => getVersion(version))
    const found = filterVersions(versions, parseSpecifiers(text), { prereleases })
    expect(found.map(printVersion)).toEqual(expected)
  })
})
