/** Python projects without a lock file: what is resolved equals what their own tool writes in the project. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { python } from '../../converters/python/index.ts'
import { PUBLIC_INDEX } from '../../converters/python/public-index.ts'
import type { Resolution, ResolveRequest } from '../../src/model/resolver.ts'
import { makeProject, textsOf } from '../support/cli.ts'
import { pythonEnvironment, type NamedTools } from '../support/python-bin.ts'
import * as tools from '../support/python-tools.ts'
import { runPythonTool, type PythonTool } from '../support/python-tools.ts'
import { toolWorld } from '../support/tool-world.ts'

const named: NamedTools = {
  uv: [tools.uv],
  poetry: [tools.poetry2],
  pdm: [tools.pdm],
  pipenv: [tools.pipenv],
  'pip-compile': [tools.pipTools, 'compile'],
}

interface Case {
  readonly offline?: boolean
  readonly request?: Partial<ResolveRequest>
  readonly on?: NamedTools
  readonly environment?: Readonly<Record<string, string | undefined>>
}

async function resolve(
  name: string,
  directory: string,
  { offline = false, request, on = named, environment: own = pythonEnvironment(on) }: Case = {},
): Promise<Resolution> {
  const cache = mkdtempSync(join(tmpdir(), 'cache-'))
  const empty = { UV_CACHE_DIR: cache, POETRY_CACHE_DIR: cache, PDM_CACHE_DIR: cache }
  const environment = { ...own, ...(offline ? empty : {}) }
  const { world, ...made } = toolWorld(directory, { environment, offline })
  const load = await python.resolvers.find((resolver) => resolver.name === name)?.load()
  if (load === undefined) throw new Error(`there is no resolver ${name}`)
  return load({ ...made.request, offline, ...request }, world)
}

const poetryProject = (dependencies: string): string => `[tool.poetry]
name = "app"
version = "1.0"
description = ""
authors = []
package-mode = false
[tool.poetry.dependencies]
python = "^3.9"
${dependencies}
# Read as a page of links: not every mirror has the one of Poetry's own choice.
[[tool.poetry.source]]
name = "index"
url = "${PUBLIC_INDEX}"
priority = "primary"
`
const standardProject = (dependencies: readonly string[]): string =>
  `[project]\nname = "app"\nversion = "1.0"\nrequires-python = ">=3.9"\ndependencies = ${JSON.stringify(dependencies)}\n`
const setup =
  "from setuptools import setup\nsetup(name='app', version='1.0', install_requires=['click>=8', 'colorama'], long_description=open('README').read())\n"
const script = '# /// script\n# requires-python = ">=3.9"\n# dependencies = ["rich>=13", "click"]\n# ///\nimport rich\n'

interface Same {
  readonly about: string
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  /** Where the project stands in them, which are a git repository then; absent: they are the project. */
  readonly inside?: string
  /** What its users type. */
  readonly tool: PythonTool
  readonly words: readonly string[]
  readonly made: string
}

const compile = (input: string, output: string) => [
  'pip',
  'compile',
  input,
  '--universal',
  '--generate-hashes',
  '--format',
  output,
  '--output-file',
  output,
]

const hatchling = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
const besideOf = (app: string, shared: string) => ({
  'services/app/pyproject.toml': app,
  'services/app/app.py': '',
  'libs/shared/pyproject.toml': `${shared}\n${hatchling}`,
  'libs/shared/shared.py': '',
  'libs/base/pyproject.toml': `[project]\nname = "base"\nversion = "1.0"\ndependencies = ["click>=8"]\n${hatchling}`,
  'libs/base/base.py': '',
  'unrelated/pyproject.toml': 'broken',
})
const sharedProject = '[project]\nname = "shared"\nversion = "1.0"\n'

const cases: readonly Same[] = [
  {
    about: 'uv, with libraries beside the project',
    name: 'uv',
    files: besideOf(
      `${standardProject(['shared'])}[tool.uv.sources]\nshared = { path = "../../libs/shared" }\n`,
      `${sharedProject}dependencies = ["base"]\n[tool.uv.sources]\nbase = { path = "../base" }\n`,
    ),
    inside: 'services/app',
    tool: tools.uv,
    words: ['lock'],
    made: 'uv.lock',
  },
  {
    about: 'Poetry, with libraries beside the project',
    name: 'poetry',
    files: besideOf(
      poetryProject('shared = { path = "../../libs/shared", develop = true }'),
      `${sharedProject}dynamic = ["dependencies"]\n[tool.poetry.dependencies]\nbase = { path = "../base" }\n`,
    ),
    inside: 'services/app',
    tool: tools.poetry2,
    words: ['lock'],
    made: 'poetry.lock',
  },
  {
    about: 'PDM, with a library beside the project',
    name: 'pdm',
    files: besideOf(
      standardProject(['base @ file:///${PROJECT_ROOT}/../../libs/base']),
      `${sharedProject}dependencies = []\n`,
    ),
    inside: 'services/app',
    tool: tools.pdm,
    words: ['lock'],
    made: 'pdm.lock',
  },
  {
    about: 'uv',
    name: 'uv',
    files: { 'pyproject.toml': standardProject(['click>=8', 'rich']) },
    tool: tools.uv,
    words: ['lock'],
    made: 'uv.lock',
  },
  {
    about: 'Poetry',
    name: 'poetry',
    files: { 'pyproject.toml': poetryProject('click = "^8"\nrich = "*"') },
    tool: tools.poetry2,
    words: ['lock'],
    made: 'poetry.lock',
  },
  {
    about: 'PDM',
    name: 'pdm',
    files: { 'pyproject.toml': standardProject(['click>=8', 'rich']) },
    tool: tools.pdm,
    words: ['lock'],
    made: 'pdm.lock',
  },
  {
    about: 'Pipenv',
    name: 'pipenv',
    files: { Pipfile: '[packages]\nclick = ">=8"\n' },
    tool: tools.pipenv,
    words: ['lock'],
    made: 'Pipfile.lock',
  },
  {
    about: 'requirements.in with uv',
    name: 'uv',
    files: { 'requirements.in': 'click>=8\n' },
    tool: tools.uv,
    words: compile('requirements.in', 'requirements.txt'),
    made: 'requirements.txt',
  },
  {
    about: 'requirements.txt with uv',
    name: 'uv',
    files: { 'requirements.txt': 'click>=8\nrich\n' },
    tool: tools.uv,
    words: compile('requirements.txt', 'pylock.toml'),
    made: 'pylock.toml',
  },
  {
    about: 'setup.py with uv',
    name: 'uv',
    files: { 'setup.py': setup, README: 'app' },
    tool: tools.uv,
    words: compile('setup.py', 'pylock.toml'),
    made: 'pylock.toml',
  },
  {
    about: 'a script with uv',
    name: 'uv',
    files: { 'tool.py': script },
    tool: tools.uv,
    words: compile('tool.py', 'pylock.toml'),
    made: 'pylock.toml',
  },
]

/** How it was called stands in the first lines of what uv's pip-compile writes. */
function withoutHeader(text: string): string {
  return text.replace(/^(?:#.*\n)+/, '')
}

describe.concurrent('the lock file is the one that the tool writes', () => {
  test.each(cases)('$about', async ({ name, files, inside, tool, words, made }) => {
    const [theirs, ours] = [makeProject(files), makeProject(files)].map((root) => {
      if (inside !== undefined) execFileSync('git', ['init', '--quiet', root])
      return join(root, inside ?? '')
    })
    if (theirs === undefined || ours === undefined) throw new Error('there are two')
    const before = textsOf(ours)
    const environment = mkdtempSync(join(tmpdir(), 'environment-'))
    tools.makeEnvironment(join(environment, 'env'))
    await runPythonTool(tool, words, { folder: theirs, environment: join(environment, 'env') })
    const resolved = await resolve(name, ours)
    expect([...resolved.files.keys()]).toEqual([made])
    expect(withoutHeader(resolved.files.get(made) ?? '')).toBe(withoutHeader(readFileSync(join(theirs, made), 'utf8')))
    expect(textsOf(ours)).toEqual(before)
  })
})

test('pip resolves for this machine, and says so', async () => {
  const project = makeProject({ 'setup.py': setup, README: 'app', 'requirements.txt': 'rich>=13\n' })
  const resolved = await resolve('pip', project, { on: {} })
  const text = resolved.files.get('pylock.toml') ?? ''
  expect([...text.matchAll(/^name = "(.*)"$/gm)].map(([, name]) => name)).toEqual(
    expect.arrayContaining(['click', 'colorama', 'markdown-it-py', 'pygments', 'rich']),
  )
  expect(text).not.toContain('name = "app"')
  expect(resolved.tool.name).toBe('pip')
  expect(resolved.warnings).toMatchObject([{ hint: expect.stringContaining('uv') }])
})

test('pip resolves with what stands beside the project', async () => {
  const root = makeProject({
    'services/app/requirements.txt': 'six>=1\n../../libs/base\n',
    'libs/base/setup.py':
      "from setuptools import setup\nsetup(name='base', version='1.0', install_requires=['click>=8'])\n",
  })
  execFileSync('git', ['init', '--quiet', root])
  const resolved = await resolve('pip', join(root, 'services/app'), { on: {} })
  const text = resolved.files.get('pylock.toml')
  expect(text).toContain('name = "base"\nversion = "1.0"\ndirectory = { path = "../../libs/base" }')
  expect(text).toContain('name = "click"')
})

test('pip reads what a script needs', async () => {
  const resolved = await resolve('pip', makeProject({ 'tool.py': script }), { on: {} })
  expect(resolved.files.get('pylock.toml')).toContain('name = "rich"')
})

test('pip-compile makes requirements.txt of requirements.in', async () => {
  const resolved = await resolve('pip-compile', makeProject({ 'requirements.in': 'click>=8\n' }))
  expect(resolved.files.get('requirements.txt')).toMatch(/^click==8\S* \\\n {4}--hash=sha256:/m)
})

const conflicting = ['requests==2.31.0', 'urllib3<1.21']

describe('a conflict is told in the words of the tool', () => {
  const conflicts = [
    ['uv', { 'pyproject.toml': standardProject(conflicting) }, /urllib3>=1\.21\.1/],
    ['poetry', { 'pyproject.toml': poetryProject('requests = "2.31.0"\nurllib3 = "<1.21"') }, /version solving failed/],
    ['pdm', { 'pyproject.toml': standardProject(conflicting) }, /urllib3<1\.21/],
    ['pip', { 'requirements.txt': `${conflicting.join('\n')}\n` }, /urllib3<3/],
  ] as const
  test.each(conflicts)('%s', async (name, files, words) => {
    await expect(resolve(name, makeProject(files))).rejects.toMatchObject({
      problems: [{ code: 'tool-failed', details: expect.arrayContaining([expect.stringMatching(words)]) }],
    })
  })
})

describe.concurrent('an index that refuses, or has no such name, is told as that', () => {
  const index = createServer((asked, answer) => {
    answer.writeHead(asked.url?.includes('/secret/') === true ? 403 : 404).end()
  })
  const port = new Promise<number>((resolved) => {
    index.listen(0, '127.0.0.1', () => resolved((index.address() as AddressInfo).port))
  })
  afterAll(() => index.close())

  test.each(['poetry', 'pdm', 'pip'])('%s', async (name) => {
    const url = `http://127.0.0.1:${await port}/simple/`
    const manifests = (wanted: string): Readonly<Record<string, string>> => {
      if (name.startsWith('pip')) return { 'requirements.in': `${wanted}\n` }
      const standard = `${standardProject([wanted])}[[tool.pdm.source]]\nname = "pypi"\nurl = "${url}"\n`
      const poetry = poetryProject(`${wanted} = "*"`).replace(PUBLIC_INDEX, url)
      return { 'pyproject.toml': name === 'poetry' ? poetry : standard }
    }
    const request = name.startsWith('pip') ? { registry: url } : {}
    const environment = { ...pythonEnvironment(named), PIP_RETRIES: '0' }
    const fails = (wanted: string) =>
      expect(resolve(name, makeProject(manifests(wanted)), { request, environment })).rejects
    await fails('gone').toMatchObject({ problems: [{ code: 'not-found', message: expect.stringContaining('"gone"') }] })
    await fails('secret').toMatchObject({
      problems: [{ code: 'network', message: expect.stringContaining('refused') }],
    })
  })
})

test.each([
  ['uv', 'pipx install uv'],
  ['poetry', 'pipx install poetry'],
  ['pdm', 'pipx install pdm'],
  ['pipenv', 'pipx install pipenv'],
])('where there is no %s, the command that gets it', async (name, command) => {
  const project = makeProject({ 'pyproject.toml': standardProject([]) })
  await expect(resolve(name, project, { on: {} })).rejects.toMatchObject({
    problems: [{ code: 'tool-missing', hint: expect.stringContaining(command) }],
  })
})

test.each(['uv', 'poetry', 'pdm'])('%s without a network', async (name) => {
  const text = name === 'poetry' ? poetryProject('click = "^8"') : standardProject(['click'])
  await expect(resolve(name, makeProject({ 'pyproject.toml': text }), { offline: true })).rejects.toMatchObject({
    problems: [{ code: 'network-needed' }],
  })
})

test.each(['uv', 'poetry', 'pdm'])('%s: what is locked stays as long as it fits, until it is named', async (name) => {
  const manifest = (click: string, colorama: string) =>
    name === 'poetry'
      ? poetryProject(`click = "${click}"\ncolorama = "${colorama}"`)
      : standardProject([`click${click}`, `colorama${colorama}`])
  const file = `${name}.lock`
  const project = makeProject({ 'pyproject.toml': manifest('==8.1.0', '==0.4.5') })
  const first = await resolve(name, project)
  writeFileSync(join(project, file), first.files.get(file) ?? '')
  writeFileSync(join(project, 'pyproject.toml'), manifest('>=8', '>=0.4'))
  const kept = (await resolve(name, project)).files.get(file) ?? ''
  expect(kept).toContain('version = "8.1.0"')
  expect(kept).toContain('version = "0.4.5"')
  writeFileSync(join(project, file), kept)
  const updated = (await resolve(name, project, { request: { update: ['click'] } })).files.get(file)
  expect(updated).not.toContain('version = "8.1.0"')
  expect(updated).toContain('version = "0.4.5"')
})

test('what was published later does not count, or is refused where the tool cannot be told', async () => {
  const before = new Date('2024-01-01T00:00:00Z')
  const project = makeProject({ 'pyproject.toml': standardProject(['click']) })
  const locked = (await resolve('uv', project, { request: { before } })).files.get('uv.lock') ?? ''
  expect(locked).toContain('version = "8.1.7"')
  // uv refuses a lock file with a day that it is not told again.
  writeFileSync(join(project, 'uv.lock'), locked)
  expect((await resolve('uv', project)).files.get('uv.lock')).toBe(locked)
  const dated = makeProject({
    'pyproject.toml': `${standardProject(['click'])}[tool.uv]\nexclude-newer = "2024-05-01"\n`,
  })
  await expect(resolve('uv', dated, { request: { before } })).rejects.toMatchObject({
    problems: [{ code: 'usage', where: { file: 'pyproject.toml', line: 7 } }],
  })
  const hints = { poetry: 'solver.min-release-age', pipenv: 'cool-down-period' }
  for (const [name, hint] of Object.entries(hints)) {
    await expect(resolve(name, project, { request: { before } })).rejects.toMatchObject({
      problems: [{ code: 'usage', hint: expect.stringContaining(hint) }],
    })
  }
})

describe('--latest: the tool says what is newest, and the manifest keeps its style', () => {
  const standard = `${standardProject(['click<8.1,>=8', 'colorama==0.4.5', 'idna~=2.5'])}[dependency-groups]\ndev = ["six<1.16"]\n`
  const poetry = poetryProject('click = "<8.1,>=8"\ncolorama = "0.4.5"\nidna = "~2.5"\nsix = "<1.16"')
  test.concurrent.each([
    ['uv', standard],
    ['pdm', standard],
    ['poetry', poetry],
  ])('%s', async (name, manifest) => {
    const project = makeProject({ 'pyproject.toml': manifest })
    const { world, request } = toolWorld(project, { environment: pythonEnvironment(named) })
    const load = await python.resolvers.find((resolver) => resolver.name === name)?.load()
    if (load === undefined) throw new Error(`there is no resolver ${name}`)
    const names = ['colorama', 'Six', 'nobody-asks-for-it']
    const raised = await (await python.loadRaise?.())?.(request, world, names, load)
    const to = {
      colorama: expect.stringMatching(/^(?:==)?0\.4\.[6-9]$/),
      six: expect.stringMatching(/^<1\.(?!16)\d+$/),
    }
    expect(raised?.ranges).toEqual([
      { file: 'pyproject.toml', name: 'colorama', from: name === 'poetry' ? '0.4.5' : '==0.4.5', to: to.colorama },
      { file: 'pyproject.toml', name: 'six', from: '<1.16', to: to.six },
    ])
    const [colorama = '', six = ''] = raised?.ranges.map((range) => range.to) ?? []
    const text = manifest.replace(/(?:==)?0\.4\.5/, colorama).replace('<1.16', six)
    expect(raised?.files).toEqual(new Map([['pyproject.toml', text]]))
    expect(readFileSync(join(project, 'pyproject.toml'), 'utf8')).toBe(manifest)
  })
})
