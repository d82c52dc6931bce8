/** Saving: all or none, ours and theirs, and what a hostile or broken project directory can do about it. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { saveAll, wouldChange } from '../../../src/io/save.ts'
import type { OutputFile } from '../../../src/model/output-file.ts'
import { problemsOf } from '../../support/problems-of.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'save-test-'))
})

afterEach(() => {
  spawnSync('chattr', ['-R', '-i', dir])
  rmSync(dir, { recursive: true, force: true })
})

function ours(name: string, text: string): OutputFile {
  return { path: `lock2build/${name}`, text, owner: 'lock2build' }
}

const spec = ours('spec.json', '{\n  "lock2build": 1\n}\n')
const files: readonly OutputFile[] = [
  spec,
  ours('default.nix', 'one'),
  ours('node.nix', 'two'),
  { path: 'default.nix', text: 'user', owner: 'user' },
]
const names = ['spec.json', 'default.nix', 'node.nix', 'python.nix']

function put(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), text)
}

/** Every file below the project with its content, links as `-> target`. */
function tree(path = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(join(dir, path)).sort()) {
    const child = path === '' ? name : `${path}/${name}`
    if (lstatSync(join(dir, child)).isDirectory()) Object.assign(found, { [`${child}/`]: '' }, tree(child))
    else found[child] = lstatSync(join(dir, child)).isSymbolicLink() ? '->' : readFileSync(join(dir, child), 'utf8')
  }
  return found
}

test('everything is written into an empty project, and nothing else', () => {
  const saved = saveAll(dir, files)
  expect(saved).toEqual({
    written: files.map((file) => file.path),
    added: files.map((file) => file.path),
    unchanged: [],
    kept: [],
    removed: [],
    unknown: [],
  })
  expect(tree()).toEqual({
    'default.nix': 'user',
    'lock2build/': '',
    'lock2build/default.nix': 'one',
    'lock2build/node.nix': 'two',
    'lock2build/spec.json': spec.text,
  })
})

test('unchanged files are not touched', () => {
  saveAll(dir, files)
  const past = new Date('2001-01-01')
  for (const file of files) utimesSync(join(dir, file.path), past, past)
  const saved = saveAll(dir, [spec, ours('default.nix', 'new'), ...files.slice(2)])
  expect(saved.written).toEqual(['lock2build/default.nix'])
  expect(saved.unchanged).toEqual(['lock2build/spec.json', 'lock2build/node.nix', 'default.nix'])
  const touched = files.filter((file) => statSync(join(dir, file.path)).mtimeMs !== past.getTime())
  expect(touched.map((file) => file.path)).toEqual(['lock2build/default.nix'])
})

test("the user's own file is left alone once it exists, unless forced", () => {
  put('default.nix', 'edited')
  expect(wouldChange(dir, files).map((change) => change.path)).not.toContain('default.nix')
  expect(saveAll(dir, files).kept).toEqual(['default.nix'])
  expect(tree()['default.nix']).toBe('edited')
  expect(saveAll(dir, files, { force: true }).written).toEqual(['default.nix'])
  expect(tree()['default.nix']).toBe('user')
})

test('permissions of a file stay as they are', () => {
  saveAll(dir, files)
  chmodSync(join(dir, 'lock2build/node.nix'), 0o600)
  saveAll(dir, [...files.slice(0, 2), ours('node.nix', 'new')])
  expect(statSync(join(dir, 'lock2build/node.nix')).mode & 0o777).toBe(0o600)
})

test('stale files of ours are removed, unknown ones are left and told', () => {
  saveAll(dir, [...files, ours('python.nix', 'old')])
  put('lock2build/notes.md', 'mine')
  mkdirSync(join(dir, 'lock2build/patches'))
  expect(wouldChange(dir, files, { names })).toEqual([
    { path: 'lock2build/python.nix', kind: 'removed', owner: 'lock2build' },
  ])
  const saved = saveAll(dir, files, { names })
  expect(saved).toMatchObject({
    removed: ['lock2build/python.nix'],
    unknown: ['lock2build/notes.md', 'lock2build/patches'],
  })
  expect(Object.keys(tree())).toContain('lock2build/notes.md')
  expect(Object.keys(tree())).not.toContain('lock2build/python.nix')
})

const foreign: Record<string, () => void> = {
  'a directory with files of another kind': () => put('lock2build/README.md', 'x'),
  'a foreign spec.json': () => put('lock2build/spec.json', '{"openapi":"3.0.0"}'),
  'a foreign spec.json that is no object': () => put('lock2build/spec.json', '[]'),
  'a file where the directory should be': () => put('lock2build', 'x'),
  'a directory where a file should be': () => mkdirSync(join(dir, 'lock2build/node.nix'), { recursive: true }),
  'a link where a file should be': () => {
    put('elsewhere', 'x')
    symlinkSync('elsewhere', join(dir, 'default.nix'))
  },
  'a dangling link where a file should be': () => symlinkSync('/nowhere', join(dir, 'default.nix')),
  'a link where our directory should be': () => {
    mkdirSync(join(dir, 'other'))
    symlinkSync('other', join(dir, 'lock2build'))
  },
}

test.each(Object.entries(foreign))('%s is not ours, and nothing changes, forced or not', async (_name, prepare) => {
  prepare()
  const before = tree()
  for (const force of [false, true]) {
    const problems = await problemsOf(() => saveAll(dir, files, { force }))
    expect(problems).toMatchObject([{ code: 'not-ours', where: {}, hint: expect.any(String) }])
  }
  expect(await problemsOf(() => wouldChange(dir, files))).toMatchObject([{ code: 'not-ours' }])
  expect(tree()).toEqual(before)
})

test('a spec with merge conflicts is ours, and is resolved by saving', () => {
  saveAll(dir, files)
  put('lock2build/spec.json', '{\n<<<<<<< a\n  "lock2build": 1\n=======\n  "lock2build": 1\n>>>>>>> b\n}\n')
  put('lock2build/unknown', '')
  expect(saveAll(dir, files).written).toEqual(['lock2build/spec.json'])
})

test('a spec that was deleted is written again', () => {
  saveAll(dir, files)
  rmSync(join(dir, 'lock2build/spec.json'))
  expect(saveAll(dir, files).written).toEqual(['lock2build/spec.json'])
})

test.each(['../x', '/etc/x', 'a/../../x', 'C:/x', '', 'a\0b'])('%j escapes', async (path) => {
  const problems = await problemsOf(() => saveAll(dir, [{ path, text: '', owner: 'user' }]))
  expect(problems).toMatchObject([{ code: 'path-escapes' }])
  expect(tree()).toEqual({})
})

test('a parent directory that is a link out of the project is refused', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'outside-'))
  symlinkSync(outside, join(dir, 'sub'))
  const problems = await problemsOf(() => saveAll(dir, [{ path: 'sub/x', text: '', owner: 'user' }]))
  expect(problems).toMatchObject([{ code: 'not-ours' }])
  expect(readdirSync(outside)).toEqual([])
})

test('what a killed run left behind is removed by the next one', () => {
  put('.default.nix.lock2build-tmp', 'half')
  put('lock2build/.spec.json.lock2build-tmp', 'half')
  put('lock2build/.old.nix.lock2build-tmp', 'half')
  saveAll(dir, files)
  expect(Object.keys(tree()).filter((path) => path.includes('tmp'))).toEqual([])
})

test('a link in the place of a temporary file is not written through', () => {
  put('victim', 'safe')
  mkdirSync(join(dir, 'lock2build'))
  symlinkSync('../victim', join(dir, 'lock2build/.spec.json.lock2build-tmp'))
  saveAll(dir, files)
  expect(tree()['victim']).toBe('safe')
})

function makeImmutable(path: string): boolean {
  return spawnSync('chattr', ['+i', join(dir, path)]).status === 0
}

test('when a directory cannot be written to, nothing changes and the hint says why', async (context) => {
  saveAll(dir, files)
  const before = tree()
  if (!makeImmutable('lock2build')) return context.skip()
  const changed = [{ path: 'default.nix', text: 'new', owner: 'user' as const }, spec, ours('node.nix', 'new')]
  const [problem] = await problemsOf(() => saveAll(dir, changed, { force: true }))
  expect(problem).toMatchObject({
    code: 'io',
    where: { file: 'lock2build/node.nix' },
    hint: expect.stringContaining('permissions'),
  })
  expect(tree()).toEqual(before)
  expect(wouldChange(dir, changed).map((change) => change.path)).toEqual(['lock2build/node.nix'])
  expect(saveAll(dir, files).written).toEqual([])
})

test('when the last rename fails, the ones before it are taken back', async (context) => {
  saveAll(dir, files)
  const before = tree()
  if (!makeImmutable('default.nix')) return context.skip()
  const changed = [
    ours('spec.json', '{"lock2build":1,"new":1}'),
    ours('more.nix', 'new'),
    { ...files[3]!, text: 'new' },
  ]
  const [problem] = await problemsOf(() => saveAll(dir, changed, { force: true }))
  expect(problem).toMatchObject({ code: 'io', where: { file: 'default.nix' } })
  expect(tree()).toEqual(before)
})

test('directories made for a run that failed are gone', async (context) => {
  put('default.nix', 'x')
  if (!makeImmutable('default.nix')) return context.skip()
  await problemsOf(() => saveAll(dir, files, { force: true }))
  expect(existsSync(join(dir, 'lock2build'))).toBe(false)
})

test('wouldChange tells new, changed and removed files and writes nothing', () => {
  saveAll(dir, [...files.slice(0, 3), ours('python.nix', 'old')])
  put('lock2build/node.nix', 'edited')
  const before = tree()
  expect(wouldChange(dir, files, { names })).toEqual([
    { path: 'lock2build/node.nix', kind: 'changed', owner: 'lock2build' },
    { path: 'default.nix', kind: 'added', owner: 'user' },
    { path: 'lock2build/python.nix', kind: 'removed', owner: 'lock2build' },
  ])
  expect(tree()).toEqual(before)
})

test('what the run has read and found the same is not read again; if it went meanwhile it is written', () => {
  saveAll(dir, files, { names })
  put('lock2build/spec.json', 'as it was read')
  expect(saveAll(dir, files, { names, same: [spec.path] }).unchanged).toContain(spec.path)
  expect(readFileSync(join(dir, spec.path), 'utf8')).toBe('as it was read')
  rmSync(join(dir, spec.path))
  expect(saveAll(dir, files, { names, same: [spec.path] }).added).toEqual([spec.path])
})
