/** Who wants which package where, and which file of it: small locks, every rule of the plan. */
import { describe, expect, test } from 'vitest'
import { planPython } from '../../../../converters/python/plan.ts'
import { packageId, type Edge, type Lock, type LockedPackage } from '../../../../src/model/lock.ts'
import type { PythonFacts, PythonProject } from '../../../../src/model/python.ts'
import type { Source } from '../../../../src/model/source.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

const systems = ['x86_64-linux', 'aarch64-darwin']
const nothing: PythonProject = { groups: [], extras: [], defaultGroups: [] }

function edge(name: string, more: Partial<Edge> = {}): Edge {
  return { as: name, to: packageId(name, '1.0'), kind: 'prod', ...more }
}

function file(filename: string): Source {
  return {
    kind: 'indexed',
    index: 'https://i.example/',
    filename,
    digests: [{ algorithm: 'sha256', hex: '0'.repeat(64) }],
  }
}

interface Given {
  readonly files?: readonly string[]
  readonly dependencies?: readonly Edge[]
  readonly more?: Partial<LockedPackage>
}

function pkg(name: string, { files = [`${name}-1.0-py3-none-any.whl`], dependencies = [], more }: Given = {}) {
  const [first, ...rest] = files.map(file)
  if (first === undefined) throw new Error('a package has a file')
  const sources = [first, ...rest] as const
  const where = { file: 'uv.lock' }
  return { id: packageId(name, '1.0'), name, version: '1.0', sources, dependencies, where, ...more }
}

interface Planned {
  readonly requires?: string
  readonly project?: Partial<PythonProject>
  readonly conflicts?: PythonFacts['conflicts']
  readonly omit?: readonly string[]
  readonly format?: string
}

function plan(edges: readonly Edge[], packages: readonly LockedPackage[], given: Planned = {}) {
  const { requires = '>=3.11,<3.13', project = {}, conflicts, omit = [], format = 'uv-lock' } = given
  const lock: Lock = {
    ecosystem: 'python',
    format: { name: format, version: '1', file: 'uv.lock' },
    roots: [{ path: '', name: 'app', dependencies: edges }],
    packages: new Map(packages.map((each) => [each.id, each])),
    python: { requires, projects: new Map([['', { ...nothing, ...project }]]), conflicts },
  }
  const made = planPython(lock, { systems, omit, usePackageManager: false })
  const whole = JSON.parse(JSON.stringify(made.plan))
  const wanted = Object.fromEntries(
    Object.entries<{ name: string; for: unknown }>(whole.packages).map(([, each]) => [each.name, each.for]),
  )
  return { ...made, plan: whole, wanted }
}

describe('targets', () => {
  test('are the systems times the Pythons that the project allows', () => {
    const { targets } = plan([], []).plan
    expect(targets).toEqual(['aarch64-darwin/3.11', 'aarch64-darwin/3.12', 'x86_64-linux/3.11', 'x86_64-linux/3.12'])
  })

  test('a project for no known Python is refused', () => {
    expect(thrownProblems(() => plan([], [], { requires: '<3' }))).toMatchObject([{ code: 'source-unsupported' }])
  })
})

describe('who wants what', () => {
  test('needs are followed to the end, through cycles; who is not reached is not there', () => {
    const a = pkg('a', { dependencies: [edge('b')] })
    const b = pkg('b', { dependencies: [edge('a')] })
    const { wanted, lock } = plan([edge('a')], [a, b, pkg('c')])
    expect(wanted).toEqual({ a: { main: 'all' }, b: { main: 'all' } })
    expect([...(lock?.packages.keys() ?? [])]).toEqual(['a@1.0', 'b@1.0'])
  })

  test('markers limit where, along the whole way', () => {
    const a = pkg('a', { dependencies: [edge('b', { marker: 'sys_platform == "darwin"' })] })
    const { wanted } = plan([edge('a', { marker: 'python_version < "3.12"' })], [a, pkg('b')])
    expect(wanted).toEqual({ a: { main: ['3.11'] }, b: { main: ['aarch64-darwin/3.11'] } })
  })

  test('what a marker excludes on every target needs no file', () => {
    expect(plan([edge('a', { marker: 'sys_platform == "win32"' })], [pkg('a')]).wanted).toEqual({})
  })

  test('groups and extras of the project are parts of their own, extras of packages come only where they are asked for', () => {
    const a = pkg('a', { dependencies: [edge('socks', { group: 'extra:socks' }), edge('tls', { group: 'extra:tls' })] })
    const edges = [edge('a'), edge('a', { extras: ['socks'], group: 'extra:fast' }), edge('t', { group: 'dev' })]
    const project = { groups: ['dev'], extras: ['fast'], defaultGroups: ['dev'] }
    const { wanted } = plan(edges, [a, pkg('socks'), pkg('tls'), pkg('t')], { project })
    expect(wanted).toEqual({
      a: { main: 'all', 'extra:fast': 'all' },
      socks: { 'extra:fast': 'all' },
      t: { 'group:dev': 'all' },
    })
  })

  test('what is left out is not there, and no name for it', () => {
    const edges = [edge('a'), edge('b', { group: 'dev' }), edge('c', { group: 'extra:x' })]
    const project = { groups: ['dev', 'docs'], extras: ['x'], defaultGroups: ['dev'] }
    const { wanted, plan: made } = plan(edges, [pkg('a'), pkg('b'), pkg('c')], { project, omit: ['dev', 'extra:x'] })
    expect(wanted).toEqual({ a: { main: 'all' } })
    expect(made.projects['']).toMatchObject({ groups: ['docs'], extras: [], defaultGroups: [] })
  })

  test('where the lock file says of each package what it is for, that counts', () => {
    const main = { groups: ['main'] }
    const extra = { groups: ['main', 'dev'], markers: { main: 'extra == "x"', dev: 'python_version >= "3.12"' } }
    const packages = [pkg('a', { more: main }), pkg('b', { more: extra })]
    const { wanted } = plan([], packages, { project: { groups: ['dev'], extras: ['x', 'y'] } })
    expect(wanted).toEqual({ a: { main: 'all' }, b: { 'extra:x': 'all', 'group:dev': ['3.12'] } })
  })

  test('conflicting extras are looked at one by one', () => {
    const cpu = `extra == 'extra-3-app-cpu'`
    const edges = [
      edge('a', { marker: cpu }),
      edge('b', { marker: `extra != 'extra-3-app-cpu'` }),
      edge('c'),
      edge('d', { group: 'extra:cpu' }),
    ]
    const conflicts = [
      [
        { path: '', group: 'extra:cpu' },
        { path: '', group: 'extra:gpu' },
      ],
    ]
    const { wanted, plan: made } = plan(
      edges,
      ['a', 'b', 'c', 'd'].map((name) => pkg(name)),
      {
        conflicts,
        project: { extras: ['cpu', 'gpu'] },
      },
    )
    expect(made.conflicts).toEqual([['extra:cpu', 'extra:gpu']])
    expect(wanted).toEqual({
      a: { 'main@extra:cpu': 'all' },
      b: { 'main@extra:gpu': 'all', 'main@none': 'all' },
      c: { main: 'all' },
      d: { 'extra:cpu': 'all' },
    })
  })
})

describe('files', () => {
  const linux = 'n-1.0-cp312-cp312-manylinux_2_17_x86_64.whl'
  const mac = 'n-1.0-cp311-abi3-macosx_11_0_arm64.whl'

  test('each target gets its own, only these are pinned, and their keys hold their names', () => {
    const n = pkg('n', { files: [linux, mac, 'n-1.0-cp312-cp312-win_amd64.whl', 'n-1.0.tar.gz'] })
    const { plan: made, lock } = plan([edge('n')], [n])
    expect(made.packages['n@1.0'].files).toEqual({
      [`n@1.0/${mac}`]: ['aarch64-darwin'],
      [`n@1.0/${linux}`]: ['x86_64-linux/3.12'],
      'n@1.0/n-1.0.tar.gz': ['x86_64-linux/3.11'],
    })
    expect(lock?.packages.get(packageId('n', '1.0'))?.sources).toHaveLength(3)
  })

  test('where none fits is said, with a warning for a system that has none at all', () => {
    const { plan: made, warnings } = plan([edge('n')], [pkg('n', { files: [linux] })])
    expect(made.packages['n@1.0'].missing).toEqual(['3.11', 'aarch64-darwin'])
    expect(warnings).toMatchObject([{ code: 'source-missing', message: expect.stringContaining('aarch64-darwin') }])
  })

  test('what is named by a URL is taken whatever it is called, and recorded', () => {
    const url = 'https://files.example/archive/main.zip?x=1'
    const source: Source = { kind: 'archive', urls: [url], digests: [{ algorithm: 'sha256', hex: 'ab' }] }
    const { plan: made } = plan([edge('a')], [pkg('a', { more: { sources: [source], direct: { subdir: 'py' } } })])
    expect(made.packages['a@1.0']).toMatchObject({
      files: { 'a@1.0/main.zip': 'all' },
      subdir: 'py',
      direct: { url, subdirectory: 'py', archive_info: { hash: 'sha256=ab', hashes: { sha256: 'ab' } } },
    })
  })
})

test('no other tool can be made to install', () => {
  const lock: Lock = {
    ecosystem: 'python',
    format: { name: 'uv-lock', version: '1', file: 'uv.lock' },
    roots: [{ path: '', dependencies: [] }],
    packages: new Map(),
  }
  const planning = () => planPython(lock, { systems, omit: [], usePackageManager: true })
  expect(thrownProblems(planning)).toMatchObject([{ code: 'usage' }])
})

describe('a wheel that is named by a URL', () => {
  const named = (fileName: string): LockedPackage => {
    const source: Source = { kind: 'archive', urls: [`https://f.example/${fileName}`], digests: [] }
    return { ...pkg('a'), sources: [source], direct: {} }
  }
  const planned = (fileName: string, format = 'uv-lock') => plan([edge('a')], [named(fileName)], { format })

  test('is needed where it cannot be used: a warning, as the tools refuse it there; Poetry does not look', () => {
    const { plan: made, warnings } = planned('a-1.0-cp312-cp312-macosx_11_0_arm64.whl')
    expect(made.packages['a@1.0'].missing).toEqual(['3.11', 'x86_64-linux'])
    expect(warnings).toMatchObject([{ code: 'source-missing', message: expect.stringContaining('x86_64-linux') }])
    const loose = planned('a-1.0-cp312-cp312-macosx_11_0_arm64.whl', 'poetry-lock')
    expect(loose.plan.packages['a@1.0'].missing).toBeUndefined()
    expect(loose.warnings).toEqual([])
  })

  test('may be of another version than the lock file says', () => {
    const { plan: made, warnings } = planned('a-1.0+local-py3-none-any.whl')
    expect(made.packages['a@1.0'].missing).toBeUndefined()
    expect(warnings).toEqual([])
  })

  test('must have the name of one', () => {
    expect(thrownProblems(() => planned('a-1.0.whl', 'poetry-lock'))).toMatchObject([
      { code: 'name-invalid', where: { file: 'uv.lock' } },
    ])
  })
})
