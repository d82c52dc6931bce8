/** What builds need: which releases are chosen, and where the requirements come from. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { findMember } from '../../../../converters/python/archives/archive-member.ts'
import { buildIndex } from '../../../../converters/python/builds/build-index.ts'
import { resolveNeeds } from '../../../../converters/python/builds/resolve-needs.ts'
import { planTargets } from '../../../../converters/python/planning/planned-targets.ts'
import { chooserFor } from '../../../../converters/python/standards/choose-file.ts'
import { parseRequirement } from '../../../../converters/python/standards/requirement.ts'
import type { Downloads, Web } from '../../../../src/model/world.ts'
import { fail } from '../../../../src/problem.ts'
import { npmTarball } from '../../../support/npm-tarball.ts'

interface Published {
  readonly wheel: string
  readonly needs?: readonly string[]
  readonly python?: string
  readonly yanked?: boolean
}

function indexOf(projects: Readonly<Record<string, readonly Published[]>>): Web & Downloads {
  const all = Object.values(projects).flat()
  const missing = () => fail({ code: 'not-found', message: 'it is not there' })
  return {
    fetchText: async (url) => {
      const metadata = all.find(({ wheel }) => url.endsWith(`/${wheel}.metadata`))
      const type = 'application/vnd.pypi.simple.v1+json'
      const needs = (metadata?.needs ?? []).map((need) => `Requires-Dist: ${need}\n`).join('')
      if (metadata !== undefined) return { text: `Metadata-Version: 2.1\n${needs}\nRequires-Dist: body`, type: '', url }
      const files = projects[url.split('/').at(-2) ?? '']?.map(({ wheel, python, yanked }) => ({
        filename: wheel,
        url: `https://files.example/${wheel}`,
        hashes: { sha256: '0'.repeat(64) },
        'requires-python': python,
        yanked: yanked === true,
        'core-metadata': true,
      }))
      return files === undefined ? missing() : { text: JSON.stringify({ files }), type, url }
    },
    fetchJson: async () => missing(),
    fetchDigests: async () => missing(),
    fetchPart: async () => missing(),
    fetchFile: async () => missing(),
  }
}

async function resolve(
  requires: readonly string[],
  projects: Readonly<Record<string, readonly Published[]>>,
  constraints: readonly string[] = [],
) {
  const world = indexOf(projects)
  const [target] = planTargets(['x86_64-linux'], { requires: '>=3.11,<3.12' }, 'uv.lock').list
  if (target === undefined) throw new Error('there is a target')
  const resolving = { ...target, choose: chooserFor(target.target, 'pip') }
  const index = buildIndex({ web: world, downloads: world })
  const found = await resolveNeeds(
    requires.map((text) => parseRequirement(text)),
    { target: resolving, index, constraints: constraints.map((text) => parseRequirement(text)) },
  )
  return found && [...found.values()].map(({ name, text }) => `${name} ${text}`).sort()
}

test('the newest that has a wheel for the target, is for its Python, not withdrawn and no prerelease', async () => {
  const a = [
    { wheel: 'a-6.0rc1-py3-none-any.whl' },
    { wheel: 'a-5.0-py3-none-any.whl', yanked: true },
    { wheel: 'a-4.0-py3-none-any.whl', python: '>=3.12' },
    { wheel: 'a-3.0-cp311-cp311-win_amd64.whl' },
    { wheel: 'a-2.0-py3-none-any.whl' },
    { wheel: 'a-1.0-py3-none-any.whl' },
  ]
  expect(await resolve(['a'], { a })).toEqual(['a 2.0'])
})

test('needs of needs come with their markers and extras, and what they exclude is chosen again', async () => {
  const projects = {
    a: [
      { wheel: 'a-1.0-py3-none-any.whl', needs: ['b[x] ; python_version < "3.12"', 'never; sys_platform == "win32"'] },
    ],
    b: [{ wheel: 'b-1.0-py3-none-any.whl', needs: ['c<2', 'd; extra == "x"', 'e; extra == "y"'] }],
    c: [{ wheel: 'c-2.0-py3-none-any.whl' }, { wheel: 'c-1.5-py3-none-any.whl' }],
    d: [{ wheel: 'd-1.0-py3-none-any.whl' }],
  }
  expect(await resolve(['c', 'a'], projects)).toEqual(['a 1.0', 'b 1.0', 'c 1.5', 'd 1.0'])
})

test('where nothing fits there is no choice', async () => {
  const a = [{ wheel: 'a-1.0-py3-none-any.whl' }]
  expect(await resolve(['a>2'], { a })).toBeUndefined()
  expect(await resolve(['a @ https://files.example/a.zip'], { a })).toBeUndefined()
})

test('a file is found in archives, and not in what is no archive', async () => {
  const tar = npmTarball({ 'pyproject.toml': '[build-system]\n', 'src/deep.txt': 'x' })
  const isManifest = (path: string) => path === 'package/pyproject.toml'
  expect(await findMember(tar, 'a-1.0.tar.gz', isManifest)).toBe('[build-system]\n')
  expect(await findMember(tar, 'a-1.0.tar.gz', () => false)).toBeUndefined()
  expect(await findMember(tar.subarray(0, 100), 'a-1.0.tar.gz', isManifest)).toBeUndefined()
  expect(await findMember(gzipSync('no tar'), 'a-1.0.tar.gz', isManifest)).toBeUndefined()
  expect(await findMember(Buffer.from('PK no zip'), 'a-1.0.zip', isManifest)).toBeUndefined()
})

test.each(['gnu', 'pax', 'ustar'])(
  'it may lie behind a megabyte of other files, and under a long path (%s)',
  async (form) => {
    const folder = mkdtempSync(join(tmpdir(), 'build-needs-'))
    // 170 characters in directories, as far as ustar goes; the others write a header of their own.
    const long = `a-1.0/${'deep-directory/'.repeat(form === 'ustar' ? 8 : 20)}pyproject.toml`
    mkdirSync(join(folder, dirname(long)), { recursive: true })
    writeFileSync(join(folder, long), '[long]\n')
    writeFileSync(join(folder, 'a-1.0/large'), randomBytes(1_000_001))
    writeFileSync(join(folder, 'a-1.0/pyproject.toml'), '[build-system]\n')
    const members = ['./a-1.0/large', `./${long}`, './a-1.0/pyproject.toml']
    const tar = execFileSync('tar', [`--format=${form}`, '-cz', '-C', folder, ...members], { maxBuffer: 1 << 26 })
    expect(await findMember(tar, 'a-1.0.tar.gz', (path) => path === 'a-1.0/pyproject.toml')).toBe('[build-system]\n')
    expect(await findMember(tar, 'a-1.0.tar.gz', (path) => path === long)).toBe('[long]\n')
    expect(await findMember(tar.subarray(0, 900_000), 'a-1.0.tar.gz', (path) => path === long)).toBeUndefined()
  },
)

test('constraints count for what is asked for, on their targets, and ask for nothing themselves', async () => {
  const versions = (name: string) =>
    ['3.0', '2.0', '1.0'].map((version) => ({ wheel: `${name}-${version}-py3-none-any.whl` }))
  const projects = { a: [{ wheel: 'a-1.0-py3-none-any.whl', needs: ['b'] }], b: versions('b'), c: versions('c') }
  const constraints = ['B<3', 'b<2; sys_platform == "win32"', 'c<3', 'never<1']
  expect(await resolve(['a'], projects, constraints)).toEqual(['a 1.0', 'b 2.0'])
  expect(await resolve(['a', 'c'], projects, [...constraints, 'c<1'])).toBeUndefined()
})
