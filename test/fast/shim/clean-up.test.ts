/** What the shim takes out of a tree. For root no directory is read-only: these tests say more to everybody else. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removePlaces } from '../../../converters/node/build/shim/clean-up.ts'

test('a package goes although its directories are sealed, and its empty scope with it', () => {
  const root = mkdtempSync(join(tmpdir(), 'clean-up-'))
  const sealed = join(root, 'node_modules/@scope/gone/lib')
  mkdirSync(sealed, { recursive: true })
  mkdirSync(join(root, 'node_modules/other'))
  writeFileSync(join(sealed, 'a.js'), '', { mode: 0o444 })
  for (const directory of [sealed, join(sealed, '..')]) chmodSync(directory, 0o555)
  removePlaces(root, ['node_modules/@scope/gone'])
  expect(existsSync(join(root, 'node_modules/@scope'))).toBe(false)
  expect(existsSync(join(root, 'node_modules/other'))).toBe(true)
})
