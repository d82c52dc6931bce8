/** Sources into a real Nix store, as the function does it: names, trees, what is wrong. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { nixFeed } from '../../src/fetch/nix-feed.ts'
import { addToNixStore } from '../../src/fetch/nix-store.ts'
import { nixStorePath, type StoredSource } from '../../src/fetch/stored-source.ts'
import { narDigestOfTree } from '../../src/io/nar-tree.ts'
import { removeTree } from '../../src/io/store-space.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'
import { problemsOf } from '../support/problems-of.ts'
import { contentFolder } from '../support/stored-content.ts'

describe.skipIf(!hasNix)('adding to a Nix store', () => {
  const content = contentFolder()
  const cacheDirectory = mkdtempSync(join(tmpdir(), 'lock2build-cache-'))
  const stores: NixStore[] = []
  afterEach(() => stores.splice(0).forEach((store) => store.remove()))
  afterAll(() => {
    content.remove()
    removeTree(cacheDirectory)
  })
  const emptyStore = () => {
    const store = openStore()
    stores.push(store)
    return store
  }
  const addTo = (store: NixStore, sources: readonly StoredSource[]) =>
    addToNixStore(sources, { environment: store.environment, store: store.root, cacheDirectory })
  const contentIn = (store: NixStore, source: StoredSource) => readFileSync(store.onHost(nixStorePath(source)), 'utf8')

  test('works for every name that a store path may have, and for several contents of one name', async () => {
    const names = ['-', '--help', '=', '?', '+', '_', '0', 'a=b?c', 'x'.repeat(207), 'same', 'same', 'same']
    const sources = names.map((name, index) => content.file(name, `content ${index}`, index % 2 ? 'sha256' : 'sha512'))
    const store = emptyStore()
    expect(await addTo(store, sources)).toEqual({ added: 12, kept: 0 })
    expect(sources.map((source) => contentIn(store, source))).toEqual(names.map((_, index) => `content ${index}`))
    expect(await addTo(store, sources)).toEqual({ added: 0, kept: 12 })
  })

  test('adds only what is missing, and says how far it is', async () => {
    const store = emptyStore()
    const [first, second] = [content.file('first', '1'), content.file('second', '2')]
    await addTo(store, [first])
    const progress: (readonly [number, number])[] = []
    const options = { environment: store.environment, store: store.root, cacheDirectory }
    const onProgress = (done: number, total: number) => progress.push([done, total])
    expect(await addToNixStore([first, second], { ...options, onProgress })).toEqual({ added: 1, kept: 1 })
    expect(progress).toEqual([[2, 2]])
  })

  test('goes on while sources still come, each added once, and stops where fetching fails', async () => {
    const sources = Array.from({ length: 650 }, (_, index) => content.file(`one-${index}`, `content ${index}`))
    const store = emptyStore()
    const options = { environment: store.environment, store: store.root, cacheDirectory }
    const failing = nixFeed(options)
    for (const source of sources.slice(0, 450)) failing.offer(source)
    await failing.abandon()
    const progress: (readonly [number, number])[] = []
    const feed = nixFeed({ ...options, onProgress: (done, total) => progress.push([done, total]) })
    for (const source of [...sources, ...sources]) feed.offer(source)
    // The first 400 were begun with.
    expect(await feed.finish()).toEqual({ added: 250, kept: 400 })
    expect(sources.map((source) => contentIn(store, source))).toEqual(sources.map((_, index) => `content ${index}`))
    expect(progress.at(-1)).toEqual([650, 650])
  })

  test('adds trees as they are: programs, links, empty and read-only directories, names of any bytes', async () => {
    const tree = content.tree('dep-0123456', {
      'a/b/c': 'x',
      run: { run: '#!/bin/sh' },
      dangling: { link: '/nowhere' },
      'with "quotes" and \n': '',
    })
    chmodSync(join(tree.path, 'a/b'), 0o555)
    const store = emptyStore()
    await addTo(store, [tree])
    expect(await narDigestOfTree(store.onHost(nixStorePath(tree)))).toEqual(tree.digest)
    chmodSync(join(tree.path, 'a/b'), 0o755)
  })

  test('adds more than fits on one command line', async () => {
    const name = (index: number) => `${'long-'.repeat(38)}${index}`
    const sources = Array.from({ length: 1000 }, (_, index) => content.file(name(index), String(index)))
    const store = emptyStore()
    expect(await addTo(store, sources)).toEqual({ added: 1000, kept: 0 })
    expect(await addTo(store, sources)).toEqual({ added: 0, kept: 1000 })
    expect(contentIn(store, sources[999] ?? content.file('none', ''))).toBe('999')
  })

  test('leaves the originals as they are, and no copies of them', async () => {
    const [file, tree] = [content.file('file', 'x'), content.tree('tree', { a: '1' })]
    await addTo(emptyStore(), [file, tree])
    expect(readFileSync(file.path, 'utf8')).toBe('x')
    expect(readFileSync(join(tree.path, 'a'), 'utf8')).toBe('1')
    const [own = ''] = readdirSync(join(cacheDirectory, 'tmp'))
    expect(readdirSync(join(cacheDirectory, 'tmp', own))).toEqual([])
  })

  test('refuses what is not what its digest says: Nix has it under no path that a build asks for', async () => {
    const store = emptyStore()
    const [file, tree] = [content.file('file.tgz', 'right'), content.tree('tree', { a: '1' })]
    writeFileSync(file.path, 'wrong')
    writeFileSync(join(tree.path, 'a'), '2')
    for (const source of [file, tree]) {
      const [problem] = await problemsOf(addTo(store, [source]))
      expect(problem).toMatchObject({ code: 'integrity-mismatch', where: { file: source.path } })
      expect(existsSync(store.onHost(nixStorePath(source)))).toBe(false)
    }
  })

  test('says what Nix says when it fails', async () => {
    const store = emptyStore()
    const options = { environment: store.environment, store: 'nonsense://', cacheDirectory }
    const [problem] = await problemsOf(addToNixStore([content.file('a', 'a')], options))
    expect(problem).toMatchObject({ code: 'nix', message: expect.stringContaining('nonsense://') })
  })
})
