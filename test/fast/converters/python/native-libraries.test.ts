/** The table of what sources need of the system, and what it says to those who build without Nix. */
import { describe, expect, test } from 'vitest'
import { nativeHint, nativeLibraries } from '../../../../converters/python/native-libraries.ts'
import { normalizeName } from '../../../../converters/python/standards/name.ts'

describe('the table', () => {
  const names = [...nativeLibraries.keys()]
  const entries = [...nativeLibraries.values()]

  test('has each package once, under its normalized name, in order', () => {
    expect(names).toEqual(names.map(normalizeName))
    expect(names).toEqual([...new Set(names)].sort())
  })

  test('names attributes in the one form that python.nix reads', () => {
    const attribute = String.raw`[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*`
    const form = new RegExp(`^${attribute}(?: or ${attribute})*\\??$`)
    const wanted = entries.flatMap(({ nativeBuildInputs = [], buildInputs = [] }) => [
      ...nativeBuildInputs,
      ...buildInputs,
    ])
    expect(wanted.length).toBeGreaterThan(100)
    expect(wanted.filter((each) => !form.test(each))).toEqual([])
    const variables = entries.flatMap(({ env = {} }) => Object.values(env))
    const template = new RegExp(`^(?:[^$\\\\]|\\$\\{${attribute}\\})+$`)
    expect(variables.filter((text) => !template.test(text))).toEqual([])
  })

  test('has nothing but what is read', () => {
    const known = ['nativeBuildInputs', 'buildInputs', 'env', 'debian']
    expect(entries.flatMap((entry) => Object.keys(entry)).filter((key) => !known.includes(key))).toEqual([])
    expect(entries.filter((entry) => Object.values(entry).some((value) => Object.keys(value).length === 0))).toEqual([])
  })
})

describe('where a build failed', () => {
  const failed = { backend: 'setuptools.build_meta', needs: ['setuptools'] }

  test('libraries and the packages that bring them are named', () => {
    expect(nativeHint({ ...failed, name: 'psycopg2' })).toBe(
      'to be built from source, psycopg2 needs libpq with headers on this machine (Debian, Ubuntu: `apt-get install libpq-dev`); or lock a release that has a wheel for this Python',
    )
    expect(nativeHint({ ...failed, name: 'ta-lib' })).toContain('needs ta-lib with headers on this machine; or')
    expect(nativeHint({ ...failed, name: 'uvloop' })).toContain('needs tools on this machine (Debian')
  })

  test('Rust is told by what a package is built with', () => {
    expect(nativeHint({ name: 'rpds-py', backend: 'maturin', needs: ['maturin'] })).toMatch(
      /^rpds-py is written in Rust/,
    )
    expect(nativeHint({ ...failed, name: 'bcrypt', needs: ['setuptools', 'setuptools-rust'] })).toMatch(/Rust/)
  })

  test('nothing is said of what is unknown, or needs nothing', () => {
    expect(nativeHint({ ...failed, name: 'markupsafe' })).toBeUndefined()
    expect(nativeHint({ ...failed, name: 'pyyaml' })).toBeUndefined()
  })
})
