import { createHash } from 'node:crypto'
import { appendFileSync, chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { narChunks, type NarNode } from '../../../src/digest/nar.ts'
import { addToMirror, openMirror } from '../../../src/fetch/mirror.ts'
import type { StoredSource } from '../../../src/fetch/stored-source.ts'
import { narDigestOfTree } from '../../../src/io/nar-tree.ts'
import { sourceStore } from '../../../src/store/source-store.ts'
import { listTree, textsOf } from '../../support/cli.ts'
import { problemsOf } from '../../support/problems-of.ts'
import { contentFolder } from '../../support/stored-content.ts'

const content = contentFolder()
afterAll(() => {
  makeWritable(content.folder)
  content.remove()
})
const archive = content.file('ms-2.1.3.tgz', 'the bytes of ms')
const sameBytes = content.file('other-name.tgz', 'the bytes of ms')
const older = content.file('old-1.0.0.tgz', 'an old one', 'sha256')
const checkout = content.tree('dep-0123456', {
  'a/b/c.txt': 'deep',
  'a/empty': '',
  run: { run: '#!/bin/sh' },
  'a/link': { link: '../../outside' },
  'with \\ and "quotes"': 'x',
})
const freshFolder = () => mkdtempSync(join(content.folder, 'mirror-'))
const freshStore = () => sourceStore(mkdtempSync(join(content.folder, 'store-')))

describe('a mirror', () => {
  test('has files and archives of trees by their digest, each once', async () => {
    const folder = freshFolder()
    expect(await addToMirror(folder, [archive, sameBytes, older, checkout])).toEqual({ added: 3, kept: 0 })
    expect(Object.keys(textsOf(folder))).toEqual([
      `nar/sha256/${checkout.digest.hex}.nar`,
      `sha256/${older.digest.hex}`,
      `sha512/${archive.digest.hex}`,
    ])
    const nar = readFileSync(join(folder, `nar/sha256/${checkout.digest.hex}.nar`))
    expect(createHash('sha256').update(nar).digest('hex')).toBe(checkout.digest.hex)
  })

  test('does not change when it is made again, and is repaired when it was damaged', async () => {
    const folder = freshFolder()
    const sources = [archive, older, checkout]
    await addToMirror(folder, sources)
    const before = listTree(folder)
    expect(await addToMirror(folder, sources)).toEqual({ added: 0, kept: 3 })
    expect(listTree(folder)).toEqual(before)
    for (const path of before.keys()) {
      appendFileSync(join(folder, path), 'x')
      expect(await addToMirror(folder, sources)).toEqual({ added: 1, kept: 2 })
    }
    expect(textsOf(folder)).toEqual(Object.fromEntries([...before].map(([path, { text }]) => [path, text])))
  })

  test('takes nothing in that is not what its digest says', async () => {
    const folder = freshFolder()
    const changed = content.file('changed.tgz', 'right')
    writeFileSync(changed.path, 'wrong')
    expect((await problemsOf(addToMirror(folder, [changed])))[0]?.code).toBe('integrity-mismatch')
    expect(existsSync(join(folder, 'sha512'))).toBe(false)
  })

  test('that cannot be written is a problem with its path', async () => {
    const folder = join(freshFolder(), 'file')
    writeFileSync(folder, '')
    expect(await problemsOf(addToMirror(folder, [archive]))).toMatchObject([{ code: 'io', where: { file: folder } }])
  })
})

describe('fetching from a mirror', () => {
  test('gives what was put in, files and trees', async () => {
    const folder = freshFolder()
    await addToMirror(folder, [archive, older, checkout])
    const [mirror, store] = [openMirror(folder), freshStore()]
    expect(readFileSync((await mirror.find(archive, store)) ?? '', 'utf8')).toBe('the bytes of ms')
    expect(readFileSync((await mirror.find(older, store)) ?? '', 'utf8')).toBe('an old one')
    const tree = (await mirror.find(checkout, store)) ?? ''
    expect(await narDigestOfTree(tree)).toEqual(checkout.digest)
    expect(readdirSync(tree).sort()).toEqual(['a', 'run', 'with \\ and "quotes"'])
  })

  test('gives nothing that the mirror does not have', async () => {
    expect(await openMirror(freshFolder()).find(archive, freshStore())).toBeUndefined()
  })

  test('of hundreds of sources at once gives each its own bytes', async () => {
    const folder = freshFolder()
    const sources = Array.from({ length: 300 }, (_, index) => content.file(`p-${index}`, `content ${index}`))
    await addToMirror(folder, sources)
    const [mirror, store] = [openMirror(folder), freshStore()]
    const paths = await Promise.all(sources.map((source) => mirror.find(source, store)))
    expect(paths.map((path) => readFileSync(path ?? '', 'utf8'))).toEqual(sources.map((_, index) => `content ${index}`))
  })

  test.each<[string, StoredSource]>([
    ['file', archive],
    ['tree', checkout],
  ])('refuses a %s that was changed, and keeps nothing of it', async (_, source) => {
    const folder = freshFolder()
    await addToMirror(folder, [source])
    const [path = ''] = Object.keys(textsOf(folder))
    const bytes = readFileSync(join(folder, path))
    bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
    writeFileSync(join(folder, path), bytes)
    const store = freshStore()
    const [problem] = await problemsOf(openMirror(folder).find(source, store))
    expect(problem?.code).toBe('integrity-mismatch')
    expect(store.has(source)).toBe(false)
  })

  test('refuses an archive that would write through a link, before it writes', async () => {
    const folder = freshFolder()
    const outside = mkdtempSync(join(content.folder, 'outside-'))
    await addToMirror(folder, [checkout])
    const [path = ''] = Object.keys(textsOf(folder))
    const [link, below] = [narOf({ a: { kind: 'link', target: Buffer.from(outside) } }), narOf({ a: fileTree('b') })]
    // Both entries in one directory: what stands between its opening and its end.
    const [start, end] = [narOf({}).length - 16, 16]
    const both = Buffer.concat([link.subarray(0, link.length - end), below.subarray(start)])
    writeFileSync(join(folder, path), both)
    const [problem] = await problemsOf(openMirror(folder).find(checkout, freshStore()))
    expect(problem).toMatchObject({ code: 'integrity-mismatch', message: expect.stringContaining('out of order') })
    expect(readdirSync(outside)).toEqual([])
  })

  test('refuses the archive of a file where a tree belongs', async () => {
    const folder = freshFolder()
    await addToMirror(folder, [checkout])
    const [path = ''] = Object.keys(textsOf(folder))
    const bytes = Buffer.concat(Array.from(narChunks(fileNode('x')), (chunk) => Buffer.from(chunk)))
    writeFileSync(join(folder, path), bytes)
    expect((await problemsOf(openMirror(folder).find(checkout, freshStore())))[0]?.message).toMatch(
      /not the archive of a directory/,
    )
  })

  test('that is not there is a problem that says how to make one', async () => {
    const [problem] = await problemsOf(() => openMirror(join(content.folder, 'nothing')))
    expect(problem).toMatchObject({ code: 'io', hint: expect.stringContaining('fetch --mirror') })
  })
})

function fileNode(text: string): NarNode {
  return { kind: 'file', isExecutable: false, size: text.length, read: () => [Buffer.from(text)] }
}

function fileTree(name: string): NarNode {
  return { kind: 'directory', entries: () => [{ name: Buffer.from(name), node: fileNode('x') }] }
}

function narOf(entries: Readonly<Record<string, NarNode>>): Buffer {
  const list = Object.entries(entries).map(([name, node]) => ({ name: Buffer.from(name), node }))
  return Buffer.concat(Array.from(narChunks({ kind: 'directory', entries: () => list }), (chunk) => Buffer.from(chunk)))
}

function makeWritable(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    chmodSync(join(folder, entry.name), 0o755)
    makeWritable(join(folder, entry.name))
  }
}
