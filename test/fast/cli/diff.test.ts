import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { cleanEnvironment, installProgram, listTree, makeProject, npmProject, runProgram } from '../../support/cli.ts'
import { schemaFaults } from '../../support/json-schema.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

const run = (cwd: string, ...words: readonly string[]) => runProgram(program, words, { cwd })
const schema = JSON.parse(readFileSync(new URL('../../../schema/report.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>

function git(cwd: string, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'init.defaultBranch=main']
  execFileSync('git', [...identity, ...args], { cwd, env: cleanEnvironment() })
}

function write(project: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(project, path), text)
}

function commit(project: string, message: string): void {
  git(project, 'add', '-A')
  git(project, 'commit', '--quiet', '-m', message)
}

/** Two commits: ms 2.1.3 and debug, then ms 2.1.4 and kind. */
function repository(): string {
  const project = makeProject(npmProject({ ms: '2.1.3', debug: '4.4.0' }))
  git(project, 'init', '--quiet')
  commit(project, 'one')
  write(project, npmProject({ ms: '2.1.4', kind: '1.0.0' }))
  commit(project, 'two')
  return project
}

const both = '+ kind 1.0.0\n- debug 4.4.0\n~ ms 2.1.3 → 2.1.4 (patch)\n'
const back = '+ debug 4.4.0\n- kind 1.0.0\n↓ ms 2.1.4 → 2.1.3 (patch)\n'

describe('revisions', () => {
  test('one with the working directory, two with each other, and nothing is written', () => {
    const project = repository()
    const before = listTree(project)
    expect(run(project, 'diff', 'HEAD~1')).toMatchObject({ code: 0, stdout: both })
    expect(run(project, 'diff', 'HEAD~1', 'HEAD')).toMatchObject({ code: 0, stdout: both })
    expect(run(project, 'diff', 'HEAD~1..main')).toMatchObject({ code: 0, stdout: both })
    expect(run(project, 'diff', 'HEAD', 'HEAD~1')).toMatchObject({ code: 0, stdout: back })
    const same = run(project, 'diff', 'HEAD', '--exit-code')
    expect(same).toMatchObject({ code: 0, stdout: '' })
    expect(same.stderr).toMatch(/^HEAD \([0-9a-f]{7}\) → the working directory: no differences\n$/)
    expect(listTree(project)).toEqual(before)
  })

  test('of a project below the repository, with the manifests of its members', () => {
    const project = repository()
    mkdirSync(join(project, 'packages/api'), { recursive: true })
    write(join(project, 'packages/api'), npmProject({ one: '1.0.0' }))
    commit(project, 'three')
    write(join(project, 'packages/api'), npmProject({ one: '1.1.0' }))
    expect(run(join(project, 'packages/api'), 'diff', 'HEAD').stdout).toBe('~ one 1.0.0 → 1.1.0 (minor)\n')
    expect(run(project, '-C', 'packages/api', 'diff', 'HEAD').stdout).toBe('~ one 1.0.0 → 1.1.0 (minor)\n')
    expect(run(project, '-C', 'packages/api', 'diff', 'HEAD~1').stdout).toBe(
      '+ one 1.1.0\n  lock file: none → npm-lock 3\n',
    )
  })

  test('with a lock file that cannot be read name the revision', () => {
    const project = repository()
    write(project, { 'package-lock.json': '{' })
    commit(project, 'broken')
    const { code, stderr } = run(project, 'diff', 'HEAD', 'HEAD~1')
    expect(code).toBe(4)
    expect(stderr).toMatch(/^HEAD:package-lock\.json:1\n {2}lock-syntax/)
  })

  test.each([
    [['nope'], 6, /^git: git knows no revision "nope"/],
    [['HEAD..nope'], 6, /knows no revision "nope"/],
    [['HEAD', 'HEAD', 'HEAD'], 2, /one word too many/],
    [['package.json'], 2, /is not called like a lock file/],
  ] as const)('%j is a problem', (words, exit, said) => {
    const { code, stdout, stderr } = run(repository(), 'diff', ...words)
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' })
    expect(stderr).toMatch(said)
  })
})

describe('files and directories', () => {
  test('two files, whatever stands around their names', () => {
    const [old, now] = [makeProject(npmProject({ ms: '2.1.3' })), makeProject(npmProject({ ms: '2.1.4' }))]
    const expected = '~ ms 2.1.3 → 2.1.4 (patch)\n'
    expect(run('/', 'diff', join(old, 'package-lock.json'), join(now, 'package-lock.json')).stdout).toBe(expected)
    expect(run(now, 'diff', old).stdout).toBe(expected)
    renameSync(join(old, 'package-lock.json'), join(old, 'my-package-lock.json.orig'))
    expect(run(now, 'diff', join(old, 'my-package-lock.json.orig')).stdout).toBe(expected)
    expect(run(old, 'diff', 'my-package-lock.json.orig', now).stdout).toBe(expected)
  })

  test('of two formats', () => {
    const fixtures = new URL('../../../fixtures/', import.meta.url)
    const [npm, pnpm, poetry] = ['npm-lock', 'pnpm-lock', 'poetry-lock'].map((format) => {
      const project = makeProject({})
      cpSync(new URL(`${format}/smallest/input/`, fixtures), project, { recursive: true })
      return project
    })
    const { code, stdout } = run('/', 'diff', npm ?? '', pnpm ?? '')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}lock file: npm-lock \d → pnpm-lock [\d.]+$/m)
    const other = run('/', 'diff', join(npm ?? '', 'package-lock.json'), join(poetry ?? '', 'poetry.lock'))
    expect(other.code).toBe(2)
    expect(other.stderr).toMatch(/have no ecosystem in common/)
  })
})

describe('the lock file with what was converted', () => {
  test('tells what the next conversion would change, with the options of the last one', () => {
    const project = makeProject(npmProject({ ms: '2.1.3', debug: '4.4.0' }))
    expect(run(project, 'diff')).toMatchObject({ code: 2, stdout: '' })
    run(project, '--omit', 'dev')
    expect(run(project, 'diff', '--exit-code')).toMatchObject({ code: 0, stdout: '' })
    write(project, npmProject({ ms: '2.1.4', kind: '1.0.0' }))
    expect(run(project, 'diff')).toMatchObject({ code: 0, stdout: both })
  })

  test('also of what would have to be looked up', () => {
    const project = makeProject(npmProject({ ms: '2.1.3' }))
    run(project)
    const unpinned = npmProject({ ms: '2.1.3', kind: '1.0.0' }, (entry, name) =>
      name === 'kind' ? { version: entry['version'] } : entry,
    )
    write(project, unpinned)
    expect(run(project, 'diff', '--offline').code).toBe(2)
    expect(run(project, 'diff').stdout).toBe('+ kind 1.0.0\n')
  })
})

describe('exit codes', () => {
  /** The second commit changes the digest of a version that stays. */
  function tampered(): string {
    const project = repository()
    const path = join(project, 'package-lock.json')
    const [ms = '', kind = ''] = [...readFileSync(path, 'utf8').matchAll(/sha512-[\w+/=]+/g)].map(([sri]) => sri)
    writeFileSync(path, readFileSync(path, 'utf8').replace(ms, kind))
    return project
  }

  test('0 unless asked; 3 for any difference', () => {
    const { code, stderr } = run(repository(), 'diff', '--exit-code', 'HEAD~1')
    expect(code).toBe(3)
    expect(stderr).toMatch(/^differs: there are differences$/m)
  })

  test('5 for another digest under the same version, which is a warning in any case', () => {
    const project = tampered()
    const asked = run(project, 'diff', '--exit-code', 'HEAD')
    expect(asked.code).toBe(5)
    expect(asked.stdout).toMatch(/^! \w+ [\d.]+: the same version with another digest: sha512-/)
    expect(asked.stderr).toMatch(/\nintegrity-changed: 1 package kept the version and not the digest/)
    const unasked = run(project, 'diff', 'HEAD')
    expect(unasked.code).toBe(0)
    expect(unasked.stderr).toMatch(/warning integrity-changed/)
  })
})

test('--json follows the schema; --markdown is a table', () => {
  const project = repository()
  const report: unknown = JSON.parse(run(project, 'diff', '--json', 'HEAD~1').stdout)
  expect(schemaFaults(schema, report)).toEqual([])
  expect(report).toMatchObject({
    command: 'diff',
    from: { locks: [{ ecosystem: 'node', file: 'package-lock.json', format: 'npm-lock', version: '3' }] },
    to: { label: 'the working directory' },
    changes: {
      added: [{ ecosystem: 'node', name: 'kind', version: '1.0.0' }],
      updated: [{ ecosystem: 'node', name: 'ms', from: '2.1.3', to: '2.1.4', step: 'patch' }],
    },
  })
  const { stdout, stderr } = run(project, 'diff', '--markdown', 'HEAD~1')
  expect(stdout).toMatch(/^### HEAD~1 [^]*\| `ms` \| `2\.1\.3` \| `2\.1\.4` \| patch \|\n/)
  expect(stderr).toBe('')
})
