import { expect, test } from 'vitest'
import { nameKnownFiles } from '../../../../converters/python/builds/named-files.ts'
import { previousPlan } from '../../../../converters/python/builds/previous-plan.ts'
import { nameFiles } from '../../../../converters/python/named-files.ts'
import { requirements } from '../../../../converters/python/readers/requirements/requirements.ts'
import { poetryLock } from '../../../../converters/python/readers/poetry-lock/poetry-lock.ts'
import type { LockReader } from '../../../../src/model/converter.ts'
import type { Web } from '../../../../src/model/world.ts'
import { fail } from '../../../../src/problem.ts'
import { projectFiles } from '../../../../src/io/project-files.ts'
import { fixturesDir } from '../../../support/fixture-case.ts'
import { problemsOf } from '../../../support/problems-of.ts'

const hash = (digit: string) => digit.repeat(64)

function read(reader: LockReader, file: string, find: (path: string) => string | undefined) {
  return reader.read({ file, files: { find, directories: () => [] }, userConfig: [], environment: {} }).lock
}

function readRequirements(text: string) {
  return read(requirements, 'requirements.txt', (path) => (path === 'requirements.txt' ? text : undefined))
}

/** An index that has pages for some names. */
function indexOf(pages: Readonly<Record<string, string>>): Web & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    fetchText: async (url) => {
      asked.push(url)
      const text = pages[url.split('/').at(-2) ?? '']
      if (text === undefined) return fail({ code: 'not-found', message: `${url} is not there` })
      return { text, type: 'text/html', url }
    },
    fetchJson: async () => fail({ code: 'internal', message: 'no document is asked for' }),
    fetchDigests: async () => fail({ code: 'internal', message: 'no file is asked for' }),
    fetchPart: async () => fail({ code: 'internal', message: 'no file is asked for' }),
  }
}

test('hashes get the names that the index has for them, wheels first, and what it does not have is left out', async () => {
  const lock = readRequirements(
    `a==1.0 --hash=sha256:${hash('1')} --hash=sha256:${hash('2')} --hash=sha256:${hash('3')}\n`,
  )
  const web = indexOf({
    a: `<a href="a-1.0.tar.gz#sha256=${hash('1')}">a-1.0.tar.gz</a><a href="a-1.0-py3-none-any.whl#sha256=${hash('2')}">a-1.0-py3-none-any.whl</a>`,
  })
  const named = await nameFiles(lock, { web })
  expect([...named.packages.values()].map(({ sources }) => sources)).toMatchObject([
    [
      { filename: 'a-1.0-py3-none-any.whl', digests: [{ hex: hash('2') }] },
      { filename: 'a-1.0.tar.gz', digests: [{ hex: hash('1') }] },
    ],
  ])
  expect(web.asked).toHaveLength(1)
})

test('every package that cannot be looked up is told, with its line', async () => {
  const lock = readRequirements(`a==1.0 --hash=sha256:${hash('1')}\nb==1.0 --hash=sha256:${hash('2')}\n`)
  const web = indexOf({ a: `<a href="a-1.0.tar.gz#sha256=${hash('9')}">a-1.0.tar.gz</a>` })
  expect(await problemsOf(nameFiles(lock, { web }))).toMatchObject([
    { code: 'not-found', where: { line: 1 }, message: expect.stringContaining('no file with one of the hashes') },
    { code: 'not-found', where: { line: 2 } },
  ])
})

test('a lock file that has names is left as it is, and nothing is asked for', async () => {
  const files = projectFiles(`${fixturesDir}/poetry-lock/smallest/input`)
  const lock = read(poetryLock, 'poetry.lock', files.find)
  const web = indexOf({})
  expect(await nameFiles(lock, { web })).toBe(lock)
  expect(web.asked).toEqual([])
})

test('without hashes every file of the version is taken, of all indexes, and those of the first where several have it', async () => {
  const lock = readRequirements('--extra-index-url https://packages.example.org/simple\na==1.0\n')
  const page = (name: string, digit: string) => `<a href="${name}#sha256=${hash(digit)}">${name}</a>`
  const web = indexOf({
    a:
      page('a-1.0.tar.gz', '1') +
      page('a-0.9.tar.gz', '2') +
      page('a-1.0-py3-none-any.whl', '3') +
      '<a href="a-1-py2-none-any.whl">a</a>',
  })
  const named = await nameFiles(lock, { web })
  const [pkg] = named.packages.values()
  expect(pkg?.sources).toMatchObject([
    {
      kind: 'indexed',
      index: expect.stringContaining('/simple'),
      filename: 'a-1.0-py3-none-any.whl',
      digests: [{ hex: hash('3') }],
    },
    { kind: 'archive', filename: 'a-1-py2-none-any.whl', digests: [] },
    { kind: 'indexed', filename: 'a-1.0.tar.gz', digests: [{ hex: hash('1') }] },
  ])
  expect(web.asked).toHaveLength(2)
})

test('what an earlier run pinned for a version is not looked up again', async () => {
  const lock = readRequirements('a==1.0\n')
  const key = 'a@1.0/a-1.0-py3-none-any.whl'
  const before = (claim: string) =>
    previousPlan({
      sources: {
        [key]: {
          name: 'a',
          urls: ['https://files.example.org/a'],
          hash: `sha256-${Buffer.from(hash('1'), 'hex').toString('base64')}`,
        },
      },
      plan: {
        targets: ['x86_64-linux/3.12'],
        packages: { 'a@1.0': { name: 'a', version: '1.0', claim, files: { [key]: 'all' } } },
      },
    })
  const run = (claim: string, web: Web) =>
    nameKnownFiles(lock, { web, previous: before(claim), targets: ['x86_64-linux/3.12'] })
  const first = await nameKnownFiles(lock, {
    web: indexOf({ a: '<a href="a-1.0.zip">a</a>' }),
    previous: undefined,
    targets: [],
  })
  const [claim = ''] = first.claims.values()
  const web = indexOf({})
  const again = await run(claim, web)
  expect([...again.lock.packages.values()][0]?.sources).toMatchObject([
    { filename: 'a-1.0-py3-none-any.whl', digests: [{ hex: hash('1') }] },
  ])
  expect(web.asked).toEqual([])
  expect(await problemsOf(run('another', web))).toMatchObject([{ code: 'not-found' }])
})

test('with --no-binary only source archives count, under their hashes too', async () => {
  const page = `<a href="a-1.0.tar.gz#sha256=${hash('1')}">s</a><a href="a-1.0-py3-none-any.whl#sha256=${hash('2')}">w</a>`
  for (const hashes of ['', ` --hash=sha256:${hash('1')} --hash=sha256:${hash('2')}`]) {
    const named = await nameFiles(readRequirements(`--no-binary a\na==1.0${hashes}\n`), { web: indexOf({ a: page }) })
    expect([...named.packages.values()][0]?.sources).toEqual([
      {
        kind: 'indexed',
        index: expect.any(String),
        filename: 'a-1.0.tar.gz',
        digests: [{ algorithm: 'sha256', hex: hash('1') }],
      },
    ])
  }
})
