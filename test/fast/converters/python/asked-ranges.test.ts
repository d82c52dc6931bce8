/** Where the ranges of a Python project stand in its manifests. */
import { expect, test } from 'vitest'
import { readAskedRanges } from '../../../../converters/python/resolve/asked-ranges.ts'
import { findKind } from '../../../../converters/python/resolve/project-kind.ts'
import { projectFiles } from '../../../../src/io/project-files.ts'
import { makeProject } from '../../../support/cli.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

/** Each range with its name, as the text has it at the place that is told. */
function asked(texts: Readonly<Record<string, string>>, directories = ['']): readonly string[] {
  const files = projectFiles(makeProject(texts))
  const kind = findKind({ files, fileNames: () => Object.keys(texts).filter((path) => !path.includes('/')) })
  return readAskedRanges(kind, { files }, directories).map(({ name, file, offset, range }) => {
    expect(texts[file]?.slice(offset, offset + range.length)).toBe(range)
    return `${file}: ${name} ${range}`
  })
}

test('lists of pyproject.toml: main, extras, groups, those of uv and PDM, of members, too', () => {
  const ranges = asked(
    {
      'pyproject.toml': `
[project]
name = "app"
dependencies = [
  "Flask[async]>=2,<3; sys_platform == 'linux'",  # flask>=2,<3
  'click ~= 8.0', "six (==1.15)",
  "any", "core>=1", "direct @ https://example.org/direct-1.0-py3-none-any.whl",
]
optional-dependencies.cli = ["rich<12"]
[build-system]
requires = ["hatchling<1.20"]
[dependency-groups]
dev = ["pytest<8", { include-group = "lint" }]
lint = ["""black==22.1"""]
[tool.uv]
dev-dependencies = ["iniconfig<2"]
constraint-dependencies = ["urllib3<2"]
sources.core = { workspace = true }
[tool.pdm.dev-dependencies]
old = ["attrs<22", "-e file:///\${PROJECT_ROOT}/lib#egg=lib"]
`,
      'packages/core/pyproject.toml': '[project]\nname = "core"\ndependencies = ["packaging<22"]\n',
    },
    ['', 'packages/core'],
  )
  expect(ranges).toEqual([
    'pyproject.toml: flask >=2,<3',
    'pyproject.toml: click ~= 8.0',
    'pyproject.toml: six ==1.15',
    'pyproject.toml: rich <12',
    'pyproject.toml: pytest <8',
    'pyproject.toml: black ==22.1',
    'pyproject.toml: iniconfig <2',
    'pyproject.toml: attrs <22',
    'packages/core/pyproject.toml: packaging <22',
  ])
})

test("tables of Poetry: texts, inline and dotted tables, lists; Python's own version is none of them", () => {
  const pyproject = `[tool.poetry]
name = "app"
[tool.poetry.dependencies]
python = "^3.11"
click = "^7.1" # ^7.1
"rich" = { extras = ["jupyter"], version = "~10.0" }
local = { path = "../local", develop = true }
requests.version = '>=2,<3'
[tool.poetry.group.dev.dependencies]
iniconfig = [
  { version = "^1.0", python = "<3.12" },
  { version = "^1.1", python = ">=3.12" },
]
`
  expect(asked({ 'pyproject.toml': pyproject })).toEqual([
    'pyproject.toml: click ^7.1',
    'pyproject.toml: rich ~10.0',
    'pyproject.toml: requests >=2,<3',
    'pyproject.toml: iniconfig ^1.0',
    'pyproject.toml: iniconfig ^1.1',
  ])
})

test('a Pipfile with categories; requirements.in with what it includes', () => {
  const pipfile = `[[source]]
url = "https://example.org/simple"
name = "index"
[packages]
click = "~=7.1"
six = {version = "==1.15.0", markers = "sys_platform == 'linux'"}
lib = {git = "https://example.org/lib.git", ref = "v1.0"}
[docs]
sphinx = "<5"
[requires]
python_version = "3.11"
`
  expect(asked({ Pipfile: pipfile })).toEqual(['Pipfile: click ~=7.1', 'Pipfile: six ==1.15.0', 'Pipfile: sphinx <5'])
  const main = '# click<8\r\nclick<8 # why\r\n-r more.in\r\n-c limits.txt\r\n./lib\r\ngit+https://example.org/x.git\r\n'
  const files = {
    'requirements.in': main,
    'more.in': 'attrs >=21, <22 ; python_version > "3"\n',
    'limits.txt': 'six<2\n',
  }
  expect(asked(files)).toEqual(['requirements.in: click <8', 'more.in: attrs >=21, <22'])
})

test('what is code, or spelled with escapes, is told', () => {
  const code = thrownProblems(() => asked({ 'setup.py': 'setup(install_requires=["click<8"])\n' }))
  expect(code).toMatchObject([{ code: 'usage', message: expect.stringContaining('setup.py') }])
  const escaped = thrownProblems(() =>
    asked({ 'pyproject.toml': '[project]\nname = "app"\ndependencies = [\n  "click\\u003C8",\n]\n' }),
  )
  expect(escaped).toMatchObject([{ code: 'manifest-mismatch', where: { file: 'pyproject.toml', line: 4 } }])
})
