/** requirements.txt: one version for each package, whoever says it; contradictions and options of nobody are problems with their line. */
import { describe, expect, test } from 'vitest'
import { requirements } from '../../../../converters/python/readers/requirements/requirements.ts'
import type { ReadContext } from '../../../../src/model/converter.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

const HASH = `--hash=sha256:${'a'.repeat(64)}`

function context(files: Readonly<Record<string, string>>): ReadContext {
  const found = new Map(Object.entries(files))
  return {
    file: 'requirements.txt',
    files: { find: (path) => found.get(path), directories: () => [] },
    userConfig: [],
    environment: {},
  }
}

const read = (text: string, more: Readonly<Record<string, string>> = {}) =>
  requirements.read(context({ 'requirements.txt': text, ...more })).lock

describe('a requirements file', () => {
  test('names a version for each package, or a constraint does', () => {
    const text = `-c constraints.txt\nFlask[async] == 3.0 ${HASH}\na>=1 ; os_name == "posix" ${HASH}\nb===1.0 ${HASH}\n`
    const { packages, roots } = read(text, { 'constraints.txt': 'A==1.5\nflask<4\nunused==1\n' })
    expect([...packages.keys()]).toEqual(['flask@3.0', 'a@1.5', 'b@1.0'])
    expect(roots[0].dependencies).toMatchObject([
      { as: 'flask', extras: ['async'] },
      { as: 'a', marker: 'os_name == "posix"' },
      { as: 'b' },
    ])
  })

  test('may take its hashes from a constraint', () => {
    const { packages } = read('-c c.txt\na', { 'c.txt': `a==1 ${HASH}` })
    expect([...packages.values()][0]?.sources).toMatchObject([{ kind: 'indexed' }])
  })

  test('may restrict which files count, and the later option counts', () => {
    const forms = (options: string) =>
      [...read(`${options}\na==1\nb-c==1\n`).packages.values()].map(({ sources: [source] }) =>
        source.kind === 'indexed' ? (source.form ?? 'any') : source.kind,
      )
    expect(forms('')).toEqual(['any', 'any'])
    expect(forms('--no-binary B.c')).toEqual(['any', 'sdist'])
    expect(forms('--no-binary :all:\n--only-binary a,x')).toEqual(['wheel', 'sdist'])
    expect(forms('--no-binary=a,b_c --only-binary a')).toEqual(['wheel', 'sdist'])
    expect(forms('--no-binary a\n--no-binary :none:\n--only-binary :all:')).toEqual(['wheel', 'wheel'])
  })

  test('a constraint for some targets does not contradict a version', () => {
    const { packages } = read(`-c c.txt\na==2 ${HASH}`, { 'c.txt': 'a==1; python_version < "3.9"' })
    expect([...packages.keys()]).toEqual(['a@2'])
  })

  test.each<[string, string, string, number, string?]>([
    ['without a version', `a>=1 ${HASH}`, 'lock-inconsistent', 1],
    ['of a prefix', `\na==1.* ${HASH}`, 'lock-inconsistent', 2],
    ['of two versions', `a==1.0,==2.0 ${HASH}`, 'lock-inconsistent', 1],
    ['of a version that it excludes', `a==1.0,!=1 ${HASH}`, 'lock-inconsistent', 1],
    ['of a version that a constraint excludes', `-c c.txt\na==1 ${HASH}`, 'lock-inconsistent', 2, 'a>1'],
    ['of a constraint’s version that it excludes', `-c c.txt\na>1 ${HASH}`, 'lock-inconsistent', 2, 'a==1'],
    ['without a hash, where another has one,', `a==1\nb==1 ${HASH}`, 'integrity-missing', 1],
    ['without a hash, where all must have one,', '--require-hashes\na==1', 'integrity-missing', 2],
    ['with an unknown option', `a==1 \\\n ${HASH} --hsh=sha256:00`, 'lock-syntax', 1],
    ['with an option that pip forgets', `a==1 ${HASH} --index-url https://example.com/simple`, 'lock-syntax', 1],
    ['that is none', `a=1 ${HASH}`, 'requirement-invalid', 1],
    ['with a bad marker', `a==1; os_nam == "x" ${HASH}`, 'requirement-invalid', 1],
    ['by path with a bad marker', './a-1.0.tar.gz ; os_name', 'requirement-invalid', 1],
  ])('a requirement %s is a problem', (_, text, code, line, constraints = '') => {
    const problems = thrownProblems(() => read(text, { 'c.txt': constraints }))
    expect(problems).toMatchObject([{ code, where: { file: 'requirements.txt', line } }])
  })

  test('a constraint that is none is told once, at its line', () => {
    const files = { 'c.txt': '\na=1\n' }
    const problems = thrownProblems(() => read(`-c c.txt\na==1 ${HASH}\nb==1 ${HASH}`, files))
    expect(problems).toMatchObject([{ code: 'requirement-invalid', where: { file: 'c.txt', line: 2 } }])
  })
})
