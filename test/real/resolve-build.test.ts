/** One command for a Python project without a lock file: it is resolved by its own tool, converted, and built without Nix. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { PUBLIC_INDEX } from '../../converters/python/public-index.ts'
import { installProgram, makeProject, runProgram } from '../support/cli.ts'
import { pythonEnvironment, type NamedTools } from '../support/python-bin.ts'
import * as tools from '../support/python-tools.ts'

let program = ''
beforeAll(async () => {
  program = await installProgram()
})

const greeting = "import rich; print('hello from', rich.__name__)"
const main = `def main():\n    ${greeting}\n`
const setup = `from setuptools import find_packages, setup
setup(name='app', version='1.0', packages=find_packages(), install_requires=['rich>=13'],
      long_description=open('README').read(), entry_points={'console_scripts': ['app = app:main']})
`
const standard = `[project]
name = "app"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["rich>=13"]
[project.scripts]
app = "app:main"
`
const poetry = `[tool.poetry]
name = "app"
version = "1.0"
description = ""
authors = []
[tool.poetry.dependencies]
python = "^3.9"
rich = ">=13"
[tool.poetry.scripts]
app = "app:main"
[[tool.poetry.source]]
name = "index"
url = "${PUBLIC_INDEX}"
priority = "primary"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
`
const backend = (name: string, module: string) =>
  `[build-system]\nrequires = ["${name}"]\nbuild-backend = "${module}"\n`

interface Case {
  readonly about: string
  readonly files: Readonly<Record<string, string>>
  readonly on: NamedTools
  readonly lock: string
  /** What is run of the result. */
  readonly run: readonly [string, ...string[]]
}

const cases: readonly Case[] = [
  {
    about: 'of uv',
    files: {
      'pyproject.toml': `${standard}[tool.uv]\n${backend('hatchling', 'hatchling.build')}`,
      'app/__init__.py': main,
    },
    on: { uv: [tools.uv] },
    lock: 'uv.lock',
    run: ['bin/app'],
  },
  {
    about: 'of Poetry',
    files: { 'pyproject.toml': poetry, 'app/__init__.py': main },
    on: { poetry: [tools.poetry2] },
    lock: 'poetry.lock',
    run: ['bin/app'],
  },
  {
    about: 'of PDM',
    files: {
      'pyproject.toml': `${standard}[tool.pdm]\ndistribution = true\n${backend('pdm-backend', 'pdm.backend')}`,
      'app/__init__.py': main,
    },
    on: { pdm: [tools.pdm] },
    lock: 'pdm.lock',
    run: ['bin/app'],
  },
  {
    about: 'with plain requirements',
    files: { 'requirements.txt': 'rich>=13\n', 'app.py': `${main}main()\n` },
    on: { uv: [tools.uv] },
    lock: 'pylock.toml',
    run: ['bin/python3', 'lib/project/app.py'],
  },
  {
    about: 'with plain requirements, and nothing but pip',
    files: { 'requirements.txt': 'rich>=13\n' },
    on: {},
    lock: 'pylock.toml',
    run: ['bin/python3', '-c', greeting],
  },
  {
    about: 'with a setup.py',
    files: { 'setup.py': setup, README: 'app', 'app/__init__.py': main },
    on: { uv: [tools.uv] },
    lock: 'pylock.toml',
    run: ['bin/app'],
  },
  {
    about: 'of one script',
    files: { 'hello.py': `# /// script\n# dependencies = ["rich>=13"]\n# ///\n${main}main()\n` },
    on: { uv: [tools.uv] },
    lock: 'pylock.toml',
    run: ['bin/python3', 'lib/project/hello.py'],
  },
]

describe('a project without a lock file is built by one command', () => {
  test.each(cases)('$about', ({ files, on, lock, run: [command, ...words] }) => {
    const project = makeProject(files)
    const environment = { ...pythonEnvironment(on), XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), 'cache-')) }
    const built = runProgram(program, ['build', '--resolve', '--with', 'embedded'], { cwd: project, environment })
    expect(built.stderr).toContain(lock)
    expect(built.stderr).toContain('resolved with')
    expect(built.code, built.stderr).toBe(0)
    const said = execFileSync(join(project, 'result', command), words, {
      cwd: join(project, 'result'),
      encoding: 'utf8',
    })
    expect(said).toBe('hello from rich\n')
    const again = runProgram(program, ['check'], { cwd: project, environment })
    expect(again.code, again.stderr).toBe(0)
  })
})
