/** uv.lock: which files of a package count, by uv's own settings. */
import { describe, expect, test } from 'vitest'
import { uvLock } from '../../../../converters/python/readers/uv-lock/uv-lock.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

const HASH = `hash = "sha256:${'a'.repeat(64)}"`
const url = (name: string) => `{ url = "https://files.pythonhosted.org/packages/${name}", ${HASH} }`
const lock = `version = 1
requires-python = ">=3.11"
[[package]]
name = "app"
version = "1.0"
source = { virtual = "." }
dependencies = [{ name = "both" }, { name = "other" }, { name = "source" }]
[package.metadata]
requires-dist = [{ name = "both" }, { name = "other" }, { name = "source" }]
${['both', 'other'].map((name) => described(name, `wheels = [${url(`${name}-1.0-py3-none-any.whl`)}]`)).join('')}
${described('source')}`

function described(name: string, wheels = ''): string {
  return `[[package]]
name = "${name}"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
sdist = ${url(`${name}-1.0.tar.gz`)}
${wheels}
`
}

const PROJECT =
  '[project]\nname = "app"\nversion = "1.0"\nrequires-python = ">=3.11"\ndependencies = ["both", "other", "source"]\n'

/** Kinds of files by package: `w` for a wheel, `s` for a source archive. */
function kinds(settings: string, more: Readonly<Record<string, string>> = {}): string {
  const found = new Map(
    Object.entries({ 'uv.lock': lock, 'pyproject.toml': `${PROJECT}[tool.uv]\n${settings}`, ...more }),
  )
  const files = { find: (path: string) => found.get(path), directories: () => [] }
  const { packages } = uvLock.read({ file: 'uv.lock', files, userConfig: [], environment: {} }).lock
  return ['both', 'other', 'source']
    .map((name) => [...packages.values()].find((each) => each.name === name)?.sources ?? [])
    .map((sources) => sources.map((each) => ('urls' in each && each.urls[0].endsWith('.whl') ? 'w' : 's')).join(''))
    .join(' ')
}

test('dev-dependencies of uv are a part of the group dev, beside what the standard group has', () => {
  const groups = '[dependency-groups]\ndev = ["both"]\n'
  const files = (uv: string) =>
    new Map([
      [
        'uv.lock',
        lock.replace(
          /(?=\[\[package\]\]\nname = "both")/,
          '[package.metadata.requires-dev]\ndev = [{ name = "both" }, { name = "other" }]\n',
        ),
      ],
      ['pyproject.toml', `${PROJECT}${groups}[tool.uv]\n${uv}`],
    ])
  const read = (uv: string) => {
    const find = (path: string) => files(uv).get(path)
    return uvLock.read({ file: 'uv.lock', files: { find, directories: () => [] }, userConfig: [], environment: {} })
  }
  expect(read('dev-dependencies = ["other"]').lock.roots[0].name).toBe('app')
  expect(thrownProblems(() => read(''))).toMatchObject([
    { code: 'manifest-mismatch', message: expect.stringContaining('other') },
  ])
})

describe('uv', () => {
  test('takes wheels and source archives unless its settings rule them out', () => {
    expect(kinds('')).toBe('ws ws s')
    expect(kinds('no-binary-package = ["Both"]')).toBe('s ws s')
    expect(kinds('no-binary = true')).toBe('s s s')
    expect(kinds('no-build-package = ["other"]')).toBe('ws w s')
  })

  test('lets what is said of one package count before what is said of all', () => {
    expect(kinds('no-binary = true\nno-build-package = ["other"]')).toBe('s w s')
    expect(kinds('no-build = true\nno-binary-package = ["both"]')).toBe('s w s')
  })

  test('reads uv.toml instead of pyproject.toml where there is one', () => {
    expect(kinds('no-binary = true', { 'uv.toml': 'no-build = true\n' })).toBe('w w s')
  })
})
