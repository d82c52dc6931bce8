/** The reader and the plan over locks that npm wrote, whole and damaged. What single locks become stands in fixtures/npm-lock. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planNode } from '../../../converters/node/plan.ts'
import { npmLock } from '../../../converters/node/readers/npm-lock/npm-lock.ts'
import type { ReadResult } from '../../../src/model/converter.ts'
import type { Lock } from '../../../src/model/lock.ts'
import { ProblemError } from '../../../src/problem.ts'
import type { Problem } from '../../../src/problem.ts'
import { lockAs, type LockVersion } from '../../support/fidelity.ts'
import { problemsOf } from '../../support/problems-of.ts'

const projects = join(import.meta.dirname, '../../fidelity-projects')
const systems = ['x86_64-linux', 'aarch64-linux', 'x86_64-darwin', 'aarch64-darwin']

type Files = Readonly<Record<string, string>>

const read = (files: Files): Lock => readAll(files).lock

function readAll(files: Files): ReadResult {
  const find = (path: string): string | undefined => (Object.hasOwn(files, path) ? files[path] : undefined)
  return npmLock.read({
    file: 'package-lock.json',
    files: { find, directories: () => [] },
    userConfig: [],
    environment: {},
  })
}

const plan = (lock: Lock) => planNode(lock, { systems, omit: [], usePackageManager: false }).plan

function projectFiles(name: string, version: LockVersion): Files {
  const manifest = readFileSync(join(projects, name, 'package.json'), 'utf8')
  const lock = readFileSync(join(projects, name, 'package-lock.json'), 'utf8')
  return { 'package.json': manifest, 'package-lock.json': lockAs(lock, version) }
}

describe.each(['express', 'toolchain', 'react-scripts', 'esbuild', 'next', 'vite-react', 'peers', 'native-sqlite'])(
  '%s',
  (name) => {
    test('is the same project in lockfileVersion 1, 2 and 3', () => {
      const [one, two, three] = ([1, 2, 3] as const).map((version) => read(projectFiles(name, version)))
      expect(sources(two)).toEqual(sources(three))
      expect(sources(one)).toEqual(sources(three))
      expect(places(two)).toEqual(places(three))
      expect(places(one)).toEqual(places(three))
    })

    test('every need leads to a place, every place to a package, every edge to a package', () => {
      const lock = read(projectFiles(name, 3))
      for (const place of lock.layout?.values() ?? []) {
        if (place.kind === 'link') continue
        expect(lock.packages.has(place.id)).toBe(true)
        for (const need of place.needs) expect(lock.layout?.has(need.path)).toBe(true)
      }
      for (const { dependencies } of [...lock.roots, ...lock.packages.values()]) {
        for (const { to } of dependencies) expect(lock.packages.has(to)).toBe(true)
      }
    })

    test('the order of the lock file’s entries changes nothing', () => {
      const files = projectFiles(name, 3)
      const lock: { packages: Record<string, unknown> } = JSON.parse(files['package-lock.json'] ?? '')
      const packages = Object.fromEntries(Object.entries(lock.packages).reverse())
      const reversed = { ...files, 'package-lock.json': JSON.stringify({ ...lock, packages }) }
      expect(JSON.stringify(plan(read(reversed)))).toBe(JSON.stringify(plan(read(files))))
    })
  },
)

function sources(lock: Lock | undefined): readonly string[] {
  return [...(lock?.packages.values() ?? [])].map((pkg) => JSON.stringify([pkg.id, pkg.sources])).sort()
}

function places(lock: Lock | undefined): readonly string[] {
  return [...(lock?.layout ?? [])].map(([path, place]) =>
    JSON.stringify([path, place.kind === 'link' ? place.target : place.id, place.flags]),
  )
}

describe('a damaged lock', () => {
  const fixture = join(import.meta.dirname, '../../../fixtures/npm-lock')
  const texts = [
    'git-in-several-spellings',
    'bundled',
    'v2-both-halves',
    'v1-of-npm-6',
    'peer',
    'workspace-three-packages',
  ]
  const originals = texts.map((name) => ({
    manifest: readFileSync(join(fixture, name, 'input/package.json'), 'utf8'),
    lock: readFileSync(join(fixture, name, 'input/package-lock.json'), 'utf8'),
  }))
  const value = fc.oneof(
    fc.constantFrom<unknown>(null, true, 0, -1, 1e308, '', [], {}, [null], { a: null }, { '': {} }, [['x']]),
    fc.constantFrom('..', '../..', '/', 'file:..', 'file:x.tgz', 'npm:a@b', 'git+ssh://-x/y#', 'https://', '\u0000'),
    fc.constantFrom('\u001b[31m', '${x}', '__proto__', 'constructor', 'a'.repeat(300), 'https://u:p@h/x', '\ud800'),
    fc.string({ unit: 'binary' }),
    fc.jsonValue(),
  )

  test('gives problems or a plan, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.nat(),
        value,
        fc.boolean(),
        ({ manifest, lock }, at, put, asKey) => {
          const damaged = damage(JSON.parse(lock), { at, put, asKey })
          const problems = outcome({ 'package.json': manifest, 'package-lock.json': JSON.stringify(damaged) })
          for (const problem of problems) {
            expect(problem.where?.file).toBeTruthy()
            expect(problem.hint).toBeTruthy()
            expect(problem.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]|u:p@/)
          }
        },
      ),
      { numRuns: 4000 },
    )
  })

  function outcome(files: Files): readonly Problem[] {
    try {
      JSON.stringify(plan(read(files)))
      return []
    } catch (error) {
      if (error instanceof ProblemError) return error.problems
      throw error
    }
  }
})

interface Damage {
  /** Which value, counted in the order of the file and around. */
  readonly at: number
  readonly put: unknown
  /** The value becomes a key instead. */
  readonly asKey: boolean
}

function damage(lock: unknown, { at, put, asKey }: Damage): unknown {
  const spots: { holder: Record<string, unknown>; key: string }[] = []
  const walk = (holder: unknown): void => {
    if (typeof holder !== 'object' || holder === null) return
    for (const key of Object.keys(holder)) {
      spots.push({ holder: holder as Record<string, unknown>, key })
      walk((holder as Record<string, unknown>)[key])
    }
  }
  walk(lock)
  const spot = spots[at % spots.length]
  if (spot === undefined) return lock
  const { holder, key } = spot
  if (!asKey || typeof put !== 'string') holder[key] = put
  else Object.defineProperty(holder, put, { value: holder[key], enumerable: true })
  return lock
}

describe('manifests', () => {
  const lock = (dependencies: object, entries: object = {}) =>
    JSON.stringify({ lockfileVersion: 3, packages: { '': { dependencies }, ...entries } })
  const entry = { version: '1.2.0', resolved: 'https://h.example/a.tgz', integrity: `sha512-${'A'.repeat(86)}==` }
  const readWith = (asked: string, locked: string, more: object = {}) =>
    read({
      'package.json': JSON.stringify({ dependencies: { a: asked }, ...more }),
      'package-lock.json': lock({ a: locked }, { 'node_modules/a': entry }),
    })

  test.each([
    ['^1.0.0', '^1.0.0'],
    ['^1.1.0', '^1.0.0'],
    ['*', '^1.0.0'],
    ['npm:b@^1.0.0', 'npm:b@~1.2.0'],
    ['latest', 'latest'],
    ['https://h.example/a.tgz', 'https://h.example/a.tgz'],
  ])('asking for %s where %s was locked fits version 1.2.0', (asked, locked) => {
    expect(readWith(asked, locked).packages.size).toBe(1)
  })

  test.each([
    ['^2.0.0', '^1.0.0'],
    ['next', 'latest'],
    ['github:u/r', '^1.0.0'],
    ['https://h.example/b.tgz', 'https://h.example/a.tgz'],
  ])('asking for %s where %s was locked does not', async (asked, locked) => {
    const problems = await problemsOf(() => readWith(asked, locked))
    expect(problems).toMatchObject([
      { code: 'manifest-mismatch', where: { file: 'package.json', key: 'dependencies.a' } },
    ])
  })

  test('a workspace member that the lock does not know is a mismatch', async () => {
    const problems = await problemsOf(() => readWith('1', '1', { workspaces: ['packages/*', 'apps/new'] }))
    expect(problems).toMatchObject([{ code: 'manifest-mismatch', where: { key: 'workspaces' } }])
  })
})

describe('what npm would not install so', () => {
  const entry = (name: string, more: object) => {
    const resolved = `https://registry.example/${name}/-/${name}-1.0.0.tgz`
    return { version: '1.0.0', resolved, integrity: `sha512-${Buffer.alloc(64).toString('base64')}`, ...more }
  }
  const project = { name: 'p', version: '1.0.0', dependencies: { p0: '1.0.0' } }
  const filesOf = (entries: object, npmrc?: string): Files => ({
    'package.json': JSON.stringify(project),
    'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: { '': project, ...entries } }),
    ...(npmrc === undefined ? {} : { '.npmrc': npmrc }),
  })

  test('a peer of a peer of a peer is found, however many there are', () => {
    const peers = Array.from({ length: 20_000 }, (_, index) => {
      const next = { [`p${index + 1}`]: index === 19_998 ? '2.0.0' : '1.0.0' }
      return [`node_modules/p${index}`, entry(`p${index}`, index === 19_999 ? {} : { peerDependencies: next })]
    })
    expect(readAll(filesOf(Object.fromEntries(peers))).warnings).toMatchObject([
      { code: 'lock-inconsistent', where: { key: 'packages["node_modules/p19998"]' } },
    ])
  })

  test.each([
    ['only=prod', 'type --omit dev'],
    ['omit[]=peer', 'type --omit peer'],
    ['install-strategy=linked', 'remove the setting'],
    ['ignore-scripts=true', '"allowScripts"'],
  ])('%s in .npmrc is told', (setting, hint) => {
    const lock = read(
      filesOf({ 'node_modules/p0': entry('p0', { hasInstallScript: true }) }, `fund=false\n${setting}\n`),
    )
    const { warnings } = planNode(lock, { systems, omit: [], usePackageManager: false })
    expect(warnings).toMatchObject([{ code: 'setting-ignored', where: { file: '.npmrc', line: 2 } }])
    expect(warnings[0]?.message).toContain(setting)
    expect(warnings[0]?.hint).toContain(hint)
  })

  test.each(['ignore-scripts=true', 'legacy-peer-deps=true', 'install-strategy=hoisted', 'optional=true'])(
    '%s is not where it changes nothing',
    (setting) => {
      const lock = read(filesOf({ 'node_modules/p0': entry('p0', {}) }, setting))
      expect(planNode(lock, { systems, omit: [], usePackageManager: false }).warnings).toEqual([])
    },
  )
})
