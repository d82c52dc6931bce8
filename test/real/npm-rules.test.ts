/** Our own readings of npm's rules against npm itself: its semver, and what `npm ci --omit` installs. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { satisfies } from '../../converters/node/semver-range.ts'
import { chosenNode, convert, copyProject, removeProject, runNpm, system, type Project } from '../support/fidelity.ts'

interface Semver {
  validRange(range: string, loose: boolean): string | null
  satisfies(version: string, range: string, loose: boolean): boolean
}

describe('ranges', () => {
  const npm = createRequire(join(chosenNode().prefix, 'lib/node_modules/npm/package.json'))
  const semver: Semver = npm('semver')
  const number = fc.nat(3).map(String)
  const pre = fc.constantFrom('', '', '', '-alpha', '-beta.1', '-0', '-rc.2', '-1')
  const version = fc.tuple(number, number, number, pre).map(([a, b, c, d]) => `${a}.${b}.${c}${d}`)
  const part = fc.oneof(
    version,
    number,
    fc.tuple(number, number).map((numbers) => numbers.join('.')),
    number.map((a) => `${a}.x`),
    fc.tuple(number, number).map(([a, b]) => `${a}.${b}.*`),
  )
  const operator = fc.constantFrom('', '^', '~', '>=', '<=', '>', '<', '=', '~>', '>= ')
  const simple = fc.tuple(operator, part).map(([sign, wanted]) => sign + wanted)
  const alternative = fc.oneof(
    simple,
    fc.tuple(simple, simple).map((both) => both.join(' ')),
    fc.tuple(part, part).map((both) => both.join(' - ')),
    fc.constantFrom('', '*', 'latest'),
  )
  const range = fc.array(alternative, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(' || '))

  test('mean what npm’s semver says', () => {
    fc.assert(
      fc.property(version, range, (locked, wanted) => {
        const known = semver.validRange(wanted, true) !== null
        expect(satisfies(locked, wanted)).toBe(known ? semver.satisfies(locked, wanted, true) : undefined)
      }),
      { numRuns: 50_000 },
    )
  })
})

describe('omitting', () => {
  let project: Project | undefined
  afterEach(() => {
    if (project !== undefined) removeProject(project)
  })

  const omits = [['dev'], ['optional'], ['peer'], ['dev', 'optional']]
  const cases = ['workspace', 'peers', 'local-sources'].flatMap((name) => omits.map((omit) => ({ name, omit })))

  test.each(cases)('$omit from $name leaves what npm ci leaves', async ({ name, omit }) => {
    project = copyProject(name, 3)
    const flags = omit.map((kind) => `--omit=${kind}`)
    await runNpm(project, ['ci', '--ignore-scripts', ...flags])
    const installed = installedPaths(project.folder)
    const { part } = await convert(project, flags)
    expect(placesHere(part.plan['places'])).toEqual(installed)
  })
})

/** npm's own list of what it installed. */
function installedPaths(folder: string): readonly string[] {
  const file = join(folder, 'node_modules/.package-lock.json')
  if (!existsSync(file)) return []
  const lock: { packages: Record<string, unknown> } = JSON.parse(readFileSync(file, 'utf8'))
  return Object.keys(lock.packages)
    .filter((path) => path.includes('node_modules/'))
    .sort()
}

function placesHere(places: unknown): readonly string[] {
  return Object.entries(places as Record<string, { systems?: readonly string[] }>)
    .filter(([, { systems }]) => systems === undefined || systems.includes(system))
    .map(([path]) => path)
    .sort()
}
