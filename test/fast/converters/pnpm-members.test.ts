/** Members of a workspace of pnpm that have lock files of their own (`sharedWorkspaceLockfile: false`). */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { planNode } from '../../../converters/node/plan.ts'
import { pnpmLock } from '../../../converters/node/readers/pnpm-lock/pnpm-lock.ts'
import { filesAround, projectFiles } from '../../../src/io/project-files.ts'
import { makeProject } from '../../support/cli.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

const integrity = `sha512-${'A'.repeat(86)}==`
const lock = (more = '', head = '') => `lockfileVersion: '9.0'
${head}
importers:
  .:
    dependencies:
      ms:
        specifier: 2.1.3
        version: 2.1.3
${more}
packages:
  ms@2.1.3:
    resolution: {integrity: ${integrity}}
snapshots:
  ms@2.1.3: {}
`
const member = (dependencies: object) => JSON.stringify({ name: 'a', version: '1.0.0', dependencies })

interface Workspace {
  readonly manifest?: object
  readonly workspace?: string
  readonly npmrc?: string
  readonly lock?: string
  readonly dependencies?: object
  readonly own?: Readonly<Record<string, string>>
}

const separate = 'packages: ["packages/*"]\nsharedWorkspaceLockfile: false\n'

function makeWorkspace({ manifest = {}, workspace = separate, npmrc, own = {}, ...member_ }: Workspace): string {
  return makeProject({
    'package.json': JSON.stringify(manifest),
    'pnpm-workspace.yaml': workspace,
    ...(npmrc === undefined ? {} : { '.npmrc': npmrc }),
    'pnpm-lock.yaml': "lockfileVersion: '9.0'\nimporters:\n  .: {}\n",
    'packages/a/package.json': member({ ms: '2.1.3', ...member_.dependencies }),
    'packages/a/pnpm-lock.yaml': member_.lock ?? lock(),
    ...Object.fromEntries(Object.entries(own).map(([name, text]) => [`packages/a/${name}`, text])),
  })
}

function read(root: string, inside = 'packages/a') {
  const directory = join(root, inside)
  const around = () => filesAround(directory)
  return pnpmLock.read({
    file: 'pnpm-lock.yaml',
    files: projectFiles(directory),
    userConfig: [],
    environment: {},
    around,
  }).lock
}

const hoists = (workspace: Workspace) => read(makeWorkspace(workspace)).manager?.settings

describe('a member with a lock file of its own', () => {
  test('is installed by the settings of its workspace', () => {
    const { manager } = read(
      makeWorkspace({
        manifest: { packageManager: 'pnpm@10.1.0', pnpm: { onlyBuiltDependencies: ['ms'] } },
        npmrc: 'public-hoist-pattern[]=ms\nhoist=false\n',
      }),
    )
    expect(manager).toMatchObject({ version: '10.1.0', scripts: { run: 'only', packages: ['ms'] } })
    expect(manager?.settings).toEqual(expect.arrayContaining(['public-hoist-pattern[]=ms', 'hoist=false']))
  })

  test('says more than its workspace: its own manifest names pnpm, its own .npmrc a list', () => {
    const own = {
      'package.json': JSON.stringify({ dependencies: { ms: '2.1.3' }, packageManager: 'pnpm@9.1.0' }),
      '.npmrc': 'public-hoist-pattern[]=own\n',
    }
    const workspace = { npmrc: 'public-hoist-pattern[]=ms\nhoist=false\n', manifest: { packageManager: 'pnpm@10.1.0' } }
    const { manager } = read(makeWorkspace({ ...workspace, own }))
    expect(manager?.version).toBe('9.1.0')
    const settings = manager?.settings ?? []
    expect(settings.filter((line) => line.startsWith('public'))).toEqual(['public-hoist-pattern[]=own'])
    expect(settings).toContain('hoist=false')
  })

  test('has the overrides of its workspace from pnpm 10 on, and its own before', () => {
    const overridden = lock('', 'overrides:\n  ms: 2.1.3\n')
    const pnpm = { overrides: { ms: '2.1.3' } }
    const at = (version: string, locked: string) =>
      read(makeWorkspace({ manifest: { packageManager: `pnpm@${version}`, pnpm }, lock: locked }))
    expect(at('10.1.0', overridden).manager?.version).toBe('10.1.0')
    expect(at('9.1.0', lock()).manager?.version).toBe('9.1.0')
    expect(thrownProblems(() => at('10.1.0', lock()))).toMatchObject([
      { code: 'manifest-mismatch', where: { file: '../../package.json', key: 'pnpm.overrides', line: 1 } },
    ])
  })

  test.each([
    ['a workspace of its own', { own: { 'pnpm-workspace.yaml': 'packages: []\n' } }],
    ['a workspace that shares its lock file', { workspace: 'packages: ["packages/*"]\n' }],
    ['a workspace that it is no member of', { workspace: 'packages: ["apps/*"]\nsharedWorkspaceLockfile: false\n' }],
  ])('stands for itself in %s', (_, workspace) => {
    expect(hoists({ ...workspace, npmrc: 'hoist=false\n' })).not.toContain('hoist=false')
  })

  test('that needs another member says what to do instead', () => {
    const linked = lock('      b:\n        specifier: workspace:*\n        version: link:../b\n')
    const root = makeWorkspace({ lock: linked, dependencies: { b: 'workspace:*' } })
    expect(thrownProblems(() => read(root))).toMatchObject([
      {
        code: 'path-escapes',
        where: { file: 'pnpm-lock.yaml', key: 'importers["."].dependencies.b' },
        hint: 'let the members of "../.." share a lock file: remove sharedWorkspaceLockfile there, type `pnpm install --lockfile-only` and `lock2build -C "../.."`',
      },
    ])
  })

  test.each([
    ['patches', { pnpm: { patchedDependencies: { ms: 'patches/ms.patch' } } }, '', '../../package.json'],
    ['the hoisted linker', {}, 'node-linker=hoisted\n', 'pnpm-lock.yaml'],
  ])('that needs %s of its workspace is refused', (_, manifest, npmrc, file) => {
    expect(thrownProblems(() => read(makeWorkspace({ manifest, npmrc })))).toMatchObject([
      { code: 'source-unsupported', where: { file }, hint: expect.stringContaining('lock2build -C "../.."') },
    ])
  })

  test('is not installed by pnpm itself, which would not see the settings', () => {
    const locked = read(makeWorkspace({}))
    const planning = () => planNode(locked, { systems: ['x86_64-linux'], omit: [], usePackageManager: true })
    expect(thrownProblems(planning)).toMatchObject([{ code: 'usage', hint: 'leave --use-package-manager out' }])
  })
})

test('the root of such a workspace says which members can be converted', () => {
  expect(thrownProblems(() => read(makeWorkspace({}), '.'))).toMatchObject([
    {
      code: 'source-unsupported',
      where: { file: 'pnpm-workspace.yaml', key: 'sharedWorkspaceLockfile', line: 2 },
      hint: expect.stringContaining('`lock2build -C "packages/a"`; or let them share one'),
    },
  ])
})
