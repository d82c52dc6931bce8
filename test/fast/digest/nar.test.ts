import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { afterAll, describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { narChunks, narDigest, type NarEntry, type NarNode } from '../../../src/digest/nar.ts'
import { narDigestOfTree, readNarTree } from '../../../src/io/nar-tree.ts'
import { ProblemError } from '../../../src/problem.ts'

const scratch = mkdtempSync(join(tmpdir(), 'l2b-nar-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const file = (contents: string | Uint8Array, isExecutable = false): NarNode => {
  const bytes = Buffer.from(contents)
  return { kind: 'file', isExecutable, size: bytes.length, read: () => [bytes] }
}
const directory = (entries: Readonly<Record<string, NarNode>>): NarNode => ({
  kind: 'directory',
  entries: () => Object.entries(entries).map(([name, node]): NarEntry => ({ name: Buffer.from(name), node })),
})
const narOf = (node: NarNode): Buffer => {
  const copies: Buffer[] = []
  for (const chunk of narChunks(node)) copies.push(Buffer.from(chunk))
  return Buffer.concat(copies)
}
/** The format written down a second time, as plainly as possible. */
function plainNar(node: NarNode): Buffer {
  const str = (bytes: Uint8Array): Buffer => {
    const length = Buffer.alloc(8)
    length.writeUInt32LE(bytes.length)
    return Buffer.concat([length, bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)])
  }
  const text = (...words: readonly string[]): Buffer => Buffer.concat(words.map((word) => str(Buffer.from(word))))
  const body = (node: NarNode): Buffer => {
    if (node.kind === 'link')
      return Buffer.concat([text('(', 'type', 'symlink', 'target'), str(node.target), text(')')])
    if (node.kind === 'file') {
      const marks = node.isExecutable ? text('executable', '') : Buffer.alloc(0)
      return Buffer.concat([
        text('(', 'type', 'regular'),
        marks,
        text('contents'),
        str(Buffer.concat([...node.read()])),
        text(')'),
      ])
    }
    const entries = [...node.entries()].sort((a, b) => Buffer.compare(a.name, b.name))
    const inside = entries.map((entry) =>
      Buffer.concat([text('entry', '(', 'name'), str(entry.name), text('node'), body(entry.node), text(')')]),
    )
    return Buffer.concat([text('(', 'type', 'directory'), ...inside, text(')')])
  }
  return Buffer.concat([text('nix-archive-1'), body(node)])
}

describe('the archive', () => {
  test('of a file with hello is what Nix dumps', () => {
    expect(narDigest(file('hello\n'))).toEqual({
      algorithm: 'sha256',
      hex: '1c37d01af40be2e80691de3cc3df44377a699afbb17c68f080964b2fd071fc13',
    })
  })

  test('of any tree is the format, whatever the sizes', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
    const tree = fc.letrec<{ node: NarNode }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean()).map(([bytes, x]) => file(bytes, x)),
        fc.nat({ max: 200_000 }).map((size) => file(Buffer.alloc(size, 'x'))),
        fc.string().map((target): NarNode => ({ kind: 'link', target: Buffer.from(target) })),
        fc.dictionary(name, tie('node'), { maxKeys: 5 }).map(directory),
      ),
    })).node
    fc.assert(
      fc.property(tree, (node) => {
        expect(narOf(node).equals(plainNar(node))).toBe(true)
      }),
    )
  })

  test('of a tree deeper than the stack is written, and fits its buffer', () => {
    let node = file('x')
    for (let depth = 0; depth < 20_000; depth += 1) node = directory({ d: node })
    const bytes = narOf(node)
    const level = plainNar(directory({ d: file('x') })).length - plainNar(file('x')).length
    expect(bytes.length).toBe(plainNar(file('x')).length + 20_000 * level)
    expect(bytes.subarray(-16).toString('latin1')).toBe(plainNar(file('')).subarray(-16).toString('latin1'))
  })

  test('sorts names by their bytes: a character beyond the basic plane comes after a private one', () => {
    const low = '\uff5e'
    const high = '\u{1f600}'
    expect([low, high].sort()).toEqual([high, low])
    const bytes = narOf(directory({ [high]: file('2'), [low]: file('1') }))
    expect(bytes.indexOf(low)).toBeLessThan(bytes.indexOf(high))
  })

  test('is refused when a file gives other than its size, or a name stands twice', () => {
    const wrong: NarNode = { kind: 'file', isExecutable: false, size: 3, read: () => [Buffer.from('four')] }
    expect(() => narDigest(wrong)).toThrow(/3 bytes gave 4/)
    const entry: NarEntry = { name: Buffer.from('a'), node: file('') }
    expect(() => narDigest({ kind: 'directory', entries: () => [entry, entry] })).toThrow(/twice/)
  })
})

describe('a directory on disk', () => {
  test('is the tree of its contents, names, links and execute bits, and of nothing else', async () => {
    const root = join(scratch, 'plain')
    mkdirSync(join(root, 'empty'), { recursive: true })
    writeFileSync(join(root, 'run'), '#!/bin/sh\n', { mode: 0o755 })
    writeFileSync(join(root, 'é 😀'), 'x'.repeat(600_000))
    writeFileSync(join(root, 'nothing'), '')
    symlinkSync('../somewhere/é', join(root, 'link'))
    const expected = directory({
      empty: directory({}),
      run: file('#!/bin/sh\n', true),
      'é 😀': file('x'.repeat(600_000)),
      nothing: file(''),
      link: { kind: 'link', target: Buffer.from('../somewhere/é') },
    })
    expect(await narDigestOfTree(root)).toEqual(narDigest(expected))
    chmodSync(join(root, 'run'), 0o700)
    chmodSync(join(root, 'nothing'), 0o611)
    utimesSync(join(root, 'nothing'), 1, 1)
    expect(await narDigestOfTree(root)).toEqual(narDigest(expected))
    expect(await narDigestOfTree(root, { algorithm: 'sha512' })).toEqual(narDigest(expected, 'sha512'))
  })

  test('leaves out what is skipped, at any depth, but not the root itself', async () => {
    const root = join(scratch, '.git')
    mkdirSync(join(root, 'a/.git/b'), { recursive: true })
    writeFileSync(join(root, '.git'), 'gitdir: elsewhere')
    writeFileSync(join(root, 'a/.gitignore'), 'x')
    const skip = (name: string): boolean => name === '.git'
    expect(await narDigestOfTree(root, { skip })).toEqual(
      narDigest(directory({ a: directory({ '.gitignore': file('x') }) })),
    )
  })

  test('may hold names that are not UTF-8', async () => {
    const root = join(scratch, 'bytes')
    mkdirSync(root)
    const name = Buffer.from([0x61, 0xff])
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), 'x')
    const entries = (): readonly NarEntry[] => [{ name, node: file('x') }]
    expect(await narDigestOfTree(root)).toEqual(narDigest({ kind: 'directory', entries }))
  })

  test('with a pipe in it, or that is not there, is a problem with its path', async () => {
    const pipe = join(scratch, 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(() => readNarTree(pipe)).toThrow(ProblemError)
    await expect(narDigestOfTree(join(scratch, 'missing'))).rejects.toMatchObject({
      problems: [{ code: 'io', where: { file: join(scratch, 'missing') } }],
    })
  })
})
