/** Tags of targets, names of files, and which file is taken where. The comparison with PyPA's own is test/real/python-standards.test.ts. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooserFor, findCandidates, type Installer } from '../../../../converters/python/standards/choose-file.ts'
import { fileFinder } from '../../../../converters/python/standards/choose-for-targets.ts'
import { environmentOf, findPatch } from '../../../../converters/python/standards/environment.ts'
import { parseSpecifiers } from '../../../../converters/python/standards/specifier.ts'
import { supportedTags, tagRanker } from '../../../../converters/python/standards/tags.ts'
import type { Target } from '../../../../converters/python/standards/target.ts'
import { printVersion } from '../../../../converters/python/standards/version.ts'
import { parseSdistName, parseWheelName, splitTags } from '../../../../converters/python/standards/wheel-name.ts'
import type { FileKind } from '../../../../src/model/python.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

const linux: Target = { system: 'x86_64-linux', python: '3.12', implementation: 'cpython' }
const mac: Target = { system: 'aarch64-darwin', python: '3.12', implementation: 'cpython' }

describe('tags', () => {
  test('begin with the interpreter’s own and end with those of any', () => {
    const tags = supportedTags(linux)
    expect(tags.slice(0, 3)).toEqual([
      'cp312-cp312-linux_x86_64',
      'cp312-cp312-manylinux_2_40_x86_64',
      'cp312-cp312-manylinux_2_39_x86_64',
    ])
    expect(tags.at(-1)).toBe('py30-none-any')
    expect(new Set(tags).size).toBe(tags.length)
  })

  test.each<[string, Target, readonly string[]]>([
    [
      'from the better to the worse',
      linux,
      [
        'cp312-cp312-manylinux_2_17_x86_64',
        'cp312-cp312-manylinux2014_x86_64',
        'cp312-cp312-manylinux1_x86_64',
        'cp312-abi3-manylinux_2_5_x86_64',
        'cp312-none-linux_x86_64',
        'cp37-abi3-manylinux2014_x86_64',
        'py312-none-linux_x86_64',
        'py3-none-manylinux2014_x86_64',
        'cp312-none-any',
        'py312-none-any',
        'py3-none-any',
        'py37-none-any',
      ],
    ],
    [
      'on macOS with universal files',
      mac,
      [
        'cp312-cp312-macosx_14_0_arm64',
        'cp312-cp312-macosx_14_0_universal2',
        'cp312-cp312-macosx_11_0_arm64',
        'cp312-cp312-macosx_10_9_universal2',
      ],
    ],
    [
      'on Intel’s macOS with fat files',
      { ...mac, system: 'x86_64-darwin', macos: [12, 0] },
      ['cp312-cp312-macosx_12_0_x86_64', 'cp312-cp312-macosx_10_9_intel', 'cp312-cp312-macosx_10_6_universal'],
    ],
    ['with musl', { ...linux, musl: [1, 2] }, ['cp312-cp312-musllinux_1_2_x86_64', 'cp312-cp312-musllinux_1_1_x86_64']],
    [
      'free-threaded',
      { ...linux, python: '3.14', freeThreaded: true },
      ['cp314-cp314t-linux_x86_64', 'cp314-abi3t-linux_x86_64', 'cp314-none-linux_x86_64'],
    ],
    [
      'of PyPy',
      { ...linux, python: '3.11', implementation: 'pypy' },
      ['pp311-pypy311_pp73-linux_x86_64', 'pp311-none-linux_x86_64', 'pp3-none-any', 'py311-none-any'],
    ],
  ])('come %s', (_, target, wanted) => {
    const tags = supportedTags(target)
    const found = wanted.map((tag) => tags.indexOf(tag))
    expect(found).not.toContain(-1)
    expect(found).toEqual([...found].sort((a, b) => a - b))
    const rankTags = tagRanker([linux, target])
    expect(tags.map((tag) => rankTags(splitTags(tag))[1])).toEqual(tags.map((_, index) => index))
  })

  test.each<[string, Target, readonly string[]]>([
    ['a newer glibc', linux, ['cp312-cp312-manylinux_2_41_x86_64']],
    ['a newer macOS', mac, ['cp312-cp312-macosx_15_0_arm64']],
    ['another libc', { ...linux, musl: [1, 2] }, ['cp312-cp312-manylinux_2_17_x86_64']],
    ['the stable ABI without threads', { ...linux, python: '3.13', freeThreaded: true }, ['cp313-abi3-linux_x86_64']],
    ['another ABI', linux, ['cp312-cp312t-linux_x86_64', 'cp313-abi3-linux_x86_64', 'py313-none-any', 'py2-none-any']],
  ])('do not have %s', (_, target, wanted) => {
    const rankTags = tagRanker([target])
    expect(wanted.filter((tag) => rankTags(splitTags(tag))[0] !== Infinity)).toEqual([])
  })

  test.each(['x86_64-windows', 'nonsense', ''])('of the system %j are a problem', (system) => {
    expect(thrownProblems(() => supportedTags({ ...linux, system }))).toMatchObject([{ code: 'source-unsupported' }])
  })

  test.each(['3', '3.12.1', '', 'x.y'])('of Python %j are a problem', (python) => {
    expect(thrownProblems(() => supportedTags({ ...linux, python }))).toMatchObject([{ code: 'name-invalid' }])
  })
})

describe('a wheel’s name', () => {
  test('has a name, a version, a build tag and tags', () => {
    const found = parseWheelName('Foo_Bar.x-1.0+cu128-2rc-cp310.cp311-abi3-manylinux2014_X86_64.whl')
    expect(found).toMatchObject({
      name: 'foo-bar-x',
      build: { number: 2, suffix: 'rc' },
      tags: 'cp310.cp311-abi3-manylinux2014_x86_64',
    })
    expect(found && printVersion(found.version)).toBe('1.0+cu128')
  })

  test.each([
    'a-1.0-py3-none-any.zip',
    'a-1.0-py3-none.whl',
    'a-1.0-b1-py3-none-any.whl',
    'a-x-py3-none-any.whl',
    'a__b-1.0-py3-none-any.whl',
    'a-1.0-py3..py2-none-any.whl',
    'a-1.0-3-none-any.whl',
    '../a-1.0-py3-none-any.whl',
    'a-1.0-py3-none-a/b.whl',
    'a-1.0-py3-none-any.whl\n',
    'ä-1.0-py3-none-any.whl',
    `${'a'.repeat(250)}-1.0-py3-none-any.whl`,
  ])('%j is none', (fileName) => {
    expect(parseWheelName(fileName)).toBeUndefined()
  })
})

describe('an sdist’s name', () => {
  test.each([
    ['a-1.0.tar.gz', 'a', '1.0'],
    ['Foo.Bar_x-1.0rc1.zip', 'foo-bar-x', '1.0rc1'],
    ['a-1-2.zip', 'a-1', '2'],
    ['a-1-2.zip', 'a', '1.post2'],
    ['foo-bar-1.0.tar.bz2', 'foo-bar', '1.0'],
  ])('%s of %s is of version %s', (fileName, name, version) => {
    const found = parseSdistName(fileName, name)
    expect(found && printVersion(found.version)).toBe(version)
  })

  test.each([
    ['a-1.0.linux-x86_64.tar.gz', 'a'],
    ['a-1.0.tar.gz', 'b'],
    ['a-1.0.win32-py2.7.exe', 'a'],
    ['a-1.0-py2.7.egg', 'a'],
    ['a/../a-1.0.zip', 'a'],
    ['-1.0.zip', ''],
  ])('%s of %s is none', (fileName, name) => {
    expect(parseSdistName(fileName, name)).toBeUndefined()
  })
})

describe('the file that is installed', () => {
  const choose = (names: readonly string[], target: Target, installer: Installer) => {
    const files = names.map((name) => ({ name }))
    return chooserFor(target, installer)(findCandidates(files, { name: 'a', version: '1.0' }))?.file.name
  }

  test.each<[string, readonly string[], Target, string | undefined]>([
    ['is the wheel, not the sdist', ['a-1.0.tar.gz', 'a-1.0-py3-none-any.whl'], linux, 'a-1.0-py3-none-any.whl'],
    ['is the sdist without a wheel', ['a-1.0.tar.gz', 'a-1.0-cp312-cp312-win32.whl'], linux, 'a-1.0.tar.gz'],
    ['is none where none fits', ['a-1.0-cp312-cp312-win32.whl', 'a-1.0.exe'], linux, undefined],
    [
      'is of the newest glibc',
      [
        'a-1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
        'a-1.0-cp312-cp312-manylinux_2_34_x86_64.whl',
      ],
      linux,
      'a-1.0-cp312-cp312-manylinux_2_34_x86_64.whl',
    ],
    [
      'is for the machine before any',
      ['a-1.0-py3-none-any.whl', 'a-1.0-py3-none-manylinux_2_31_x86_64.whl'],
      linux,
      'a-1.0-py3-none-manylinux_2_31_x86_64.whl',
    ],
    [
      'is of the wanted version',
      ['a-2.0-py3-none-any.whl', 'a-1-py2.py3-none-any.whl', 'b-1.0-py3-none-any.whl'],
      linux,
      'a-1-py2.py3-none-any.whl',
    ],
  ])('%s', (_, names, target, expected) => {
    for (const installer of ['pip', 'poetry', 'uv', 'pdm', 'pylock'] as const)
      expect(choose(names, target, installer), installer).toBe(expected)
  })

  const builds = ['a-1.0-1-py3-none-macosx_11_0_arm64.whl', 'a-1.0-2-py3-none-macosx_10_9_universal2.whl']
  test.each<[Installer, string | undefined]>([
    ['pip', builds[0]],
    ['uv', builds[0]],
    ['pdm', builds[0]],
    ['pylock', builds[0]],
    ['poetry', builds[1]],
  ])('by build tag: %s', (installer, expected) => {
    expect(choose(builds, mac, installer)).toBe(expected)
  })

  const rebuilt = ['a-1.0-py3-none-any.whl', 'a-1.0-2-py3-none-any.whl', 'a-1.0-10-py3-none-any.whl']
  test.each<[Installer, string | undefined]>([
    ['pip', rebuilt[2]],
    ['uv', rebuilt[2]],
    ['poetry', rebuilt[2]],
    ['pylock', rebuilt[0]],
  ])('by build tag of the same tags: %s', (installer, expected) => {
    expect(choose(rebuilt, linux, installer)).toBe(expected)
  })

  const equals = ['a-1.0-py2.py3-none-any.whl', 'a-1.0-py3-none-any.whl']
  test.each<[Installer, string | undefined]>([
    ['pip', equals[1]],
    ['uv', equals[0]],
    ['pdm', equals[0]],
    ['poetry', equals[0]],
    ['pylock', equals[0]],
  ])('of equals: %s', (installer, expected) => {
    expect(choose(equals, linux, installer)).toBe(expected)
  })

  test('is only of the kind that is allowed', () => {
    const files = ['a-1.0.tar.gz', 'a-1.0-py3-none-any.whl'].map((name) => ({ name }))
    const candidates = findCandidates(files, { name: 'a', version: '1.0' })
    const chooser = chooserFor(linux, 'uv')
    expect(chooser(candidates, 'sdist')?.file.name).toBe('a-1.0.tar.gz')
    expect(chooser(candidates.slice(0, 1), 'wheel')).toBeUndefined()
  })
})

test('is the same for many packages and targets at once', () => {
  const targets = [linux, mac, { ...linux, python: '3.13' }, { ...linux, system: 'aarch64-linux' }]
  const stem = fc.constantFrom('a-1.0', 'A-1', 'b-1.0', 'a-2.0', 'a__b-1.0', 'a-x')
  const middle = fc.constantFrom('', '-1', '-2rc', '-b1')
  const tags = fc.constantFrom(
    'py3-none-any',
    'py2.py3-none-any',
    'cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64',
    'cp312-abi3-manylinux_2_34_aarch64',
    'cp313-cp313-macosx_11_0_arm64',
    'cp312-cp312-macosx_10_9_universal2',
    'cp312-cp312-win32',
    'cp312-cp312',
    `${'x'.repeat(250)}-none-any`,
  )
  const wheel = fc.tuple(stem, middle, tags).map((parts) => `${parts[0]}${parts[1]}-${parts[2]}.whl`)
  const other = fc.constantFrom(
    'a-1.0.tar.gz',
    'A-1.zip',
    'b-1.0.tar.gz',
    'a-1.0-py3-none-any.tar.gz',
    'a-1.0.exe',
    'a',
  )
  const names = fc.array(fc.oneof({ weight: 3, arbitrary: wheel }, other), { maxLength: 8 })
  const fileKinds = fc.option(fc.subarray<FileKind>(['wheel', 'sdist']), { nil: undefined })
  const packages = fc.array(fc.record({ names, name: fc.constantFrom('a', 'b'), fileKinds }), { maxLength: 4 })
  const installers = fc.constantFrom<Installer>('pip', 'poetry', 'uv', 'pdm', 'pylock')
  fc.assert(
    fc.property(installers, packages, (installer, list) => {
      const find = fileFinder(targets, installer)
      for (const each of list) {
        const pkg = { name: each.name, version: '1.0', fileKinds: each.fileKinds }
        const candidates = findCandidates(
          each.names.map((name, index) => ({ name, index })),
          pkg,
        ).filter(({ kind }) => each.fileKinds?.includes(kind) ?? true)
        const one = targets.map((target) => chooserFor(target, installer)(candidates)?.file.index)
        expect(find(each.names, pkg)).toEqual(one)
      }
    }),
    { numRuns: 500 },
  )
})

test('markers see the target', () => {
  expect(environmentOf({ ...linux, system: 'aarch64-linux' })).toMatchObject({
    platform_machine: 'aarch64',
    platform_system: 'Linux',
    python_version: '3.12',
    sys_platform: 'linux',
  })
  expect(environmentOf(mac, 4)).toMatchObject({
    implementation_version: '3.12.4',
    platform_machine: 'arm64',
    platform_system: 'Darwin',
    python_full_version: '3.12.4',
    sys_platform: 'darwin',
  })
})

test.each([
  ['>=3.9', '3.12', 99],
  ['==3.11.4', '3.11', 4],
  ['<3.12.4', '3.12', 3],
  ['>3.12.4,<=3.12.7', '3.12', 7],
  ['<3.12', '3.12', undefined],
  ['<=3.12', '3.12', 0],
  ['~=3.11.2', '3.12', undefined],
])('a project that requires Python %s has of %s the patch release %s', (requires, python, expected) => {
  expect(findPatch(python, parseSpecifiers(requires))).toBe(expected)
})
