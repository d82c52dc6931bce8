/** What a tool that resolves gets to see of a project and of what stands beside it. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { copyWithNeighbours } from '../../../src/io/copy-neighbours.ts'
import { makeProject } from '../../support/cli.ts'

const files = {
  'services/app/pyproject.toml': 'path = "../../libs/shared" # ../nothing ../../../outside',
  'services/app/requirements.txt': '-r ../common.txt\n',
  'services/app/src/app.py': '"../../../unrelated"',
  'services/common.txt': '-e ../libs/base[extra]\n',
  'libs/shared/pyproject.toml': 'path = "../base"',
  'libs/shared/src/shared.py': '',
  'libs/base/package.json': '{}',
  'unrelated/file': '',
}

async function copied(folder: string, project: string): Promise<readonly string[]> {
  const to = join(mkdtempSync(join(tmpdir(), 'copy-')), 'to')
  const { directory: copy } = await copyWithNeighbours(join(folder, project), to)
  const names = readdirSync(to, { recursive: true, withFileTypes: true })
  const paths = names.filter((each) => !each.isDirectory()).map((each) => join(each.parentPath, each.name))
  return [relative(to, copy), ...paths.map((path) => relative(to, path)).sort()]
}

test('it is what manifests name, in its place, and what is named there; of the repository alone', async () => {
  const folder = makeProject({ ...files, 'services/common.txt': '-e ../libs/base[extra]\n-e ../libs/linked\n' })
  mkdirSync(join(folder, '.git'))
  symlinkSync(makeProject({ secret: '' }), join(folder, 'libs/linked'))
  expect(await copied(folder, 'services/app')).toEqual([
    'services/app',
    'libs/base/package.json',
    'libs/shared/pyproject.toml',
    'libs/shared/src/shared.py',
    'services/app/pyproject.toml',
    'services/app/requirements.txt',
    'services/app/src/app.py',
    'services/common.txt',
  ])
})

test('without a repository, and in a project that is one, it is the project', async () => {
  const own = ['', 'pyproject.toml', 'requirements.txt', 'src/app.py']
  const folder = makeProject(files)
  expect(await copied(folder, 'services/app')).toEqual(own)
  mkdirSync(join(folder, 'services/app/.git'))
  expect(await copied(folder, 'services/app')).toEqual(own)
})

test('a directory that holds the project is copied around it, and a circle ends', async () => {
  const folder = makeProject({
    'pyproject.toml': 'path = "docs/../docs"',
    'src/a.py': '',
    'docs/pyproject.toml': 'path = ".." and "../docs"',
    'docs/page.md': '',
  })
  mkdirSync(join(folder, '.git'))
  symlinkSync(realpathSync(folder), join(folder, 'src/loop'))
  expect(await copied(folder, 'docs')).toEqual([
    'docs',
    'docs/page.md',
    'docs/pyproject.toml',
    'pyproject.toml',
    'src/a.py',
    // Still a link, and inside of the copy.
    'src/loop',
  ])
})
