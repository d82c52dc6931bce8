import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeTar } from '../../../converters/node/build/shim/archive/tar-writer.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tar-writer-'))
  mkdirSync(join(dir, 'tree'))
  mkdirSync(join(dir, 'out'))
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('tar unpacks what was packed: contents, executable files, links, empty directories, names of any length', () => {
  const long = `${'d'.repeat(90)}/${'ü'.repeat(60)}`
  const file = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(join(dir, 'tree', path, '..'), { recursive: true })
    writeFileSync(join(dir, 'tree', path), text, { mode })
  }
  file('package.json', '{}')
  file('bin/tool', '#!/bin/sh\n', 0o755)
  file('exactly-a-block', 'x'.repeat(512))
  file(long, 'far away')
  mkdirSync(join(dir, 'tree/empty'))
  symlinkSync('bin/tool', join(dir, 'tree/short'))
  symlinkSync(long, join(dir, 'tree/longer'))
  writeFileSync(join(dir, 'a.tar'), writeTar(join(dir, 'tree')))
  execFileSync('tar', ['-xf', join(dir, 'a.tar'), '-C', join(dir, 'out')])

  const out = join(dir, 'out')
  for (const path of ['package.json', 'bin/tool', 'exactly-a-block', long])
    expect(readFileSync(join(out, path), 'utf8')).toBe(readFileSync(join(dir, 'tree', path), 'utf8'))
  expect(statSync(join(out, 'bin/tool')).mode & 0o777).toBe(0o755)
  expect(statSync(join(out, 'package.json')).mode & 0o777).toBe(0o644)
  expect(statSync(join(out, 'empty')).isDirectory()).toBe(true)
  expect(readlinkSync(join(out, 'short'))).toBe('bin/tool')
  expect(readlinkSync(join(out, 'longer'))).toBe(long)
})
