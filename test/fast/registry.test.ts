/** What a lock format or a problem code still lacks: run this after adding one. Each message says what to add. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ecosystems } from '../../converters/index.ts'
import { bundle } from '../../scripts/build.mjs'
import { codes } from '../../src/problem.ts'
import { findIn } from '../support/find-in.ts'
import { fixturesDir, listCases } from '../support/fixture-case.ts'

const root = join(fixturesDir, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const formats = ecosystems.flatMap((ecosystem) => ecosystem.formats.map((format) => ({ ecosystem, format })))

test('names are unique: a fixture folder is chosen by them', () => {
  const names = formats.map(({ format }) => format.name)
  expect(new Set(names).size).toBe(names.length)
})

test('of formats that share a file name, all but the last tell whether a file is theirs', () => {
  const files = new Set(formats.flatMap(({ format }) => format.files))
  for (const file of files) {
    const claiming = formats.filter(({ format }) => format.files.includes(file))
    const silent = claiming.slice(0, -1).filter(({ format }) => format.recognizes === undefined)
    expect(silent.map(({ format }) => format.name)).toEqual([])
  }
})

const signs: readonly (readonly [what: string, sign: RegExp])[] = [
  ['the smallest project', /\/smallest/],
  ['an alias', /\/alias/],
  ['a git dependency', /"git": "/],
  ['a local package', /"local": \{\n|"directory": "/],
  ['an entry without a digest', /"claim": ""/],
  ['an entry with a weak digest', /"claim": "sha1-/],
  ['hostile strings', /\/hostile/],
  ['an unknown version of the format', /"code": "lock-version"/],
  ['a syntax error', /"code": "lock-syntax"/],
  ['another encoding', /"code": "lock-encoding"/],
  ['merge conflicts', /"code": "lock-conflict"/],
  ['a path that leaves the project', /"code": "path-escapes"/],
  ['credentials in a URL', /"code": "url-credentials"/],
  ['an integrity that cannot be read', /"code": "integrity-invalid"/],
]

/** What a format has no words for, and so no fixture of. */
const cannotSay: Readonly<Record<string, readonly string[]>> = {
  // Its digests are of zip files that Yarn makes, and always sha512.
  'yarn-berry': ['an entry with a weak digest'],
  // A Python package has one name, under which it is imported.
  'poetry-lock': ['an alias'],
  'uv-lock': ['an alias'],
  'pdm-lock': ['an alias'],
  pylock: ['an alias'],
  'pipfile-lock': ['an alias'],
  // It has no versions.
  requirements: ['an alias', 'an unknown version of the format'],
}

describe.each(formats)('$format.name', ({ ecosystem, format }) => {
  const cases = listCases(`${format.name}/`).map(({ name, dir }) => ({
    name,
    expected: readAll(join(dir, 'expected')),
  }))
  const has = (sign: RegExp) => cases.some(({ name, expected }) => sign.test(expected) || sign.test(name))

  test('has a reader in a file of its name', async () => {
    const path = `converters/${ecosystem.name}/readers/${format.name}/${format.name}.ts`
    expect(existsSync(join(root, path)), `add ${path}`).toBe(true)
    expect(await format.load()).toMatchObject({ read: expect.any(Function) })
  })

  test.each(format.versions)('has a fixture of version %s', (version) => {
    const sign = new RegExp(`"format": "${format.name}", "version": "${version}"`)
    expect(has(sign), `add a case under fixtures/${format.name}/`).toBe(true)
  })

  const sayable = signs.filter(([what]) => cannotSay[format.name]?.includes(what) !== true)
  test.each(sayable)('has a fixture with %s', (_, sign) => {
    expect(has(sign), `add a case under fixtures/${format.name}/, named after what is special`).toBe(true)
  })

  test('stands in the README', () => {
    for (const file of format.files) expect(readme, `name ${file} under "What is supported"`).toContain(`\`${file}\``)
  })
})

describe('static files', () => {
  let built: ReadonlySet<string>
  beforeAll(async () => {
    built = new Set((await bundle()).files.keys())
  })

  test.each(ecosystems)('of $name are built', ({ name, buildFiles }) => {
    const missing = [...buildFiles, 'settings.txt'].filter((file) => !built.has(`assets/${name}/${file}`))
    expect(missing, 'add them to scripts/build.mjs').toEqual([])
  })
})

describe('problem codes', () => {
  const sources = findIn(root, ['src', 'converters'], /\.ts$/).filter(([path]) => path !== 'src/problem.ts')
  const tests = findIn(root, ['test', 'fixtures'], /\.(?:ts|json)$/).filter(
    ([path]) => path !== 'test/fast/registry.test.ts',
  )

  test.each(Object.keys(codes))('%s is produced, and a fixture or test shows it', (code) => {
    const quoted = new RegExp(`['"]${code}['"]`)
    // As a value, or in what the program prints.
    const named = new RegExp(`['"]${code}['"]|(?<![\\w-])${code}(?:: |\\[|$|\\/)`, 'm')
    expect(
      sources.some(([, text]) => quoted.test(text)),
      'nothing produces it: remove it from src/problem.ts',
    ).toBe(true)
    expect(
      tests.some(([, text]) => named.test(text)),
      'add a fixture or a test that produces it',
    ).toBe(true)
  })
})

function readAll(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
}
