/** A result is read-only and of the second 1, whoever made what of it. */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { finishTree } from '../../../src/build/finish-tree.ts'

function makeTree() {
  const root = mkdtempSync(join(tmpdir(), 'finish-'))
  const [script, sealed, inside] = ['.bin/tool', 'package', 'package/index.js'].map((path) => join(root, path)) as [
    string,
    string,
    string,
  ]
  mkdirSync(join(root, '.bin'))
  mkdirSync(sealed)
  writeFileSync(script, '#!/bin/sh\n', { mode: 0o755 })
  writeFileSync(inside, '')
  utimesSync(sealed, 1, 1)
  chmodSync(sealed, 0o555)
  return { root, script, inside }
}

const stateOf = (path: string) => ({ mode: lstatSync(path).mode & 0o777, time: lstatSync(path).mtimeMs })

test('what the shim writes beside sealed packages is sealed, and what it sealed is not looked at again', () => {
  const { root, script, inside } = makeTree()
  const before = stateOf(inside)
  finishTree(root, { outputs: new Map(), areFilesSealed: true })
  expect(stateOf(script)).toEqual({ mode: 0o555, time: 1000 })
  expect(stateOf(root)).toEqual({ mode: 0o555, time: 1000 })
  expect(stateOf(inside)).toEqual(before)
})

test('what anybody may have made is sealed through and through', () => {
  const { root, inside } = makeTree()
  finishTree(root, { outputs: new Map() })
  expect(stateOf(inside)).toEqual({ mode: 0o444, time: 1000 })
})
