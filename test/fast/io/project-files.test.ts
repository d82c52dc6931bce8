/** The project as readers see it, and everything that is not part of it. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { projectArchives } from '../../../src/io/project-archives.ts'
import { projectFiles } from '../../../src/io/project-files.ts'
import { problemsOf } from '../../support/problems-of.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'project-files-'))
  mkdirSync(join(dir, 'project/sub'), { recursive: true })
  writeFileSync(join(dir, 'outside'), 'secret')
  writeFileSync(join(dir, 'project/file'), 'tëxt\n')
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

function find(path: string): string | undefined {
  return projectFiles(join(dir, 'project')).find(path)
}

test('a text file is found, also through links inside the project and a project that is itself a link', () => {
  symlinkSync('../file', join(dir, 'project/sub/link'))
  symlinkSync('project', join(dir, 'alias'))
  expect(find('file')).toBe('tëxt\n')
  expect(find('./sub//link')).toBe('tëxt\n')
  expect(projectFiles(join(dir, 'alias')).find('sub/link')).toBe('tëxt\n')
})

test('what is not there is undefined', () => {
  symlinkSync('nowhere', join(dir, 'project/dangling'))
  for (const path of ['nothing', 'sub/nothing', 'file/below', 'dangling']) expect(find(path)).toBeUndefined()
})

test('the directories of a directory are listed, sorted, and neither files nor links', () => {
  for (const name of ['b', 'a', 'a/deeper', '.hidden']) mkdirSync(join(dir, 'project/sub', name))
  writeFileSync(join(dir, 'project/sub/file'), '')
  symlinkSync('..', join(dir, 'project/sub/circle'))
  const { directories } = projectFiles(join(dir, 'project'))
  expect(directories('sub')).toEqual(['.hidden', 'a', 'b'])
  expect(directories('')).toEqual(['sub'])
  expect(directories('nothing')).toEqual([])
  expect(directories('file')).toEqual([])
  expect(() => directories('..')).toThrow('path-escapes')
})

test.each(['../outside', '/etc/hostname', 'sub/../../outside', 'sub/..', '..', '.', '', 'C:\\x', 'a\0b'])(
  '%j escapes',
  async (path) => {
    expect(await problemsOf(() => find(path))).toMatchObject([{ code: 'path-escapes' }])
  },
)

test('what stands beside the project is found as far as its git repository reaches', async () => {
  const project = join(dir, 'repository/services/api')
  const texts = { 'libs/text': 'beside', 'services/text': 'nearer', 'services/api/text': 'own' }
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(join(dir, 'repository', path, '..'), { recursive: true })
    writeFileSync(join(dir, 'repository', path), text)
  }
  const files = projectFiles(project)
  expect(files.reach).toBeUndefined()
  const hint = expect.stringContaining('git init')
  expect(await problemsOf(() => files.find('../text'))).toMatchObject([{ code: 'path-escapes', hint }])
  mkdirSync(join(dir, 'repository/.git'))
  expect(files.reach).toBe(2)
  const found = ['../../libs/text', '../text', '../api/text', '../nothing'].map((path) => files.find(path))
  expect(found).toEqual(['beside', 'nearer', 'own', undefined])
  expect(files.directories('../..')).toEqual(['.git', 'libs', 'services'])
  symlinkSync(join(dir, 'outside'), join(dir, 'repository/libs/link'))
  for (const path of ['../../../outside', '../../libs/link', 'x/../../text', '../x/../text']) {
    expect(await problemsOf(() => files.find(path)), path).toMatchObject([{ code: 'path-escapes' }])
  }
  // A repository in the repository ends there; of a submodule and a work tree `.git` is a file.
  writeFileSync(join(dir, 'repository/services/.git'), '')
  expect([files.reach, files.find('../text')]).toEqual([1, 'nearer'])
  expect(await problemsOf(() => files.find('../../libs/text'))).toMatchObject([{ code: 'path-escapes' }])
})

test('links out of the project escape, to a file, a directory, or a sibling whose name begins alike', async () => {
  mkdirSync(join(dir, 'project-two'))
  writeFileSync(join(dir, 'project-two/x'), 'secret')
  symlinkSync('../outside', join(dir, 'project/a'))
  symlinkSync('..', join(dir, 'project/b'))
  symlinkSync('../project-two', join(dir, 'project/c'))
  for (const path of ['a', 'b/outside', 'c/x']) {
    expect(await problemsOf(() => find(path))).toMatchObject([{ code: 'path-escapes' }])
  }
})

test('directories, pipes and loops are io problems, at once', async () => {
  execFileSync('mkfifo', [join(dir, 'project/pipe')])
  symlinkSync('loop', join(dir, 'project/loop'))
  for (const path of ['sub', 'pipe', 'loop']) {
    expect(await problemsOf(() => find(path))).toMatchObject([{ code: 'io', where: { file: path } }])
  }
})

test('text that is not UTF-8 and files above the limit are refused with their name', async () => {
  writeFileSync(join(dir, 'project/latin'), Buffer.from([0x61, 0xe9]))
  writeFileSync(join(dir, 'project/huge'), '')
  truncateSync(join(dir, 'project/huge'), 65 * 1024 * 1024)
  expect(await problemsOf(() => find('latin'))).toMatchObject([{ code: 'lock-encoding', where: { file: 'latin' } }])
  expect(await problemsOf(() => find('huge'))).toMatchObject([{ code: 'lock-limit', where: { file: 'huge' } }])
})

test('archives are hashed, and a directory is none', async () => {
  const archives = projectArchives(join(dir, 'project'))
  const hex = createHash('sha256').update('tëxt\n').digest('hex')
  expect(await archives.findDigests('file', ['sha256'])).toEqual([{ algorithm: 'sha256', hex }])
  expect(await archives.findDigests('nothing', ['sha256'])).toBeUndefined()
  expect(await problemsOf(archives.findDigests('sub', ['sha256']))).toMatchObject([{ code: 'io' }])
})
