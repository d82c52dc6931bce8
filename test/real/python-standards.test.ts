/**
 * Python's standards against PyPA's own packaging, pip and Poetry: the same answer to the same question, for thousands of generated cases, real
 * markers, and every wheel of big projects on the index.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PUBLIC_INDEX } from '../../converters/python/public-index.ts'
import { readLines } from '../../converters/python/readers/requirements/requirements-text.ts'
import { chooserFor, findCandidates } from '../../converters/python/standards/choose-file.ts'
import { environmentOf } from '../../converters/python/standards/environment.ts'
import { evaluateMarker, parseMarker, type MarkerEnvironment } from '../../converters/python/standards/marker.ts'
import { isNormalizedName, normalizeName } from '../../converters/python/standards/name.ts'
import { parseRequirement } from '../../converters/python/standards/requirement.ts'
import {
  filterVersions,
  findSpecifiers,
  parseSpecifiers,
  satisfies,
} from '../../converters/python/standards/specifier.ts'
import { supportedTags } from '../../converters/python/standards/tags.ts'
import { DEFAULT_GLIBC, DEFAULT_MACOS, getPlatform, type Target } from '../../converters/python/standards/target.ts'
import {
  compareVersions,
  getVersion,
  isPrerelease,
  parseVersion,
  printVersion,
  publicVersion,
  PYTHON_SPACE,
} from '../../converters/python/standards/version.ts'
import { parseWheelName, splitTags } from '../../converters/python/standards/wheel-name.ts'
import { keptDirectory } from '../../scripts/scratch.mjs'
import { ProblemError } from '../../src/problem.ts'
import { packagingOracle, type Oracle } from '../support/packaging-oracle.ts'
import {
  legalVersion,
  markerText,
  nameText,
  requirementsFile,
  requirementText,
  specifierText,
  versionText,
  wheelText,
} from '../support/python-arbitraries.ts'

const CASES = { numRuns: 5000 }

const cpython = (system: string, python: string, more: Partial<Target> = {}): Target => ({
  system,
  python,
  implementation: 'cpython',
  ...more,
})
const systems = ['x86_64-linux', 'aarch64-linux', 'x86_64-darwin', 'aarch64-darwin']
const pythons = ['3.9', '3.10', '3.11', '3.12', '3.13', '3.14']
/** The eight targets whose choices are compared for every wheel. */
const eight: readonly Target[] = [
  cpython('x86_64-linux', '3.12'),
  cpython('x86_64-linux', '3.9', { glibc: [2, 28] }),
  cpython('x86_64-linux', '3.14', { freeThreaded: true }),
  cpython('x86_64-linux', '3.12', { musl: [1, 2] }),
  cpython('aarch64-linux', '3.13'),
  cpython('x86_64-darwin', '3.10', { macos: [12, 0] }),
  cpython('aarch64-darwin', '3.12'),
  { system: 'x86_64-linux', python: '3.11', implementation: 'pypy' },
]
const askedOfPoetry = new Set([eight[0], eight[6]])
const environments: readonly MarkerEnvironment[] = [
  ...systems.flatMap((system) => pythons.map((python) => environmentOf(cpython(system, python), 4))),
  environmentOf({ system: 'aarch64-linux', python: '3.11', implementation: 'pypy' }),
  { ...environmentOf(cpython('x86_64-linux', '3.8'), 0), platform_release: '6.1.0', extra: 'Foo-bar' },
  {
    ...environmentOf(cpython('x86_64-linux', '3.12')),
    extras: new Set(['foo']),
    dependency_groups: new Set(['foo_BAR']),
  },
]

let oracle: Oracle
beforeAll(() => {
  oracle = packagingOracle()
})
afterAll(() => oracle.stop())

describe('generated', () => {
  /** Both answers of each of many cases. */
  const compare = <T>(cases: fc.Arbitrary<T>, theirs: (one: T) => Promise<unknown>, ours: (one: T) => unknown) =>
    fc.assert(
      fc.asyncProperty(cases, async (one) => {
        expect(ours(one)).toEqual(await theirs(one))
      }),
      CASES,
    )

  test('versions are read and printed as packaging does', () =>
    compare(
      versionText,
      (text) => oracle.ask('version', text),
      (text) => {
        const version = parseVersion(text)
        return version === undefined
          ? null
          : [printVersion(version), isPrerelease(version), printVersion(publicVersion(version))]
      },
    ))

  test('versions have the same order', () =>
    compare(
      fc.tuple(legalVersion, legalVersion),
      ([a, b]) => oracle.ask('compare', a, b),
      ([a, b]) => Math.sign(compareVersions(getVersion(a), getVersion(b))),
    ))

  const prereleases = fc.constantFrom(true, false, null)

  test('specifiers let the same versions through', () =>
    compare(
      fc.tuple(versionText, specifierText, prereleases),
      (words) => oracle.ask('satisfies', ...words),
      ([version, text, choice]) => {
        const specifiers = findSpecifiers(text)
        return specifiers === undefined ? null : satisfies(version, specifiers, { prereleases: choice ?? undefined })
      },
    ))

  test('specifiers choose the same of several versions', () =>
    compare(
      fc.tuple(
        fc.array(legalVersion, { maxLength: 8 }),
        specifierText.filter((text) => findSpecifiers(text) !== undefined),
        prereleases,
      ),
      (words) => oracle.ask('choose_versions', ...words),
      ([versions, text, choice]) => {
        const parsed = versions.map((version) => getVersion(version))
        return filterVersions(parsed, parseSpecifiers(text), { prereleases: choice ?? undefined }).map(printVersion)
      },
    ))

  test('names are normalized as packaging does', () =>
    compare(
      nameText,
      (text) => oracle.ask('name', text),
      (text) => [normalizeName(text), isNormalizedName(normalizeName(text))],
    ))

  test('requirements have the same parts', () =>
    compare(
      requirementText,
      (text) => oracle.ask('requirement', text),
      (text) =>
        orNull(() => {
          const { name, extras, specifierText: specifiers, url, marker } = parseRequirement(text)
          const parts = specifiers.split(',').map((part) => part.replace(new RegExp(PYTHON_SPACE, 'g'), ''))
          const listed = parts.filter((part) => part !== '').sort()
          return [name, [...new Set(extras)].sort(), listed, url ?? null, marker !== undefined]
        }),
    ))

  test('markers hold in the same environments', () =>
    compare(
      markerText,
      (text) => oracle.ask('marker', text, environments.map(sendable)),
      (text) => decide(text, environments),
    ))

  test('requirements files have the same lines as for pip', () =>
    compare(
      requirementsFile,
      (text) => oracle.ask('requirement_lines', text),
      (text) =>
        readLines(text).map(({ line, requirement, options }) => {
          const all = (wanted: string) => options.flatMap(([name, value]) => (name === wanted ? [value] : []))
          const lists = ['--editable', '--requirement', '--constraint', '--extra-index-url', '--hash'].map(all)
          return [line, requirement, ...lists, all('--index-url').at(-1) ?? null]
        }),
    ))

  test('names of wheels have the same parts', () =>
    compare(
      wheelText,
      (text) => oracle.ask('wheel', text),
      (text) => wheelParts(text),
    ))
})

describe('real', () => {
  test('markers hold on every target as packaging says', async () => {
    const file = new URL('../support/python-markers.txt', import.meta.url)
    const markers = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('#'))
    expect(new Set(markers).size).toBeGreaterThanOrEqual(2000)
    const different: unknown[] = []
    for (const text of markers) {
      const asked = [...environments, ...withExtrasOf(text)]
      const theirs = await oracle.ask('marker', text, asked.map(sendable))
      if (JSON.stringify(theirs) !== JSON.stringify(decide(text, asked))) different.push(text)
    }
    expect(different).toEqual([])
  })

  const allTargets: readonly Target[] = [
    ...eight,
    ...systems.flatMap((system) => ['3.6', '3.7', ...pythons].map((python) => cpython(system, python))),
    ...['i686-linux', 'armv7l-linux', 'armv6l-linux', 'powerpc64le-linux', 'riscv64-linux', 's390x-linux'].map(
      (system) => cpython(system, '3.12'),
    ),
    ...systems.slice(0, 2).map((system) => cpython(system, '3.13', { musl: [1, 1], freeThreaded: true })),
    ...systems.slice(2).flatMap((system) =>
      (
        [
          [10, 9],
          [10, 15],
          [11, 0],
          [15, 4],
          [26, 1],
        ] as const
      ).map((macos) => cpython(system, '3.12', { macos })),
    ),
    ...systems.map((system): Target => ({ system, python: '3.10', implementation: 'pypy' })),
  ]

  test.each(allTargets.map((target) => [JSON.stringify(target), target] as const))(
    'tags of %s are the same, in the same order',
    async (_, target) => {
      expect(supportedTags(target)).toEqual(await oracle.ask('supported', describeTarget(target)))
    },
  )

  test('wheels of big projects have the same parts, and the same one is chosen', async () => {
    const projects = await bigProjects()
    const names = [...projects.values()].flat().filter((name) => name.endsWith('.whl'))
    expect(new Set(names).size).toBeGreaterThanOrEqual(20_000)
    const theirParts = await oracle.ask('wheels', names)
    if (!Array.isArray(theirParts)) throw new Error('not a list')
    const unlike = names.filter((name, index) => JSON.stringify(wheelParts(name)) !== JSON.stringify(theirParts[index]))
    expect(unlike).toEqual([])
    const releases = [...projects].flatMap(([project, files]) => releasesOf(project, files))
    let chosen = 0
    for (const target of eight)
      for (const installer of ['pip', 'uv', 'poetry', 'pylock'] as const) {
        // Poetry looks every tag up in a list: minutes for all targets.
        if (installer === 'poetry' && !askedOfPoetry.has(target)) continue
        const choose = chooserFor(target, installer)
        const lists = releases.map((release) => release.files.map(({ name }) => name))
        const theirs = await oracle.ask('choose', lists, describeTarget(target), installer)
        const ours = releases.map(
          ({ files, ...which }) => choose(findCandidates(files, which), 'wheel')?.file.name ?? null,
        )
        expect(ours).toEqual(theirs)
        chosen += ours.filter((name) => name !== null).length
      }
    expect(chosen).toBeGreaterThan(15_000)
  })
})

function describeTarget(target: Target): unknown {
  return {
    ...getPlatform(target.system),
    python: target.python.split('.').map(Number),
    implementation: target.implementation,
    glibc: target.glibc ?? DEFAULT_GLIBC,
    musl: target.musl ?? null,
    macos: target.macos ?? DEFAULT_MACOS,
    freeThreaded: target.freeThreaded ?? false,
  }
}

/** Every extra that the text names, on two targets. */
function withExtrasOf(text: string): readonly MarkerEnvironment[] {
  const extras = [...text.matchAll(/extra *== *["']([^"']*)/g)].map(([, extra = '']) => extra)
  return extras.flatMap((extra) =>
    environments
      .slice(0, 24)
      .filter((_, index) => index % 7 === 3)
      .map((one) => ({ ...one, extra })),
  )
}

/** Sets are sent as lists. */
function sendable(environment: MarkerEnvironment): unknown {
  const entries = Object.entries(environment)
  return Object.fromEntries(entries.map(([key, value]) => [key, value instanceof Set ? [...value] : value]))
}

/** `invalid`, or for each environment whether it holds. */
function decide(text: string, asked: readonly MarkerEnvironment[]): unknown {
  const marker = orNull(() => parseMarker(text))
  if (marker === null) return 'invalid'
  return asked.map((environment) => orNull(() => evaluateMarker(marker, environment)) ?? 'undefined')
}

function wheelParts(fileName: string): unknown {
  const wheel = parseWheelName(fileName)
  if (wheel === undefined) return null
  const build = wheel.build === undefined ? [] : [Number(wheel.build.number), wheel.build.suffix]
  const { pairs, platforms } = splitTags(wheel.tags)
  const tags = pairs.flatMap((pair) => platforms.map((platform) => `${pair}-${platform}`))
  return [wheel.name, printVersion(wheel.version), build, [...new Set(tags)].sort()]
}

function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    if (error instanceof ProblemError) return null
    throw error
  }
}

interface Release {
  readonly name: string
  readonly version: string
  readonly files: readonly { readonly name: string }[]
}

function releasesOf(name: string, files: readonly string[]): readonly Release[] {
  const byVersion = new Map<string, { readonly name: string }[]>()
  for (const file of files) {
    const wheel = parseWheelName(file)
    if (wheel === undefined) continue
    const version = printVersion(wheel.version)
    byVersion.set(version, [...(byVersion.get(version) ?? []), { name: file }])
  }
  return [...byVersion].map(([version, list]) => ({ name, version, files: list }))
}

/** The file names of some projects with many kinds of wheels, as the index lists them; asked once for all runs. */
async function bigProjects(): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = [
    'aiohttp',
    'cmeel-boost',
    'cryptography',
    'grpcio',
    'lxml',
    'numpy',
    'opencv-python',
    'orjson',
    'pandas',
    'pillow',
  ]
  names.push('psycopg2-binary', 'pydantic-core', 'ray', 'scipy', 'tensorboard-data-server')
  const pages = names.map(async (name) => [name, await fileNames(name)] as const)
  return new Map(await Promise.all(pages))
}

async function fileNames(project: string): Promise<readonly string[]> {
  const kept = join(keptDirectory('python-file-names'), `${project}.txt`)
  if (existsSync(kept)) return readFileSync(kept, 'utf8').split('\n')
  const answer = await fetch(`${PUBLIC_INDEX}${project}/`)
  if (!answer.ok) throw new Error(`the index answers ${answer.status} for ${project}`)
  const names = [...(await answer.text()).matchAll(/<a [^>]*>\s*([^<\s]+)\s*<\/a>/g)].map(([, name = '']) => name)
  writeFileSync(kept, names.join('\n'))
  return names
}
