import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { narChunks, type NarEntry, type NarNode } from '../../../src/digest/nar.ts'
import { readNar } from '../../../src/digest/nar-reader.ts'
import { ProblemError } from '../../../src/problem.ts'
import { thrownProblems } from '../../support/thrown-problems.ts'

describe('reading an archive', () => {
  test('gives the tree that was written, however the bytes arrive', () => {
    fc.assert(
      fc.property(trees, fc.integer({ min: 1, max: 700 }), (tree, portion) => {
        const archive = narOf(tree)
        expect(narOf(treeFrom(portions(archive, portion))).equals(archive)).toBe(true)
      }),
    )
  })

  test('accepts one spelling only: a changed byte is refused, or is the archive of another tree', () => {
    fc.assert(
      fc.property(trees, fc.nat(), fc.integer({ min: 1, max: 255 }), (tree, at, change) => {
        const archive = narOf(tree)
        const index = at % archive.length
        archive.writeUInt8(archive.readUInt8(index) ^ change, index)
        const read = attempt(() => treeFrom([archive]))
        if (read !== undefined) expect(narOf(read).equals(archive)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('refuses what ends too early, wherever', () => {
    const archive = narOf(directory({ bin: directory({ run: file('#!/bin/sh\n', true) }), link: link('bin/run') }))
    for (let length = 0; length < archive.length; length++) {
      expect(messageOf([archive.subarray(0, length)])).toMatch(/ends too early/)
    }
  })

  test('of a tree a thousand directories deep needs no stack', () => {
    let tree = file('x')
    for (let depth = 0; depth < 1000; depth++) tree = directory({ d: tree })
    const events = [...readNar([narOf(tree)], 'deep.nar')]
    expect(events.filter(({ kind }) => kind === 'directory')).toHaveLength(1000)
  })

  test('stops where a path is longer than the system takes', () => {
    let tree = file('x')
    for (let depth = 0; depth < 2100; depth++) tree = directory({ d: tree })
    expect(messageOf([narOf(tree)])).toMatch(/a path is too long/)
  })
})

describe('an archive is refused when', () => {
  const entry = (name: string, ...node: readonly string[]) => ['entry', '(', 'name', name, 'node', ...node, ')']
  const empty = ['(', 'type', 'regular', 'contents', '', ')']
  const inDirectory = (...words: readonly string[]) => ['nix-archive-1', '(', 'type', 'directory', ...words, ')']

  test.each(['', '.', '..', 'a/b', '/etc', '../x', 'a\0b', 'n'.repeat(256)])('a name is %j', (name) => {
    expect(messageOf([written(inDirectory(...entry(name, ...empty)))])).toMatch(/not a file name|at most 255/)
  })

  test('names are out of order', () => {
    expect(messageOf([written(inDirectory(...entry('b', ...empty), ...entry('a', ...empty)))])).toMatch(/out of order/)
  })

  test('a name comes twice, once as a link that the other would be written through', () => {
    const words = inDirectory(
      ...entry('a', '(', 'type', 'symlink', 'target', '/etc', ')'),
      ...entry('a', '(', 'type', 'directory', ...entry('passwd', ...empty), ')'),
    )
    expect(messageOf([written(words)])).toMatch(/out of order/)
  })

  test('order is not that of bytes', () => {
    const words = inDirectory(...entry('a', ...empty), ...entry('B', ...empty))
    expect(messageOf([written(words)])).toMatch(/out of order/)
  })

  test.each([
    ['it begins otherwise', ['nix-archive-2', ...empty]],
    ['it begins with something long', ['x'.repeat(1000)]],
    ['a kind is unknown', ['nix-archive-1', '(', 'type', 'device', ')']],
    ['a kind comes late', ['nix-archive-1', '(', 'contents', '', 'type', 'regular', ')']],
    ['a file has no contents', ['nix-archive-1', '(', 'type', 'regular', ')']],
    [
      'the executable mark says something',
      ['nix-archive-1', '(', 'type', 'regular', 'executable', 'x', 'contents', '', ')'],
    ],
    ['an executable file has no contents', ['nix-archive-1', '(', 'type', 'regular', 'executable', '', ')']],
    ['a link leads nowhere', ['nix-archive-1', '(', 'type', 'symlink', 'target', '', ')']],
    ['a target holds NUL', ['nix-archive-1', '(', 'type', 'symlink', 'target', 'a\0b', ')']],
    ['something stands between entries', inDirectory('name', 'x')],
    ['something follows its end', ['nix-archive-1', ...empty, '']],
  ])('%s', (_, words) => {
    expect(messageOf([written(words)])).toMatch(/^this is not a NAR archive as Nix writes it/)
  })

  test('padding is not zero', () => {
    const archive = narOf(file('a'))
    archive.writeUInt8(1, archive.indexOf('a\0\0\0\0\0\0\0') + 3)
    expect(messageOf([archive])).toMatch(/padding/)
  })

  test('a length is beyond all measure', () => {
    const archive = narOf(file('a'))
    archive.writeBigUInt64LE(2n ** 63n, archive.indexOf('contents') + 8)
    expect(messageOf([archive])).toMatch(/out of range/)
    archive.writeBigUInt64LE(2n ** 50n, archive.indexOf('contents') + 8)
    expect(messageOf([archive])).toMatch(/ends too early/)
  })

  test('and the message names the file, and shows nothing that a terminal would obey', () => {
    const [problem] = thrownProblems(() => [...readNar([written(['nix-archive-1', '\u001b[2J'])], 'm/x.nar')])
    expect(problem).toMatchObject({ code: 'integrity-mismatch', where: { file: 'm/x.nar' } })
    expect(problem?.message).not.toContain('\u001b')
  })
})

function file(contents: string | Uint8Array, isExecutable = false): NarNode {
  const bytes = Buffer.from(contents)
  return { kind: 'file', isExecutable, size: bytes.length, read: () => [bytes] }
}

function link(target: string): NarNode {
  return { kind: 'link', target: Buffer.from(target) }
}

function directory(entries: Readonly<Record<string, NarNode>>): NarNode {
  return {
    kind: 'directory',
    entries: () => Object.entries(entries).map(([name, node]): NarEntry => ({ name: Buffer.from(name), node })),
  }
}

const names = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
  .filter((name) => !['.', '..'].includes(name) && !/[/\0]/.test(name))
const targets = fc.string({ minLength: 1 }).filter((target) => !target.includes('\0'))
const trees = fc.letrec<{ node: NarNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean()).map(([bytes, x]) => file(bytes, x)),
    targets.map(link),
    fc.dictionary(names, tie('node'), { maxKeys: 5 }).map(directory),
  ),
})).node

function narOf(node: NarNode): Buffer {
  return Buffer.concat(Array.from(narChunks(node), (chunk) => Buffer.from(chunk)))
}

/** Strings of the format, whatever they are. */
function written(words: readonly string[]): Buffer {
  const parts = words.map((word) => {
    const bytes = Buffer.from(word)
    const length = Buffer.alloc(8)
    length.writeUInt32LE(bytes.length)
    return Buffer.concat([length, bytes, Buffer.alloc(-bytes.length & 7)])
  })
  return Buffer.concat(parts)
}

/** All in one buffer that is overwritten: what the reader keeps, it must copy. */
function* portions(bytes: Buffer, size: number): Generator<Uint8Array> {
  const buffer = Buffer.alloc(size)
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(buffer, 0, at, at + size)
    yield buffer.subarray(0, length)
    buffer.fill(0xff)
  }
}

/** The tree that the events describe. */
function treeFrom(chunks: Iterable<Uint8Array>): NarNode {
  const nodes = new Map<string, NarNode>()
  const children = new Map<string, NarEntry[]>()
  let pieces: Buffer[] = []
  const put = (path: Buffer, node: NarNode) => {
    const text = path.toString('latin1')
    nodes.set(text, node)
    if (text === '') return
    const slash = text.lastIndexOf('/')
    children.get(text.slice(0, Math.max(slash, 0)))?.push({ name: path.subarray(slash + 1), node })
  }
  for (const event of readNar(chunks, 'a.nar')) {
    if (event.kind === 'data') pieces.push(Buffer.from(event.bytes))
    else if (event.kind === 'link') put(event.path, { kind: 'link', target: event.target })
    else if (event.kind === 'file') {
      const own: Buffer[] = (pieces = [])
      put(event.path, { kind: 'file', isExecutable: event.isExecutable, size: event.size, read: () => own })
    } else {
      const own: NarEntry[] = []
      children.set(event.path.toString('latin1'), own)
      put(event.path, { kind: 'directory', entries: () => own })
    }
  }
  const root = nodes.get('')
  if (root === undefined) throw new Error('there was no root')
  return root
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProblemError && error.problems[0].code === 'integrity-mismatch') return undefined
    throw error
  }
}

function messageOf(chunks: Iterable<Uint8Array>): string {
  return thrownProblems(() => [...readNar(chunks, 'a.nar')])[0]?.message ?? ''
}
