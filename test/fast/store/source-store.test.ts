/** The store of sources: what is in it is what its name says, whoever writes at the same time and whatever happens to it. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { narDigestOfTree } from '../../../src/io/nar-tree.ts'
import { ownIdentity, printIdentity } from '../../../src/io/process-identity.ts'
import { removeTree } from '../../../src/io/store-space.ts'
import type { Digest } from '../../../src/model/digest.ts'
import { sourceStore, type SourceKey, type SourceStore } from '../../../src/store/source-store.ts'
import { bundleForChild } from '../../support/bundle-for-child.ts'
import { problemsOf } from '../../support/problems-of.ts'

let root: string
let store: SourceStore

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'store-'))
  store = sourceStore(root)
})

afterEach(() => removeTree(root))

async function* chunksOf(...chunks: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk
    yield Buffer.from(chunk)
  }
}

function digestOf(text: string, algorithm: 'sha512' | 'sha256' | 'sha1' = 'sha512'): Digest {
  return { algorithm, hex: createHash(algorithm).update(text).digest('hex') }
}

function fileKey(text: string): SourceKey {
  return { form: 'file', digest: digestOf(text) }
}

/** What is unfinished, of any process. */
function unfinished(): readonly string[] {
  const tmp = join(root, 'tmp')
  return existsSync(tmp) ? readdirSync(tmp).flatMap((name) => readdirSync(join(tmp, name))) : []
}

describe('files', () => {
  test('stand under their digest, read-only, and are found again', async () => {
    const path = await store.addFile(digestOf('hello'), chunksOf('hel', 'lo'), 'here')
    const { hex } = digestOf('hello')
    expect(path).toBe(join(root, 'sources/file/sha512', hex.slice(0, 2), hex))
    expect(readFileSync(path, 'utf8')).toBe('hello')
    expect(statSync(path).mode & 0o333).toBe(0)
    expect(store.pathOf(fileKey('hello'))).toBe(path)
    expect(store.has(fileKey('hello'))).toBe(true)
    expect(await store.findVerified(fileKey('hello'))).toBe(path)
    expect(store.has(fileKey('other'))).toBe(false)
    expect(await store.findVerified(fileKey('other'))).toBe(undefined)
    expect(unfinished()).toEqual([])
  })

  test('of no bytes and of many megabytes are kept, too', async () => {
    const large = 'x'.repeat(9_000_000)
    for (const text of ['', large]) {
      await store.addFile(digestOf(text), chunksOf(text), 'here')
      expect(await store.findVerified(fileKey(text))).toBe(store.pathOf(fileKey(text)))
    }
  })

  test('with other bytes than expected are a mismatch that names where they came from, and are not kept', async () => {
    const [problem] = await problemsOf(store.addFile(digestOf('hello'), chunksOf('hell'), 'the sender'))
    expect(problem).toMatchObject({ code: 'integrity-mismatch', message: expect.stringContaining('the sender') })
    expect(existsSync(join(root, 'sources'))).toBe(false)
    expect(unfinished()).toEqual([])
  })

  test('whose bytes stop coming are not kept, and the error is the sender’s', async () => {
    const adding = store.addFile(digestOf('hello'), chunksOf('hel', new RangeError('cut')), 'here')
    await expect(adding).rejects.toThrow(new RangeError('cut'))
    expect(existsSync(join(root, 'sources'))).toBe(false)
    expect(unfinished()).toEqual([])
  })

  test('that are known by a weak digest only are verified by it, and stand under sha256', async () => {
    const path = await store.importFile(chunksOf('hello'), digestOf('hello', 'sha1'), 'here')
    expect(path).toBe(store.pathOf({ form: 'file', digest: digestOf('hello', 'sha256') }))
    expect(await store.importFile(chunksOf('hello'), undefined, 'here')).toBe(path)
    expect(await problemsOf(store.importFile(chunksOf('other'), digestOf('hello', 'sha1'), 'here'))).toMatchObject([
      { code: 'integrity-mismatch' },
    ])
  })

  const damages: Record<string, (path: string) => void> = {
    'with a byte more': (path) => appendFileSync(path, '!'),
    'cut short': (path) => truncateSync(path, 2),
    emptied: (path) => truncateSync(path, 0),
    'replaced by a link to the right bytes': (path) => {
      writeFileSync(join(root, 'right'), 'hello')
      rmSync(path)
      symlinkSync(join(root, 'right'), path)
    },
    'replaced by a link that leads nowhere': (path) => {
      rmSync(path)
      symlinkSync('/nonexistent', path)
    },
    'replaced by a directory': (path) => {
      rmSync(path)
      mkdirSync(path)
      writeFileSync(join(path, 'hello'), 'hello')
      chmodSync(path, 0o555)
    },
  }

  test.each(Object.entries(damages))(
    '%s are removed when they are looked at, and can be added again',
    async (_, damage) => {
      const path = await store.addFile(digestOf('hello'), chunksOf('hello'), 'here')
      chmodSync(path, 0o644)
      damage(path)
      expect(await store.findVerified(fileKey('hello'))).toBe(undefined)
      expect(lstatSync(path, { throwIfNoEntry: false })).toBe(undefined)
      expect(await store.addFile(digestOf('hello'), chunksOf('hello'), 'here')).toBe(path)
      expect(await store.findVerified(fileKey('hello'))).toBe(path)
      expect(unfinished()).toEqual([])
    },
  )

  test('that are used are marked with the time, at most once an hour', async () => {
    const path = await store.addFile(digestOf('hello'), chunksOf('hello'), 'here')
    utimesSync(path, 1000, 1000)
    await store.findVerified(fileKey('hello'))
    const marked = statSync(path).mtimeMs
    expect(marked).toBeGreaterThan(1_000_000)
    const recent = marked / 1000 - 600
    utimesSync(path, recent, recent)
    await store.findVerified(fileKey('hello'))
    expect(statSync(path).mtimeMs).toBeCloseTo(recent * 1000, -1)
  })
})

describe('trees', () => {
  const make = async (directory: string) => {
    mkdirSync(join(directory, 'bin'))
    writeFileSync(join(directory, 'bin', 'run'), '#!/bin/sh\n', { mode: 0o751 })
    writeFileSync(join(directory, 'text'), 'text', { mode: 0o600 })
    symlinkSync('text', join(directory, 'link'))
    mkdirSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0x2e])]))
  }

  async function treeKey(): Promise<SourceKey> {
    const model = mkdtempSync(join(tmpdir(), 'tree-'))
    await make(model)
    const digest = await narDigestOfTree(model)
    rmSync(model, { recursive: true })
    return { form: 'tree', digest }
  }

  test('stand under their NAR’s digest, with modes that are the same everywhere', async () => {
    const key = await treeKey()
    const path = await store.addTree(key.digest, make, 'here')
    expect(path).toBe(join(root, 'sources/tree/sha256', key.digest.hex.slice(0, 2), key.digest.hex))
    const modes = ['.', 'bin', 'bin/run', 'text'].map((name) => (statSync(join(path, name)).mode & 0o777).toString(8))
    expect(modes).toEqual(['555', '555', '555', '444'])
    expect(await store.findVerified(key)).toBe(path)
    expect(await store.addTree(key.digest, make, 'here')).toBe(path)
    expect(unfinished()).toEqual([])
  })

  test('that are not what was expected are not kept', async () => {
    const key = await treeKey()
    const other = async (directory: string) => {
      await make(directory)
      chmodSync(join(directory, 'text'), 0o755)
    }
    expect(await problemsOf(store.addTree(key.digest, other, 'there'))).toMatchObject([
      { code: 'integrity-mismatch', message: expect.stringContaining('there') },
    ])
    expect(store.has(key)).toBe(false)
    expect(unfinished()).toEqual([])
  })

  test('that were changed are removed when they are looked at', async () => {
    const key = await treeKey()
    const path = await store.addTree(key.digest, make, 'here')
    chmodSync(join(path, 'bin', 'run'), 0o444)
    expect(await store.findVerified(key)).toBe(undefined)
    expect(store.has(key)).toBe(false)
    expect(unfinished()).toEqual([])
  })
})

describe('unfinished things', () => {
  test('of processes that are gone are removed by whoever comes next; of living ones they stay', async () => {
    const dead = printIdentity({ ...ownIdentity(), pid: 2 ** 22 + 1 })
    const reused = printIdentity({ ...ownIdentity(), start: '1.0' })
    const foreign = printIdentity({ ...ownIdentity(), host: 'elsewhere' })
    const parent = printIdentity({ ...ownIdentity(), pid: process.ppid, start: '' })
    for (const name of [dead, reused, foreign, parent]) {
      mkdirSync(join(root, 'tmp', name, 'tree'), { recursive: true })
      writeFileSync(join(root, 'tmp', name, 'tree', 'half'), 'x')
      chmodSync(join(root, 'tmp', name, 'tree'), 0o555)
    }
    // A store of a root that this process has not used yet.
    await sourceStore(root).addFile(digestOf('hello'), chunksOf('hello'), 'here')
    expect(readdirSync(join(root, 'tmp')).sort()).toEqual([foreign, parent, printIdentity(ownIdentity())].sort())
  })

  test('that cannot be written are an io problem with the reason, and the store stays usable', async () => {
    const path = await store.addFile(digestOf('hello'), chunksOf('hello'), 'here')
    const folder = dirname(store.pathOf(fileKey('other')))
    writeFileSync(folder, 'in the way')
    expect(await problemsOf(store.addFile(digestOf('other'), chunksOf('other'), 'here'))).toMatchObject([
      { code: 'io' },
    ])
    expect(await store.findVerified(fileKey('hello'))).toBe(path)
    expect(unfinished()).toEqual([])
  })
})

describe('an ordinary user', () => {
  // To root every directory is writable, so only somebody else can show that read-only ones are moved and removed.
  const asUser = `
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { narDigestOfTree } from '../../../src/io/nar-tree.ts'
import { clearCache } from '../../../src/store/cache-prune.ts'
import { sourceStore } from '../../../src/store/source-store.ts'
const cache = join(process.argv[2], 'cache')
const make = async (directory) => {
  mkdirSync(join(directory, 'a', 'b'), { recursive: true })
  writeFileSync(join(directory, 'a', 'b', 'c'), 'x')
}
const model = join(process.argv[2], 'model')
await make(model)
const digest = await narDigestOfTree(model)
const store = sourceStore(cache)
const key = { form: 'tree', digest }
const path = await store.addTree(digest, make, 'here')
const found = await store.findVerified(key)
chmodSync(join(path, 'a', 'b', 'c'), 0o755)
const damaged = await store.findVerified(key)
await store.addTree(digest, make, 'here')
await store.addTree(digest, make, 'here')
const wrong = await store.addTree({ ...digest, hex: '0'.repeat(64) }, make, 'here').catch((error) => error.problems[0].code)
const removed = clearCache(cache, { dry: false }).sources
const left = readdirSync(join(cache, 'tmp')).flatMap((name) => readdirSync(join(cache, 'tmp', name)))
console.log(JSON.stringify([found === path, damaged === undefined, wrong, removed, existsSync(path), left]))
`

  test('adds, verifies and removes trees, too', () => {
    chmodSync(root, 0o777)
    const program = bundleForChild(asUser, import.meta.dirname)
    chmodSync(dirname(program), 0o755)
    const { stdout, stderr } = spawnSync(process.execPath, [program, root], {
      encoding: 'utf8',
      cwd: root,
      ...(process.getuid?.() === 0 && { uid: 65534, gid: 65534 }),
    })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual([true, true, 'integrity-mismatch', 1, false, []])
  })
})
