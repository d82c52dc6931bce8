import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gitTree, type GitTree } from '../../../src/io/git-tree.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

const environment = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' }

function git(cwd: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'init.defaultBranch=main']
  return execFileSync('git', [...identity, ...args], { cwd, env: environment, encoding: 'utf8' }).trim()
}

/** One commit of these files; `link:target` is a link. The working tree is empty afterwards. */
function repository(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'tree-'))
  git(dir, 'init', '--quiet')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    if (text.startsWith('link:')) symlinkSync(text.slice('link:'.length), join(dir, path))
    else writeFileSync(join(dir, path), text)
  }
  git(dir, 'add', '-A')
  git(dir, 'commit', '--quiet', '-m', 'one')
  for (const path of Object.keys(files)) rmSync(join(dir, path))
  return dir
}

const codesOf = (call: () => unknown) => thrownProblems(call).map(({ code }) => code)
const open = (directory: string, revision = 'HEAD'): GitTree => gitTree({ directory, revision, environment })

describe('a revision is read without a checkout', () => {
  const project = repository({
    'package.json': '{}',
    'packages/a/package.json': 'a',
    'packages/b/src/index.js': 'b',
    'name with ümlaut': 'x',
    lock: 'link:packages/a/package.json',
    outside: 'link:../../etc/passwd',
    absolute: 'link:/etc/passwd',
    loop: 'link:loop',
  })

  test('its files and directories', () => {
    const tree = open(project)
    expect(tree.commit).toBe(git(project, 'rev-parse', 'HEAD'))
    expect([tree.find('package.json'), tree.find('./packages/a/package.json'), tree.find('no')]).toEqual([
      '{}',
      'a',
      undefined,
    ])
    expect(tree.find('name with ümlaut')).toBe('x')
    expect([tree.directories(''), tree.directories('packages'), tree.directories('no')]).toEqual([
      ['packages'],
      ['a', 'b'],
      [],
    ])
    expect([tree.has('package.json'), tree.has('lock'), tree.has('packages')]).toEqual([true, true, false])
  })

  test('links inside of it, and no others', () => {
    const tree = open(project)
    expect(['lock', 'outside', 'absolute', 'loop'].map((path) => tree.find(path))).toEqual([
      'a',
      undefined,
      undefined,
      undefined,
    ])
    expect(codesOf(() => tree.find('../x'))).toEqual(['path-escapes'])
    expect(tree.reach).toBe(0)
  })

  test('below a directory of the repository, what stands there', () => {
    const below = join(project, 'packages')
    mkdirSync(below, { recursive: true })
    const tree = open(below)
    expect([tree.find('a/package.json'), tree.find('package.json'), tree.directories('')]).toEqual([
      'a',
      undefined,
      ['a', 'b'],
    ])
    expect(tree.reach).toBe(1)
    expect([tree.find('../package.json'), tree.find('../lock'), tree.find('../no')]).toEqual(['{}', 'a', undefined])
    expect(codesOf(() => tree.find('../../x'))).toEqual(['path-escapes'])
  })

  test('and nothing of the environment points elsewhere', () => {
    const other = repository({ 'package.json': 'other' })
    const tree = gitTree({
      directory: project,
      revision: 'HEAD',
      environment: { ...environment, GIT_DIR: join(other, '.git') },
    })
    expect(tree.find('package.json')).toBe('{}')
  })
})

test('what is no revision is a problem, and never an option of git', () => {
  const project = repository({ a: 'a' })
  for (const revision of ['nope', '--help', '--output=x', '', 'HEAD:a', '-', 'HEAD\n'])
    expect(
      codesOf(() => open(project, revision)),
      revision,
    ).toEqual(['git'])
  expect(codesOf(() => open(mkdtempSync(join(tmpdir(), 'none-'))))).toEqual(['git'])
})
