/** `#!` lines as nixpkgs' patch-shebangs.sh writes them, and putting them back. */
import { chmodSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findInterpreter } from '../../../converters/node/build/shim/interpreter.ts'
import { patchedLine, patchShebangs, restoreShebangs } from '../../../converters/node/build/shim/shebangs.ts'

const node = process.execPath
const sh = findInterpreter('sh') ?? ''
const env = findInterpreter('env') ?? ''

describe('a line', () => {
  test.each([
    ['#!/usr/bin/env node', `#!${node}`],
    ['#! /usr/bin/env node ', `#!${node}`],
    ['#!/usr/bin/env node --harmony', `#!${node} --harmony`],
    ['#!/usr/bin/env -S node --harmony -x', `#!${env} -S ${node} --harmony -x`],
    ['#!/usr/local/bin/node', `#!${node}`],
    ['#!/opt/sh -e', `#!${sh} -e`],
  ])('%s becomes %s', (line, patched) => expect(patchedLine(line)).toBe(patched))

  test.each([
    ['#!/usr/bin/env no-such-interpreter'],
    ['#!/usr/bin/env -i node'],
    ['#!/usr/bin/env A=b node'],
    ['#!/usr/bin/env'],
    ['#!/nix/store/x/bin/node'],
    ['#!'],
  ])('%s is left alone', (line) => expect(patchedLine(line)).toBeUndefined())
})

describe('files', () => {
  let file = ''
  beforeEach(() => (file = join(mkdtempSync(join(tmpdir(), 'shebang-')), 'cli')))
  afterEach(() => rmSync(join(file, '..'), { recursive: true }))

  test('keep their mode and every other byte, and are put back', () => {
    const original = Buffer.concat([Buffer.from('#!/usr/bin/env node\n'), Buffer.from([0xff, 0, 13, 10])])
    writeFileSync(file, original)
    chmodSync(file, 0o555)
    const patched = patchShebangs([file, file])
    expect(patched).toHaveLength(1)
    expect(readFileSync(file)).toEqual(Buffer.concat([Buffer.from(`#!${node}`), original.subarray(19)]))
    expect(lstatSync(file).mode & 0o777).toBe(0o555)
    restoreShebangs(patched)
    expect(readFileSync(file)).toEqual(original)
  })

  test('a line that something else changed meanwhile is not put back', () => {
    writeFileSync(file, '#!/usr/bin/env node\n')
    const patched = patchShebangs([file])
    writeFileSync(file, '#!/bin/mine\n')
    restoreShebangs(patched)
    expect(readFileSync(file, 'utf8')).toBe('#!/bin/mine\n')
  })

  test('a file without #!, or that is not there, is passed over', () => {
    writeFileSync(file, 'text')
    expect(patchShebangs([file, `${file}-missing`])).toEqual([])
  })
})
