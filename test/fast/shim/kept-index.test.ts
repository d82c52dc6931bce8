/** What is kept of a package beside its files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findIndex, manifestText, printIndex } from '../../../converters/node/build/shim/archive/kept-index.ts'

let dir = ''
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'kept-index-'))))
afterEach(() => rmSync(dir, { recursive: true }))

const file = () => join(dir, 'index')

test('reads what was written, whatever characters paths have', () => {
  const files = ['a b/\n"c', 'd', '\u{1f600}/e/f']
  const index = { scripts: ['d'], hasModules: true, manifest: '{}\n{}', directories: ['a b', '\u{1f600}'], files }
  writeFileSync(file(), printIndex(index))
  expect(findIndex(file())).toEqual(index)
})

test('tells a package of which nothing is kept from one that is damaged', () => {
  expect(findIndex(file())).toBeUndefined()
  writeFileSync(file(), '')
  expect(() => findIndex(file())).toThrow('is damaged: remove it')
})

test('a package.json that is missing or no JSON is left to whoever installs it', () => {
  expect(manifestText(dir)).toBeUndefined()
  writeFileSync(join(dir, 'package.json'), '{')
  expect(manifestText(dir)).toBeUndefined()
})
