/** Which install scripts are taken to leave nothing: what they are like, and above all what they are not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isInert } from '../../../converters/node/inert-packages.ts'
import { areInert } from '../../../converters/node/build/shim/inert-scripts.ts'

let dir = ''
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'inert-'))))
afterEach(() => rmSync(dir, { recursive: true }))

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), text)
}

test.each([
  ['core-js', '3.40.0', true],
  ['core-js', '2.6.12', true],
  ['core-js', '3.2.1', false],
  // Published before it was read.
  ['core-js', '3.9999.0', false],
  ['core-js', '4.0.0-alpha.1', false],
  ['core-js-pure', '3.40.0', true],
  // It makes a directory.
  ['protobufjs', '6.11.4', false],
  ['protobufjs', '7.4.0', true],
  ['esbuild', '0.25.0', false],
  ['constructor', '1.0.0', false],
])('%s %s: %s', (name, version, expected) => {
  expect(isInert({ name, version })).toBe(expected)
})

const banner = `node -e "try{require('./postinstall')}catch(e){}"`

test.each([
  ['another content', banner, 'postinstall.js'],
  ['a file that nobody knows', `node -e "try{require('./other')}catch(e){}"`, 'other.js'],
  ['a name of every object', 'node constructor', 'constructor.js'],
])('%s is run', (_, command, file) => {
  write(file, 'require("fs").writeFileSync("made", "")')
  expect(areInert(new Map([['postinstall', command]]), dir)).toBe(false)
})

test('a script that is not there is none that is known', () => {
  expect(areInert(new Map([['postinstall', banner]]), dir)).toBe(false)
  expect(areInert(new Map(), dir)).toBe(false)
})
