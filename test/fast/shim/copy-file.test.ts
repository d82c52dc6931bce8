/** Copies of files: content, permission bits, and what was there before. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fileCopier } from '../../../converters/node/build/shim/copy-file.ts'

let dir = ''
let umask = 0
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'copy-file-'))
  umask = process.umask(0o022)
})
afterEach(() => {
  process.umask(umask)
  rmSync(dir, { recursive: true })
})

const at = (name: string): string => join(dir, name)
const modeOf = (name: string): number => statSync(at(name)).mode & 0o7777
const write = (name: string, content: string | Buffer, mode: number): void => {
  writeFileSync(at(name), content)
  chmodSync(at(name), mode)
}

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a line', Buffer.from('line\n')],
  ['a block', Buffer.alloc(256 * 1024, 'block')],
  ['more than three blocks', Buffer.alloc(3 * 256 * 1024 + 1, 'blocks')],
])('a copy of %s has all of it', (_, content) => {
  write('a', content, 0o644)
  fileCopier('same')(at('a'), at('b'))
  expect(readFileSync(at('b')).equals(content)).toBe(true)
})

test('what is there gets another content and mode', () => {
  write('a', 'short', 0o755)
  write('b', 'much longer than the other', 0o600)
  fileCopier('same')(at('a'), at('b'))
  expect(readFileSync(at('b'), 'utf8')).toBe('short')
  expect(modeOf('b')).toBe(0o755)
})

describe('permission bits', () => {
  test.each([
    ['same', 0o644, 0o644],
    ['same', 0o444, 0o444],
    ['same', 0o777, 0o777],
    ['writable', 0o444, 0o644],
    ['writable', 0o555, 0o755],
    ['sealed', 0o644, 0o444],
    ['sealed', 0o744, 0o555],
  ] as const)('%s: %o becomes %o', (kind, before, after) => {
    write('a', 'x', before)
    fileCopier(kind)(at('a'), at('b'))
    expect(modeOf('b')).toBe(after)
    expect(modeOf('a')).toBe(before)
  })
})

test('a sealed copy is of the second 1', () => {
  write('a', 'x', 0o644)
  fileCopier('sealed')(at('a'), at('b'))
  expect(statSync(at('b')).mtimeMs).toBe(1000)
})

test('a file that is not there is named', () => {
  expect(() => fileCopier('same')(at('none'), at('b'))).toThrow(at('none'))
})
