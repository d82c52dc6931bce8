import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { installProgram, listTree, makeProject, npmProject, runProgram, type RunOptions } from '../../support/cli.ts'

let program: string
beforeAll(async () => {
  program = await installProgram()
})

const run = (cwd: string, words: readonly string[], options: RunOptions = {}) =>
  runProgram(program, words, { cwd, ...options })
const two = { ms: '2.1.3', debug: '4.4.0' }

function converted(words: readonly string[] = []): string {
  const project = makeProject(npmProject(two))
  expect(run(project, words).code).toBe(0)
  return project
}

describe('up to date', () => {
  test('right after a conversion, and checking touches nothing', () => {
    const project = converted()
    const before = listTree(project)
    const { code, stdout, stderr } = run(project, ['check'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toBe('up to date: 5 files are what the lock file gives\n')
    expect(listTree(project)).toEqual(before)
  })

  test('after a conversion with options, without typing them again', () => {
    for (const words of [
      ['--omit', 'dev'],
      ['--system', 'x86_64-linux'],
      ['--flake'],
      ['--lock', 'package-lock.json'],
    ]) {
      expect(run(converted(words), ['check']).code, words.join(' ')).toBe(0)
    }
  })

  test('when you edited or removed your own default.nix', () => {
    const project = converted()
    appendFileSync(join(project, 'default.nix'), '# mine\n')
    expect(run(project, ['check']).code).toBe(0)
    rmSync(join(project, 'default.nix'))
    expect(run(project, ['check']).code).toBe(0)
  })

  const isRoot = process.getuid?.() === 0 && spawnSync('unshare', ['-n', '-m', 'true']).status === 0

  test.skipIf(!isRoot)('without a network, on a read-only file system, without a home', () => {
    const project = converted()
    const script =
      'mount --bind "$PWD" "$PWD" && mount -o remount,bind,ro "$PWD" && cd "$PWD" && ! touch x 2>&- && exec "$0" "$@"'
    const { code, stderr } = run(project, ['check'], {
      wrapper: ['unshare', '-n', '-m', 'sh', '-c', script],
      environment: { HOME: '/nonexistent', TMPDIR: '/nonexistent' },
    })
    expect(stderr).toBe('up to date: 5 files are what the lock file gives\n')
    expect(code).toBe(0)
  })
})

describe('stale: exit 3 and a short diff', () => {
  test('when the lock file changed', () => {
    const project = converted()
    for (const [path, text] of Object.entries(npmProject({ ms: '2.1.4', kind: '1.0.0' })))
      writeFileSync(join(project, path), text)
    const before = listTree(project)
    const { code, stdout, stderr } = run(project, ['check'])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^ {2}\+ kind 1\.0\.0\n {2}- debug 4\.4\.0\n {2}~ ms 2\.1\.3 → 2\.1\.4 \(patch\)\n/m)
    expect(stderr).toMatch(/lock2build\/spec\.json\n {2}stale: .*\n {2}hint: run `lock2build`/)
    expect(listTree(project)).toEqual(before)
  })

  test('when only an integrity changed, which deserves a look', () => {
    const project = converted()
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { integrity?: string }>
    }
    const [ms, debug] = [lock.packages['node_modules/ms'], lock.packages['node_modules/debug']]
    if (ms?.integrity === undefined || debug?.integrity === undefined) throw new Error('the lock file has no integrity')
    ms.integrity = debug.integrity
    writeFileSync(join(project, 'package-lock.json'), JSON.stringify(lock))
    const { code, stderr } = run(project, ['check'])
    expect(code).toBe(3)
    expect(stderr).toContain('! ms 2.1.3: the same version with another digest: sha512-')
  })

  test.each(['spec.json', 'default.nix', 'node.nix', 'node-shim.mjs'])(
    'when a byte of lock2build/%s changed, or it is gone',
    (name) => {
      const project = converted()
      const path = join(project, 'lock2build', name)
      appendFileSync(path, ' ')
      const changed = run(project, ['check'])
      expect(changed.code).toBe(3)
      expect(changed.stderr).toContain(`lock2build/${name}\n  stale: it is not what the lock file gives`)
      rmSync(path)
      const removed = run(project, ['check'])
      expect(removed.code).toBe(3)
      expect(removed.stderr).toContain(`lock2build/${name}\n  stale: it is missing`)
    },
  )

  test('when nothing was ever converted', () => {
    const { code, stderr } = run(makeProject(npmProject(two)), ['check'])
    expect(code).toBe(3)
    expect(stderr).toBe(
      'lock2build\n  stale: lock2build/ is not there\n  hint: run `lock2build`, and commit what it writes\n',
    )
  })

  test('when the spec is broken', () => {
    const project = converted()
    writeFileSync(join(project, 'lock2build/spec.json'), '{\n  "lock2build": 1,\n')
    const { code, stderr } = run(project, ['check'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^lock2build\/spec\.json:3\n {2}stale: it could not be read/)
  })

  test('when a source is pinned nowhere: that takes a look-up, which a check never does', () => {
    const project = converted()
    const files = npmProject({ ...two, kind: '1.0.0' }, (entry, name) =>
      name === 'kind' ? { version: entry['version'] } : entry,
    )
    for (const [path, text] of Object.entries(files)) writeFileSync(join(project, path), text)
    const { code, stderr } = run(project, ['check'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/package-lock\.json:\d+: packages\["node_modules\/kind"\]\n {2}stale: /)
  })

  test('with other options than the last run had', () => {
    const project = converted()
    expect(run(project, ['check', '--system', 'x86_64-linux']).code).toBe(3)
  })
})

test('what is wrong with the lock file is said as for a conversion', () => {
  const project = converted()
  writeFileSync(join(project, 'package-lock.json'), '{')
  expect(run(project, ['check']).code).toBe(4)
})
