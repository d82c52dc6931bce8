import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { parseDigest } from '../../../src/digest/spelling.ts'
import { parseSri, printSri } from '../../../src/digest/sri.ts'
import { packageId, type LockedPackage, type PinnedLock } from '../../../src/model/lock.ts'
import type { PinnedSource } from '../../../src/model/source.ts'
import type { Json } from '../../../src/model/json.ts'
import { printSpec } from '../../../src/spec/print.ts'
import { readSpec } from '../../../src/spec/read.ts'
import { namedPackages } from '../../../src/spec/named-packages.ts'
import { specPart } from '../../../src/spec/spec-part.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'
import { sampleSri } from './sample-spec.ts'

const [sha512] = parseSri(sampleSri('sha512'))
const [sha1] = parseSri(sampleSri('sha1'))
const tree = parseDigest(sampleSri('sha256'))
const rev = '0123456789abcdef0123456789abcdef01234567'

function locked(name: string, ...sources: [PinnedSource, ...PinnedSource[]]): LockedPackage<PinnedSource> {
  const where = { file: 'package-lock.json', key: `packages["node_modules/${name}"]`, line: 7 }
  return { id: packageId(name, '1.0.0'), name, version: '1.0.0', sources, dependencies: [], where }
}

const archive = (url = 'https://registry.example/x.tgz'): PinnedSource => {
  if (sha512 === undefined) throw new Error('no digest')
  return { kind: 'archive', urls: [url], digest: sha512 }
}

function partOf(packages: readonly LockedPackage<PinnedSource>[], plan?: Json) {
  const lock: PinnedLock = {
    ecosystem: 'node',
    format: { name: 'npm-lock', version: '3', file: 'package-lock.json' },
    roots: [{ path: '', name: 'app', dependencies: [] }],
    packages: new Map(packages.map((pkg) => [pkg.id, pkg])),
  }
  const named = plan ?? { places: packages.map(({ id }) => id) }
  return specPart(namedPackages(lock, named), named, { omit: ['peer', 'dev', 'peer'] })
}

describe("an ecosystem's part of the spec", () => {
  const digests = sha1 === undefined ? [] : [sha1]
  const part = partOf([
    locked('z', archive()),
    locked('@scope/weak', {
      kind: 'archive',
      urls: ['https://h/a.zip', 'https://h/b.zip'],
      digest: tree,
      claim: sampleSri('sha1'),
    }),
    locked('from-git', { kind: 'git', url: 'https://git.example/x.git', rev, tree, subdir: 'a/b' }),
    locked('packed', { kind: 'local', form: 'archive', path: 'vendor/packed thing.tgz', digests }),
    locked('unsigned', { kind: 'local', form: 'archive', path: 'unsigned.tgz', digests: [] }),
    locked('linked', { kind: 'local', form: 'directory', path: 'packages/linked', digests: [] }),
    locked('inner', { kind: 'bundled' }),
  ])

  test('has a source for everything that is fetched or unpacked, and for nothing else', () => {
    expect(part.sources).toEqual({
      '@scope/weak@1.0.0': {
        name: 'scope-weak-1.0.0.zip',
        urls: ['https://h/a.zip', 'https://h/b.zip'],
        hash: printSri(tree),
        claim: sampleSri('sha1'),
      },
      'from-git@1.0.0': {
        name: 'from-git-0123456',
        git: 'https://git.example/x.git',
        rev,
        hash: printSri(tree),
        subdir: 'a/b',
      },
      'packed@1.0.0': { name: 'packed-thing.tgz', path: 'vendor/packed thing.tgz', hash: sampleSri('sha1') },
      'unsigned@1.0.0': { name: 'unsigned.tgz', path: 'unsigned.tgz' },
      'z@1.0.0': { name: 'z-1.0.0.tgz', urls: ['https://registry.example/x.tgz'], hash: sampleSri('sha512') },
    })
    expect(Object.keys(part.sources)).toEqual(Object.keys(part.sources).sort())
  })

  test('says what it was made from, and what was left out, sorted', () => {
    expect(part).toMatchObject({
      project: { name: 'app' },
      lock: { file: 'package-lock.json', format: 'npm-lock', version: '3' },
      omit: ['dev', 'peer'],
    })
  })

  test('is read back by the strict reader', () => {
    const spec = { lock2build: 1, systems: ['x86_64-linux'], ecosystems: { node: part } } as const
    expect(readSpec(printSpec(spec), 'spec.json')).toEqual(spec)
  })

  test('leaves out sources that the plan does not name', () => {
    const { sources } = partOf([locked('a', archive()), locked('b', archive())], {
      places: { 'node_modules/b': { source: 'b@1.0.0' } },
    })
    expect(Object.keys(sources)).toEqual(['b@1.0.0'])
  })

  test('tells several files of one package apart', () => {
    const { sources } = partOf([
      locked('w', archive('https://h/w-1.0.0.tar.gz'), archive('https://h/w-1.0.0-py3-none-any.whl')),
    ])
    expect(Object.keys(sources)).toEqual(['w@1.0.0', 'w@1.0.0/w-1.0.0-py3-none-any.whl'])
  })

  test('has a name for a project that has none', () => {
    const lock: PinnedLock = {
      ecosystem: 'node',
      format: { name: 'npm-lock', version: '3', file: 'package-lock.json' },
      roots: [{ path: '', version: '1.0.0', dependencies: [] }],
      packages: new Map(),
    }
    expect(specPart(lock, {}, { omit: [] }).project).toEqual({ name: 'project', version: '1.0.0' })
  })

  test('is refused as a whole, with each place, when a source cannot be written down', () => {
    const packages = [
      locked('a', archive('https://user:secret@h/x.tgz')),
      locked('b', { kind: 'git', url: '--upload-pack=x', rev: 'main', tree, subdir: '../x' }),
      locked('c', { kind: 'local', form: 'archive', path: '/etc/x.tgz', digests: [] }),
    ]
    const problems = thrownProblems(() => partOf(packages))
    expect(problems.map(({ code, where }) => [code, where?.line])).toEqual([
      ['url-invalid', 7],
      ['url-invalid', 7],
      ['url-invalid', 7],
      ['path-escapes', 7],
      ['path-escapes', 7],
    ])
    expect(JSON.stringify(problems)).not.toContain('secret')
  })

  test('of any names and versions is read back', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' }), (name, version) => {
        const id = packageId(name, version)
        fc.pre(!id.includes('\0'))
        const pkg = { ...locked('x', archive()), id, name, version }
        const spec = { lock2build: 1, systems: ['x86_64-linux'], ecosystems: { node: partOf([pkg]) } } as const
        expect(readSpec(printSpec(spec), 'spec.json')).toEqual(spec)
        expect(Object.keys(spec.ecosystems.node.sources)).toEqual([id])
      }),
    )
  })
})
