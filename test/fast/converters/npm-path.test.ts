/** Install paths become paths on disk: what is let through stays inside the project, below its own node_modules. */
import { posix } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseInstallPath } from '../../../converters/node/readers/install-path.ts'
import { plainPath } from '../../../src/text/locations.ts'

describe('paths that npm writes', () => {
  test.each([
    ['node_modules/ms', 'ms', ''],
    ['node_modules/@s/a', '@s/a', ''],
    ['node_modules/a/node_modules/@s/b', '@s/b', 'node_modules/a'],
    ['packages/a/node_modules/b', 'b', 'packages/a'],
    ['node_modules/JSONStream', 'JSONStream', ''],
    ['node_modules/-', '-', ''],
    ['node_modules/@s/__proto__', '@s/__proto__', ''],
    ['node_modules/a/inner/node_modules/b', 'b', 'node_modules/a/inner'],
  ])('%s', (path, name, parent) => {
    expect(parseInstallPath(path)).toEqual({ kind: 'package', name, parent })
  })

  test('of the project and of directories', () => {
    expect(parseInstallPath('')).toEqual({ kind: 'project' })
    expect(parseInstallPath('packages/a b')).toEqual({ kind: 'directory', inner: false })
    expect(parseInstallPath('node_modules/a/inner')).toEqual({ kind: 'directory', inner: true })
  })
})

test.each([
  ['..', 'path-escapes'],
  ['a/../../b', 'path-escapes'],
  ['/etc', 'path-escapes'],
  ['C:/x', 'path-escapes'],
  ['~/x', 'path-escapes'],
  ['a\\b', 'path-escapes'],
  ['./a', 'path-escapes'],
  ['a//b', 'path-escapes'],
  ['a/', 'path-escapes'],
  ['.GIT/hooks', 'path-escapes'],
  ['NODE_MODULES/a', 'path-escapes'],
  ['a\nb', 'text-invalid'],
  ['a\u0000', 'text-invalid'],
  ['node_modules', 'name-invalid'],
  ['node_modules/node_modules/a', 'name-invalid'],
  ['node_modules/favicon.ico', 'name-invalid'],
  ['node_modules/.bin', 'name-invalid'],
  ['node_modules/@s', 'name-invalid'],
  ['node_modules/@s/.a', 'name-invalid'],
  ['node_modules/_a', 'name-invalid'],
  ['node_modules/a b', 'name-invalid'],
  [`node_modules/${'a'.repeat(300)}`, 'name-invalid'],
])('%j is refused: %s', (path, code) => {
  expect(parseInstallPath(path)).toMatchObject({ kind: 'fault', code })
})

test('whatever is let through is relative, plain and below the project', () => {
  const part = fc.constantFrom(
    'node_modules',
    '..',
    '.',
    '',
    'a',
    '@s',
    '.git',
    '.bin',
    '\\',
    'C:',
    '~',
    ' ',
    'B',
    '-x',
  )
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 7 }), (parts) => {
      const path = parts.join('/')
      const parsed = parseInstallPath(path)
      if (parsed.kind === 'fault' || parsed.kind === 'project') return
      expect(posix.normalize(path)).toBe(path)
      expect(posix.isAbsolute(path)).toBe(false)
      expect(path.split('/')).not.toContain('..')
      if (parsed.kind === 'package') expect(posix.join(parsed.parent, 'node_modules', parsed.name)).toBe(path)
    }),
    { numRuns: 5000 },
  )
})

test('plainPath is what the file system would make of it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '.', '..', ''), { maxLength: 6 }), (parts) => {
      const path = parts.join('/')
      if (path.startsWith('/')) return
      const normal = posix.normalize(path).replace(/\/$/, '')
      expect(plainPath(path)).toBe(normal === '.' ? '' : normal)
    }),
  )
})
