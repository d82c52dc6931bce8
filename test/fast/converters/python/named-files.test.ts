import { describe, expect, test } from 'vitest'
import { nameKnownFiles } from '../../../../converters/python/builds/known-names.ts'
import { previousPlan, type PreviousPlan } from '../../../../converters/python/builds/previous-plan.ts'
import { nameFiles } from '../../../../converters/python/named-files.ts'
import { planTargets } from '../../../../converters/python/planning/planned-targets.ts'
import { requirements } from '../../../../converters/python/readers/requirements/requirements.ts'
import { poetryLock } from '../../../../converters/python/readers/poetry-lock/poetry-lock.ts'
import type { LockReader } from '../../../../src/model/converter.ts'
import type { JsonObject } from '../../../../src/model/json.ts'
import { packageId } from '../../../../src/model/lock.ts'
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

describe('what an earlier run found out', () => {
  const lock = readRequirements('a==1.0\n')
  const targets = planTargets(['x86_64-linux'], { requires: '>=3.11,<3.13' }, 'requirements.txt')
  const key = 'a@1.0/a-1.0-py3-none-any.whl'
  const run = (previous: PreviousPlan | undefined, web: Web, set = targets.all) =>
    nameKnownFiles(lock, { web, previous, targets, findWanted: () => new Map([[packageId('a', '1.0'), set]]) })
  const asFound = async (more: JsonObject): Promise<PreviousPlan | undefined> => {
    const first = await run(undefined, indexOf({ a: '<a href="a-1.0.zip">a</a>' }))
    const [claim = ''] = first.claims.values()
    const hashOfIt = `sha256-${Buffer.from(hash('1'), 'hex').toString('base64')}`
    const plan = {
      targets: targets.list.map(({ id }) => id),
      packages: {
        'a@1.0': { name: 'a', version: '1.0', claim, files: { [key]: 'all' }, for: { main: 'all' }, ...more },
      },
    }
    const sources = { [key]: { name: 'a', urls: ['https://files.example.org/a'], hash: hashOfIt } }
    return previousPlan({ sources, plan })
  }

  test('is not looked up again', async () => {
    const web = indexOf({})
    const again = await run(await asFound({}), web)
    expect([...again.lock.packages.values()][0]?.sources).toMatchObject([
      { filename: 'a-1.0-py3-none-any.whl', digests: [{ hex: hash('1') }] },
    ])
    expect(web.asked).toEqual([])
  })

  test('counts for other hashes no more, nor where the package was not needed', async () => {
    const gone = [{ code: 'not-found' }]
    expect(await problemsOf(run(await asFound({ claim: 'another' }), indexOf({})))).toMatchObject(gone)
    const before = await asFound({ for: { main: ['3.11'] } })
    expect(await problemsOf(run(before, indexOf({})))).toMatchObject(gone)
    const [first] = targets.list
    expect((await run(before, indexOf({}), first?.bit)).claims.size).toBe(1)
  })

  test('may be that nothing can be used', async () => {
    const again = await run(await asFound({ files: {} }), indexOf({}))
    expect([...again.lock.packages.values()]).toEqual([...lock.packages.values()])
    expect(again.claims.size).toBe(1)
  })
})

test('what is needed nowhere is not looked up', async () => {
  const lock = readRequirements('a==1.0 ; sys_platform == "win32"\n')
  const targets = planTargets(['x86_64-linux'], {}, 'requirements.txt')
  const web = indexOf({})
  const named = await nameKnownFiles(lock, { web, previous: undefined, targets, findWanted: () => new Map() })
  expect(named.lock).toBe(lock)
  expect(web.asked).toEqual([])
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
