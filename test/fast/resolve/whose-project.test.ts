import { describe, expect, test } from 'vitest'
import { toolResolvers } from '../../../converters/node/resolve/tools/tool-resolvers.ts'
import { python } from '../../../converters/python/index.ts'
import type { Resolver } from '../../../src/model/resolver.ts'
import { makeProject } from '../../support/cli.ts'
import { toolWorld } from '../../support/tool-world.ts'

/** The first resolver with a reason, and the reason. */
async function find(
  resolvers: readonly Resolver[],
  files: Readonly<Record<string, string>>,
  programs: readonly string[] = [],
): Promise<string | undefined> {
  const { project } = toolWorld(makeProject(files))
  const findProgram = (name: string) => (programs.includes(name) ? `/bin/${name}` : undefined)
  for (const { name, findReason } of resolvers) {
    const reason = await findReason({ ...project, findProgram })
    if (reason !== undefined) return `${name}: ${reason}`
  }
  return undefined
}

describe('a package manager of node', () => {
  const cases: readonly [string, Readonly<Record<string, string>>, string | undefined][] = [
    ['the one that is named', { 'package.json': '{"packageManager":"pnpm@9.1.0"}' }, 'pnpm: package.json names it'],
    [
      'the one that devEngines names',
      { 'package.json': '{"devEngines":{"packageManager":{"name":"bun"}}}' },
      'bun: package.json names it',
    ],
    [
      'a name counts more than a file',
      { 'package.json': '{"packageManager":"npm@11.0.0"}', '.yarnrc.yml': '' },
      undefined,
    ],
    ['its workspace', { 'package.json': '{}', 'pnpm-workspace.yaml': '' }, 'pnpm: there is pnpm-workspace.yaml'],
    ['its configuration', { 'package.json': '{}', '.yarnrc.yml': '' }, 'yarn: there is .yarnrc.yml'],
    ['its lock file', { 'package.json': '{}', 'yarn.lock': '', 'bunfig.toml': '' }, 'yarn: there is yarn.lock'],
    ["npm's lock file", { 'package.json': '{}', 'package-lock.json': '{}', 'bunfig.toml': '' }, undefined],
    ['its settings', { 'package.json': '{"pnpm":{"overrides":{}}}' }, 'pnpm: package.json has settings of it'],
    ['nothing speaks for one', { 'package.json': '{}' }, undefined],
    ['no manifest', { 'pnpm-workspace.yaml': '' }, undefined],
  ]
  test.each(cases)('%s', async (_, files, found) => {
    expect(await find(toolResolvers, files)).toBe(found)
  })
})

const standard = '[project]\nname = "x"\nversion = "1"\n'
const poetry = '[tool.poetry]\nname = "x"\nversion = "1"\n'
const script = '# /// script\n# dependencies = ["rich"]\n# ///\n'
const pinned = `click==8.1.7 --hash=sha256:${'a'.repeat(64)}\n`

describe('a tool of Python', () => {
  const cases: readonly [string, Readonly<Record<string, string>>, readonly string[], string | undefined][] = [
    ['[tool.poetry]', { 'pyproject.toml': poetry }, ['uv'], 'poetry: pyproject.toml has [tool.poetry]'],
    ['[tool.uv]', { 'pyproject.toml': `${standard}[tool.uv]\n` }, ['pdm'], 'uv: pyproject.toml has [tool.uv]'],
    ['[tool.pdm]', { 'pyproject.toml': `${standard}[tool.pdm]\n` }, ['uv'], 'pdm: pyproject.toml has [tool.pdm]'],
    [
      "[tool.poetry] with dependencies beside uv's",
      { 'pyproject.toml': `${standard}[tool.uv]\n[tool.poetry.dependencies]\npython = "*"\n` },
      [],
      'poetry: pyproject.toml has [tool.poetry]',
    ],
    [
      '[tool.poetry] without dependencies',
      { 'pyproject.toml': `${standard}[tool.uv]\n[tool.poetry]\npackages = []\n` },
      [],
      'uv: pyproject.toml has [tool.uv]',
    ],
    [
      "the top of uv's workspace, which is no project",
      { 'pyproject.toml': '[tool.uv.workspace]\nmembers = ["packages/*"]\n' },
      [],
      'uv: pyproject.toml has [tool.uv]',
    ],
    ['the one that locked it', { 'pyproject.toml': standard, 'pdm.lock': '' }, ['uv'], 'pdm: there is pdm.lock'],
    [
      'its build backend, where the tool is there',
      { 'pyproject.toml': `${standard}[build-system]\nrequires = []\nbuild-backend = "pdm.backend"\n` },
      ['uv', 'pdm'],
      'pdm: pyproject.toml names its build backend',
    ],
    [
      'its build backend, where it is not',
      { 'pyproject.toml': `${standard}[build-system]\nrequires = []\nbuild-backend = "pdm.backend"\n` },
      ['uv'],
      'uv: uv is on PATH',
    ],
    ['only the standards', { 'pyproject.toml': standard }, ['pdm', 'poetry'], 'poetry: poetry is on PATH'],
    ['only the standards, and no tool', { 'pyproject.toml': standard }, [], 'pip: no other tool is on PATH'],
    ['a Pipfile', { Pipfile: '' }, ['uv'], 'pipenv: there is a Pipfile'],
    ['requirements.in', { 'requirements.in': 'a' }, ['pip-compile'], 'pip-compile: pip-compile is on PATH'],
    ['requirements.txt without digests', { 'requirements.txt': 'click==8.1.7\n' }, ['uv'], 'uv: uv is on PATH'],
    ['requirements.txt with ranges', { 'requirements.txt': 'click>=8\n' }, [], 'pip: no other tool is on PATH'],
    ['requirements.txt that is a lock file', { 'requirements.txt': pinned }, ['uv'], undefined],
    ['an old application', { 'setup.py': '', 'pyproject.toml': '[tool.black]\n' }, ['uv'], 'uv: uv is on PATH'],
    ['a script', { 'tool.py': script, 'other.py': 'import sys\n' }, ['uv'], 'uv: uv is on PATH'],
    ['modules that say nothing', { 'tool.py': 'import sys\n' }, ['uv'], undefined],
  ]
  test.each(cases)('%s', async (_, files, programs, found) => {
    expect(await find(python.resolvers, files, programs)).toBe(found)
  })

  test('two scripts: nothing says which one', async () => {
    await expect(find(python.resolvers, { 'a.py': script, 'b.py': script })).rejects.toMatchObject({
      problems: [{ code: 'lock-ambiguous', message: expect.stringContaining('"a.py" and "b.py"') }],
    })
  })

  test('a pyproject.toml that cannot be read is its own problem', async () => {
    await expect(find(python.resolvers, { 'pyproject.toml': '[project' })).rejects.toMatchObject({
      problems: [{ code: 'manifest-syntax' }],
    })
  })
})
