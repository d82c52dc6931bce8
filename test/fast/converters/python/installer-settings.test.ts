/** `installer.no-binary` and `installer.only-binary`: which files of poetry.lock are taken. */
import { describe, expect, test } from 'vitest'
import { planPython } from '../../../../converters/python/plan.ts'
import { readPlan } from '../../../../converters/python/plan-reader.ts'
import { readFileKinds } from '../../../../converters/python/poetry/installer-settings.ts'
import { poetryLock } from '../../../../converters/python/readers/poetry-lock/poetry-lock.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

const settings = (text: string) => `[installer]\n${text}\n`
const kindsOf = (text: string) => readFileKinds({ find: (path) => (path === 'poetry.toml' ? text : undefined) })

describe('what poetry.toml says', () => {
  // By the names foo-bar and other; as Poetry 2.5 chooses.
  test.each([
    ['', undefined, undefined],
    ['no-binary = ["foo-bar"]', ['sdist'], undefined],
    ['no-binary = [":all:"]', ['sdist'], ['sdist']],
    ['no-binary = ":all:"', ['sdist'], ['sdist']],
    ['no-binary = true', ['sdist'], ['sdist']],
    ['no-binary = "true"', ['sdist'], ['sdist']],
    ['no-binary = false', undefined, undefined],
    ['no-binary = [":none:"]', undefined, undefined],
    ['no-binary = "Foo_Bar, x"', ['sdist'], undefined],
    // In a list Poetry takes names as they are written.
    ['no-binary = ["Foo_Bar"]', undefined, undefined],
    ['only-binary = ["foo-bar"]', ['wheel'], undefined],
    ['only-binary = [":all:"]', ['wheel'], ['wheel']],
    ['no-binary = [":all:"]\nonly-binary = ["foo-bar"]', ['wheel'], ['sdist']],
    ['no-binary = ["foo-bar"]\nonly-binary = [":all:"]', ['sdist'], ['wheel']],
    ['no-binary = ["foo-bar"]\nonly-binary = ["foo-bar"]', [], undefined],
    ['no-binary = [":all:"]\nonly-binary = [":all:"]', [], []],
  ])('%s', (text, ofOne, ofOther) => {
    const find = kindsOf(settings(text))
    expect([find('foo-bar'), find('other')]).toEqual([ofOne, ofOther])
  })

  test.each([
    ['no-binary = 1', 'installer["no-binary"]'],
    ['only-binary = [1]', 'installer["only-binary"][0]'],
  ])('%s is a problem with its place', (text, key) => {
    expect(thrownProblems(() => kindsOf(settings(text)))).toMatchObject([
      { code: 'config-invalid', where: { file: 'poetry.toml', key, line: 2 } },
    ])
  })
})

const digest = 'a'.repeat(64)
const file = (name: string) => `{file = "${name}", hash = "sha256:${digest}"}`
const entry = (name: string, files: readonly string[]) =>
  `[[package]]\nname = "${name}"\nversion = "1.0"\noptional = false\npython-versions = "*"\ngroups = ["main"]\nfiles = [${files.map(file).join(', ')}]\n`
const lock = `${entry('both', ['both-1.0-py3-none-any.whl', 'both-1.0.tar.gz'])}
${entry('wheels', ['wheels-1.0-py3-none-any.whl'])}
[metadata]
lock-version = "2.1"
python-versions = "*"
`
const pyproject = '[project]\nname = "app"\nversion = "1"\ndependencies = ["both", "wheels"]\n[tool.poetry]\n'

function plan(poetryToml: string) {
  const texts: Readonly<Record<string, string>> = {
    'poetry.lock': lock,
    'pyproject.toml': pyproject,
    'poetry.toml': poetryToml,
  }
  const files = { find: (path: string) => texts[path], directories: () => [] }
  const { lock: read } = poetryLock.read({ file: 'poetry.lock', files, userConfig: [], environment: {} })
  const { plan, warnings } = planPython(read, { systems: ['x86_64-linux'], omit: [], usePackageManager: false })
  const { packages } = readPlan(JSON.parse(JSON.stringify(plan)))
  return { warnings, filesOf: (name: string) => [...(packages.get(`${name}@1.0`)?.files.keys() ?? [])] }
}

test('a wheel gives way to the source archive; what has none is missing, and its build fails', () => {
  const usual = plan('')
  expect([usual.filesOf('both'), usual.warnings]).toEqual([['both@1.0/both-1.0-py3-none-any.whl'], []])
  const { filesOf, warnings } = plan(settings('no-binary = ":all:"'))
  expect([filesOf('both'), filesOf('wheels')]).toEqual([['both@1.0/both-1.0.tar.gz'], []])
  expect(warnings).toMatchObject([
    {
      code: 'source-missing',
      message: 'no file of "wheels@1.0" can be used on x86_64-linux, where it is needed',
      hint: expect.stringContaining('installer.no-binary'),
    },
  ])
})
