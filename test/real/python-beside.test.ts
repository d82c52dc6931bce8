/** A Python project and a library beside it, in one git repository: what is converted, built, remembered and compared. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeTree } from '../../src/io/store-space.ts'
import { installProgram, makeProject, runProgram } from '../support/cli.ts'

/** Needs nothing of an index. */
const backend = `
import os, zipfile

def build_wheel(directory, settings=None, metadata=None):
    info, name = "shared-1.0.dist-info", "shared-1.0-py3-none-any.whl"
    files = {
        "shared.py": open("shared.py").read(),
        f"{info}/METADATA": "Metadata-Version: 2.1\\nName: shared\\nVersion: 1.0\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        for path in sorted(files):
            wheel.writestr(zipfile.ZipInfo(path), files[path])
    return name
`
const pyproject = `[project]
name = "shared"
version = "1.0"

[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
`

let program = ''
const cache = mkdtempSync(join(tmpdir(), 'lock2build-beside-'))
beforeAll(async () => {
  program = await installProgram()
})
afterAll(() => removeTree(cache))

function makeRepository(): string {
  const folder = makeProject({
    'libs/shared/pyproject.toml': pyproject,
    'libs/shared/backend.py': backend,
    'libs/shared/shared.py': 'it = "one"\n',
    'requirements/base.txt': '-e ../libs/shared\n',
    'app/requirements.txt': '-r ../requirements/base.txt\n',
  })
  execFileSync('git', ['init', '--quiet', folder])
  return folder
}

function run(folder: string, ...words: readonly string[]) {
  return runProgram(program, [...words, '-C', join(folder, 'app')], { environment: { XDG_CACHE_HOME: cache } })
}

const build = (folder: string) => run(folder, 'build', '--with', 'embedded', '-A', 'pythonEnv')

function printed(folder: string): string {
  const words = ['-I', '-c', 'import shared; print(shared.it)']
  return execFileSync(join(folder, 'app/result/bin/python3'), words, { encoding: 'utf8', stdio: 'pipe' }).trim()
}

test('a change of the library is built, a change of what is included is seen, also when it was remembered that there is nothing to do', async () => {
  const folder = makeRepository()
  expect(build(folder).code).toBe(0)
  expect(printed(folder)).toBe('one')
  const remember = async () => {
    await setTimeout(3500)
    for (let time = 0; time < 3; time += 1) expect(build(folder).stderr).toContain('nothing to do')
  }
  await remember()
  expect(run(folder, 'check').code).toBe(0)
  writeFileSync(join(folder, 'libs/shared/shared.py'), 'it = "two"\n')
  expect(build(folder).code).toBe(0)
  expect(printed(folder)).toBe('two')
  expect(run(folder, 'check').code).toBe(0)
  await remember()
  writeFileSync(join(folder, 'requirements/base.txt'), '')
  expect(run(folder, 'check').code).toBe(3)
  const { code, stderr } = build(folder)
  expect(code).toBe(0)
  expect(stderr).not.toContain('nothing to do')
  expect(() => printed(folder)).toThrow('shared')
})

test('the same repository elsewhere gives the same result, and one commit of it is compared with another', () => {
  const folder = makeRepository()
  expect(build(folder).code).toBe(0)
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...words], { cwd: folder })
  git('add', '-A')
  git('commit', '--quiet', '-m', 'one')
  const copy = join(mkdtempSync(join(tmpdir(), 'elsewhere-')), 'deeper')
  cpSync(folder, copy, { recursive: true, filter: (path) => !path.endsWith('/result') })
  expect(build(copy).stderr).toContain('nothing to do')
  expect(run(folder, 'diff', 'HEAD', '--json').stdout).toContain('"exitCode": 0')
  writeFileSync(join(folder, 'requirements/base.txt'), `six==1.16.0 --hash=sha256:${'0'.repeat(64)}\n`)
  expect(run(folder, 'diff', 'HEAD').stdout).toMatch(/six.*1\.16\.0/)
})

test('outside of a repository, beyond it, and through links nothing is read, whatever the lock file or the spec says', () => {
  const folder = makeRepository()
  expect(run(folder).code).toBe(0)
  const spec = readFileSync(join(folder, 'app/lock2build/spec.json'), 'utf8')
  const git = join(folder, '.git')
  renameSync(git, join(folder, 'app/.git'))
  expect(run(folder)).toMatchObject({ code: 5, stderr: expect.stringContaining('leaves the git repository') })
  renameSync(join(folder, 'app/.git'), git)
  renameSync(git, `${git}.away`)
  expect(build(folder)).toMatchObject({ code: 5, stderr: expect.stringContaining('no git repository holds both') })
  renameSync(`${git}.away`, git)
  const outside = makeProject({ 'pyproject.toml': pyproject, 'backend.py': backend, 'shared.py': 'it = "secret"\n' })
  renameSync(join(folder, 'libs/shared'), join(folder, 'libs/moved'))
  symlinkSync(outside, join(folder, 'libs/shared'))
  expect(run(folder)).toMatchObject({ code: 5, stderr: expect.stringContaining('path-escapes') })
  expect(readFileSync(join(folder, 'app/lock2build/spec.json'), 'utf8')).toBe(spec)
})
