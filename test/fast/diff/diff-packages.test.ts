import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { nodeComparison } from '../../../converters/node/comparison.ts'
import { pythonComparison } from '../../../converters/python/comparison.ts'
import { isSame, noDifference, type Difference } from '../../../src/diff/difference.ts'
import { diffPackages } from '../../../src/diff/diff-packages.ts'
import { tableOfLock, tableOfPart } from '../../../src/diff/package-table.ts'
import { printDiff } from '../../../src/diff/print-diff.ts'
import type { Algorithm, Digest } from '../../../src/model/digest.ts'
import { packageId, type Lock, type LockedPackage } from '../../../src/model/lock.ts'
import type { ArchiveSource, NonEmpty, Source } from '../../../src/model/source.ts'
import { sampleSri } from '../spec/sample-spec.ts'

function digest(algorithm: Algorithm, text: string): Digest {
  const name = algorithm === 'blake2b' ? 'blake2b512' : algorithm
  return { algorithm, hex: createHash(name).update(text).digest('hex') }
}

function archive(content: string, more: Partial<ArchiveSource> = {}): ArchiveSource {
  return { kind: 'archive', urls: ['https://registry.example/x.tgz'], digests: [digest('sha512', content)], ...more }
}

const git = (rev: string, url = 'https://git.example/o/r.git'): Source => ({ kind: 'git', url, rev })

/** `name@version` → its sources. */
function lockOf(packages: Readonly<Record<string, NonEmpty<Source>>>, more: Partial<Lock> = {}): Lock {
  const list = Object.entries(packages).map(([text, sources]): LockedPackage => {
    const at = text.lastIndexOf('@')
    const [name, version] = [text.slice(0, at), text.slice(at + 1)]
    return { id: packageId(name, version), name, version, sources, dependencies: [], where: { file: 'x' } }
  })
  return {
    ecosystem: 'node',
    format: { name: 'npm-lock', version: '3', file: 'package-lock.json' },
    roots: [{ path: '', dependencies: [] }],
    packages: new Map(list.map((pkg) => [pkg.id, pkg])),
    ...more,
  }
}

const versions = (...ids: readonly string[]): Lock => lockOf(Object.fromEntries(ids.map((id) => [id, [archive(id)]])))

function diff(before: Lock, after: Lock, comparison = nodeComparison): Difference {
  return diffPackages(tableOfLock(before), tableOfLock(after), { ecosystem: 'node', comparison })
}

/** Of one package `a 1.0.0` whose sources changed. */
function integrity(before: NonEmpty<Source>, after: NonEmpty<Source>): readonly (readonly string[])[] {
  const found = diff(lockOf({ 'a@1.0.0': before }), lockOf({ 'a@1.0.0': after })).integrity
  return found.map(({ kind, from, to, file }) => [kind, from, to, ...(file === undefined ? [] : [file])])
}

describe('versions', () => {
  test.each<[string, string[], string[], string[]]>([
    ['each step', ['a@1.2.3'], ['a@1.2.4'], ['~ a 1.2.3 → 1.2.4 (patch)']],
    ['a minor one', ['a@1.2.3'], ['a@1.3.0'], ['~ a 1.2.3 → 1.3.0 (minor)']],
    ['a major one', ['a@1.2.3'], ['a@2.0.0'], ['~ a 1.2.3 → 2.0.0 (major)']],
    ['what came before a release', ['a@1.0.0-rc.9'], ['a@1.0.0-rc.10'], ['~ a 1.0.0-rc.9 → 1.0.0-rc.10 (prerelease)']],
    ['an earlier version', ['a@1.10.0'], ['a@1.9.0'], ['↓ a 1.10.0 → 1.9.0 (minor)']],
    ['what is no version', ['a@1.0.0'], ['a@latest'], ['~ a 1.0.0 → latest']],
    [
      'the closest ones of several',
      ['a@1.2.0', 'a@2.0.0'],
      ['a@2.0.1', 'a@3.0.0'],
      ['~ a 1.2.0 → 3.0.0 (major)', '~ a 2.0.0 → 2.0.1 (patch)'],
    ],
    ['the highest of those that go', ['a@1.0.0', 'a@2.0.0'], ['a@3.0.0'], ['- a 1.0.0', '~ a 2.0.0 → 3.0.0 (major)']],
    ['one that comes beside', ['a@1.0.0'], ['a@1.0.1', 'a@2.0.0'], ['+ a 2.0.0', '~ a 1.0.0 → 1.0.1 (patch)']],
  ])('tell %s', (_, before, after, expected) => {
    expect(printDiff(diff(versions(...before), versions(...after)))).toEqual(expected)
  })

  test('of Python compare by PEP 440', () => {
    const changes = diff(
      versions('a@1.0rc1', 'b@1!1.0', 'c@2024.1', 'd@1.0', 'e@1.0.post1'),
      versions('a@1.0', 'b@2.0', 'c@2024.2', 'd@1.0.0.1', 'e@1.0'),
      pythonComparison,
    )
    expect(printDiff(changes)).toEqual([
      '~ a 1.0rc1 → 1.0 (prerelease)',
      '~ c 2024.1 → 2024.2 (minor)',
      '~ d 1.0 → 1.0.0.1 (patch)',
      '↓ b "1!1.0" → 2.0 (major)',
      '↓ e 1.0.post1 → 1.0 (prerelease)',
    ])
  })

  test('by the thousand are paired in their order', () => {
    const many = (major: number) => versions(...Array.from({ length: 2000 }, (_, index) => `a@${major}.${index}.0`))
    const { updated, added } = diff(many(1), many(2))
    expect(updated).toHaveLength(2000)
    expect(updated[7]).toMatchObject({ from: '1.7.0', to: '2.7.0', step: 'major' })
    expect(added).toEqual([])
  })
})

describe('integrity of a version that stays', () => {
  const [old, evil] = [sampleSri('sha512', 'old'), sampleSri('sha512', 'evil')]

  test('another digest is told, and more or fewer kinds of digests are none', () => {
    const both = archive('old', { digests: [digest('sha512', 'old'), digest('sha1', 'old')] })
    expect(integrity([archive('old')], [archive('evil')])).toEqual([['changed', old, evil]])
    expect(integrity([archive('old')], [both])).toEqual([])
    expect(
      integrity([both], [archive('evil', { digests: [digest('sha512', 'evil'), digest('sha1', 'old')] })]),
    ).toEqual([['changed', old, evil]])
  })

  test('a digest that is lost, or only weak, is told; a new one, too', () => {
    const [none, weak] = [archive('', { digests: [] }), archive('', { digests: [digest('sha1', 'old')] })]
    expect(integrity([archive('old')], [none])).toEqual([['lost', old, '']])
    expect(integrity([archive('old')], [weak])).toEqual([['lost', old, sampleSri('sha1', 'old')]])
    expect(integrity([weak], [none])).toEqual([['lost', sampleSri('sha1', 'old'), '']])
    expect(integrity([none], [archive('old')])).toEqual([['gained', '', old]])
  })

  test('a commit is as good as a digest', () => {
    const [one, two] = ['1'.repeat(40), '2'.repeat(40)]
    expect(integrity([git(one)], [git(two)])).toEqual([['commit', one, two]])
    expect(integrity([git(one)], [git(one)])).toEqual([])
    expect(integrity([git(one)], [archive('x', { digests: [] })])).toEqual([['lost', one, '']])
  })

  test('checksums in words of their own compare only where they are computed alike', () => {
    const claim = (text: string) => archive('', { digests: [], claim: text })
    expect(integrity([claim('10c0/aa')], [claim('10c0/bb')])).toEqual([['changed', '10c0/aa', '10c0/bb']])
    expect(integrity([claim('10c0/aa')], [claim('')])).toEqual([['lost', '10c0/aa', '']])
    const other = diff(lockOf({ 'a@1.0.0': [claim('10c0/aa')] }), lockOf({ 'a@1.0.0': [claim('8/bb')] }))
    expect(other).toEqual({
      ...noDifference,
      other: ['node: 1 packages with digests of other kinds than before, which cannot be compared'],
    })
  })

  test('of several files it is told by name; without names one in common is enough', () => {
    const file = (name: string, content: string) => archive(content, { filename: name })
    const before: NonEmpty<Source> = [file('a.whl', 'a'), file('a.tar.gz', 'b')]
    const sha = (text: string) => sampleSri('sha512', text)
    expect(integrity(before, [file('a.tar.gz', 'b'), file('a.whl', 'evil')])).toEqual([
      ['changed', sha('a'), sha('evil'), 'a.whl'],
    ])
    expect(integrity(before, [file('b.whl', 'evil')])).toEqual([['changed', 'a.whl, a.tar.gz', 'b.whl']])
    const nameless = (...contents: readonly string[]): Source => ({
      ...archive(''),
      digests: contents.map((content) => digest('sha512', content)),
    })
    expect(integrity(before, [nameless('b', 'c')])).toEqual([])
    expect(integrity(before, [nameless('c', 'd')])).toEqual([
      ['changed', `${sha('a')} ${sha('b')}`, `${sha('c')} ${sha('d')}`],
    ])
    const more = diff(lockOf({ 'a@1': [before[0]] }), lockOf({ 'a@1': before }))
    expect(more).toEqual({ ...noDifference, other: ['a 1: 1 more of its files'] })
  })
})

describe('places', () => {
  const at = (url: string) => archive('x', { urls: [url] })

  test('another host is told, for the same version and for another one', () => {
    const moved = diff(
      lockOf({ 'a@1.0.0': [at('https://good/a')], 'b@1.0.0': [at('https://good/b')] }),
      lockOf({ 'a@1.0.0': [at('https://evil/a')], 'b@1.0.1': [at('https://evil/b')] }),
    )
    expect(moved.moved).toEqual([
      { ecosystem: 'node', name: 'a', version: '1.0.0', from: 'good', to: 'evil' },
      { ecosystem: 'node', name: 'b', version: '1.0.1', from: 'good', to: 'evil' },
    ])
    expect(moved.integrity).toEqual([])
  })

  test('a repository is a place of its own, however it is spelled', () => {
    const rev = '1'.repeat(40)
    const same = diff(
      lockOf({ 'a@1.0.0': [git(rev, 'ssh://git@git.example/o/r.git')] }),
      lockOf({ 'a@1.0.0': [git(rev, 'https://git.example/o/r')] }),
    )
    expect(isSame(same)).toBe(true)
    const other = diff(
      lockOf({ 'a@1.0.0': [git(rev)] }),
      lockOf({ 'a@1.0.0': [git(rev, 'https://git.example/fork/r.git')] }),
    )
    expect(other.moved).toMatchObject([{ from: 'git.example/o/r', to: 'git.example/fork/r' }])
  })

  test('the index and the file host of PyPI are one place', () => {
    const indexed: Source = { kind: 'indexed', index: 'https://pypi.org/simple/', digests: [digest('sha256', 'x')] }
    const file = archive('x', { urls: ['https://files.pythonhosted.org/x'], digests: [digest('sha256', 'x')] })
    expect(isSame(diff(lockOf({ 'a@1': [indexed] }), lockOf({ 'a@1': [file] }), pythonComparison))).toBe(true)
  })

  test('a file that may be in any of several indexes has not moved while one of them stays', () => {
    const own = (index: string, ...others: readonly string[]): Source => {
      return { kind: 'indexed', index, others, digests: [digest('sha256', 'x')] }
    }
    const [pypi, ours] = ['https://pypi.org/simple/', 'https://ours.example/simple/']
    const moved = (before: Source, after: Source) =>
      diff(lockOf({ 'a@1': [before] }), lockOf({ 'a@1': [after] }), pythonComparison).moved.map(({ to }) => to)
    expect(moved(own(ours), own(pypi, ours))).toEqual([])
    expect(moved(own(pypi), own(ours, 'https://other.example/simple/'))).toEqual(['other.example, ours.example'])
  })

  test('many that moved together are one line', () => {
    const many = (host: string) =>
      lockOf(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`p${i + 10}@1.0.0`, [at(`https://${host}/x`)]])))
    expect(printDiff(diff(many('one'), many('two')))).toEqual([
      '! 30 packages: from elsewhere than before: one → two (p10 1.0.0, p11 1.0.0, p12 1.0.0, …)',
    ])
  })
})

test('what has no bytes of its own takes no part, nor does the package manager', () => {
  const manager = { name: 'yarn', version: '1.22.22', package: packageId('yarn', '1.22.22'), scripts: { run: 'all' } }
  const lock = lockOf(
    {
      'member@1.0.0': [{ kind: 'local', form: 'directory', path: 'member', digests: [] }],
      'inner@1.0.0': [{ kind: 'bundled' }],
      'yarn@1.22.22': [archive('yarn')],
    },
    { manager: { ...manager, scripts: { run: 'all' } } },
  )
  expect(isSame(diff(lockOf({}), lock))).toBe(true)
})

test('a lock compares with a spec by what the lock file said, not by what was pinned for it', () => {
  const weak = archive('', { digests: [digest('sha1', 'x')] })
  const claimed = (claim: string) => ({
    sources: {
      'a@1.0.0': { name: 'a.tgz', urls: ['https://registry.example/x.tgz'], hash: sampleSri('sha512', 'x'), claim },
      'b@1.0.0#build/b.whl': { name: 'b.whl', urls: ['https://registry.example/b.whl'], hash: sampleSri('sha256') },
    },
  })
  const compare = (claim: string, source: Source) =>
    diffPackages(
      tableOfPart(claimed(claim), 'stated', pythonComparison.isForBuild),
      tableOfLock(lockOf({ 'a@1.0.0': [source] })),
      { ecosystem: 'node', comparison: nodeComparison },
    )
  expect(isSame(compare(sampleSri('sha1', 'x'), weak))).toBe(true)
  expect(isSame(compare('', archive('', { digests: [] })))).toBe(true)
  expect(compare(sampleSri('sha1', 'y'), weak).integrity).toMatchObject([{ kind: 'changed' }])
  expect(isSame(compare('10c0/aa', archive('', { digests: [], claim: '10c0/aa' })))).toBe(true)
})
