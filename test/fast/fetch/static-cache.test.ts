import { generateKeyPairSync, verify } from 'node:crypto'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseSigningKey, printPublicKey, signText } from '../../../src/fetch/signing.ts'
import { addToStaticCache, type StaticCacheOptions } from '../../../src/fetch/static-cache.ts'
import type { StoredSource } from '../../../src/fetch/stored-source.ts'
import { contentFolder } from '../../support/stored-content.ts'
import { listTree, textsOf } from '../../support/cli.ts'
import { problemsOf } from '../../support/problems-of.ts'

const content = contentFolder()
afterAll(() => content.remove())
const archive = content.file('ms-2.1.3.tgz', 'the bytes of ms')
const older = content.file('old-1.0.0.tgz', 'an old one', 'sha256')
const checkout = content.tree('dep-0123456', {
  'index.js': 'x',
  run: { run: '#!/bin/sh' },
  'a/link': { link: '../run' },
})

const plain: StaticCacheOptions = { compression: 'none', environment: process.env }
const freshFolder = () => mkdtempSync(join(content.folder, 'cache-'))
const narInfos = (folder: string) => Object.keys(textsOf(folder)).filter((path) => path.endsWith('.narinfo'))
const keyText = () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  const { x = '' } = privateKey.export({ format: 'jwk' })
  return `cache-1:${Buffer.concat([seed, Buffer.from(x, 'base64url')]).toString('base64')}\n`
}

describe('a static cache', () => {
  // The expected text is the one that `nix copy --to file://…` writes for the same path.
  test('holds what Nix asks a substituter for', async () => {
    const folder = freshFolder()
    expect(await addToStaticCache(folder, [archive, older, checkout], plain)).toEqual({ added: 3, kept: 0 })
    const files = textsOf(folder)
    expect(files['nix-cache-info']).toBe('StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n')
    expect(infoOf(folder, archive)).toBe(`StorePath: /nix/store/l07lxmavjv7gbmjdjwlhh7bh5wpnp70d-ms-2.1.3.tgz
URL: nar/0p6r1y4f6wl5l4frj93mzzrzbh6qj2dxi2bnkqphla3b8kzwq4pv.nar
Compression: none
FileHash: sha256:0p6r1y4f6wl5l4frj93mzzrzbh6qj2dxi2bnkqphla3b8kzwq4pv
FileSize: 128
NarHash: sha256:0p6r1y4f6wl5l4frj93mzzrzbh6qj2dxi2bnkqphla3b8kzwq4pv
NarSize: 128
References: ${''}
CA: fixed:sha512:34zbvahayv9r93yb4l6v8zm0n5fjxxa390prwhfrbazxjshabkrqqqpjxb9aq3wjjbikv9g1nbwzffwyshfgl6694h327hrg1b8575m
`)
    expect(infoOf(folder, checkout)).toContain('\nCA: fixed:r:sha256:')
    expect(infoOf(folder, older)).toContain('\nCA: fixed:sha256:')
    expect(Object.keys(files).filter((path) => path.startsWith('nar/'))).toHaveLength(3)
  })

  test('is the same whoever makes it, and does not change when it is made again', async () => {
    const [one, other] = [freshFolder(), freshFolder()]
    await addToStaticCache(one, [archive, older, checkout], plain)
    await addToStaticCache(other, [checkout, archive, older], plain)
    expect(textsOf(one)).toEqual(textsOf(other))
    const before = listTree(one)
    expect(await addToStaticCache(one, [archive, older, checkout], plain)).toEqual({ added: 0, kept: 3 })
    expect(listTree(one)).toEqual(before)
  })

  test('grows: what other projects put there stays', async () => {
    const folder = freshFolder()
    await addToStaticCache(folder, [archive], plain)
    const before = textsOf(folder)
    expect(await addToStaticCache(folder, [checkout], plain)).toEqual({ added: 1, kept: 0 })
    expect(textsOf(folder)).toMatchObject(before)
    expect(narInfos(folder)).toHaveLength(2)
  })

  test.each(['a NAR', 'a narinfo'])('is repaired when %s was damaged, cut off or removed', async (what) => {
    const folder = freshFolder()
    await addToStaticCache(folder, [archive, checkout], plain)
    const before = textsOf(folder)
    const [victim = ''] = Object.keys(before).filter((path) => path.endsWith(what === 'a NAR' ? '.nar' : '.narinfo'))
    const path = join(folder, victim)
    const damages = [
      () => appendFileSync(path, 'x'),
      () => writeFileSync(path, (before[victim] ?? '').replace('x', 'y').replace('Size: 1', 'Size: 2')),
      () => writeFileSync(path, (before[victim] ?? '').slice(0, 100)),
      () => rmSync(path),
    ]
    for (const damage of damages) {
      damage()
      expect(await addToStaticCache(folder, [archive, checkout], plain)).toEqual({ added: 1, kept: 1 })
      expect(textsOf(folder)).toEqual(before)
    }
  })

  test('keeps the description that its owner wrote, and is not mixed with one of another store', async () => {
    const folder = freshFolder()
    writeFileSync(join(folder, 'nix-cache-info'), 'StoreDir: /nix/store\nPriority: 5\n')
    await addToStaticCache(folder, [archive], plain)
    expect(textsOf(folder)['nix-cache-info']).toBe('StoreDir: /nix/store\nPriority: 5\n')
    writeFileSync(join(folder, 'nix-cache-info'), 'StoreDir: /gnu/store\n')
    const [problem] = await problemsOf(addToStaticCache(folder, [archive], plain))
    expect(problem).toMatchObject({ code: 'not-ours', where: { file: join(folder, 'nix-cache-info') } })
  })

  test('takes nothing in that is not what its digest says, and leaves nothing half', async () => {
    const folder = freshFolder()
    const changed = content.file('changed-1.0.0.tgz', 'right')
    writeFileSync(changed.path, 'wrong')
    const [problem] = await problemsOf(addToStaticCache(folder, [changed, archive], plain))
    expect(problem).toMatchObject({ code: 'integrity-mismatch', where: { file: changed.path } })
    const changedTree = content.tree('tree', { a: '1' })
    writeFileSync(join(changedTree.path, 'a'), '2')
    expect((await problemsOf(addToStaticCache(folder, [changedTree], plain)))[0]?.code).toBe('integrity-mismatch')
    expect(narInfos(folder)).toEqual([])
    expect(existsSync(join(folder, 'nar'))).toBe(false)
  })

  test('is readable for a web server of another user', async () => {
    const folder = join(freshFolder(), 'new')
    const mask = process.umask(0o022)
    try {
      await addToStaticCache(folder, [archive], plain)
    } finally {
      process.umask(mask)
    }
    expect(statSync(folder).mode & 0o777).toBe(0o755)
    expect(statSync(join(folder, 'nar')).mode & 0o777).toBe(0o755)
    for (const path of ['nix-cache-info', ...narInfos(folder)]) {
      expect(statSync(join(folder, path)).mode & 0o777).toBe(0o644)
    }
  })
})

describe('compression', () => {
  test.each([
    ['node or the program', {}],
    ['the program', { prefer: 'program' as const }],
  ])('with zstd by %s', async (_, more) => {
    const folder = freshFolder()
    const text = content.file('text-1.0.0.tgz', 'again and again '.repeat(1000))
    const options: StaticCacheOptions = { ...plain, ...more, compression: 'zstd' }
    expect(await addToStaticCache(folder, [text, checkout], options)).toEqual({ added: 2, kept: 0 })
    const paths = Object.keys(textsOf(folder)).filter((path) => path.startsWith('nar/'))
    expect(paths).toHaveLength(2)
    for (const path of paths) {
      expect(path).toMatch(/\.nar\.zst$/)
      expect(readFileSync(join(folder, path)).readUInt32LE(0)).toBe(0xfd2fb528)
    }
    expect(infoOf(folder, text)).toMatch(
      /^Compression: zstd\nFileHash: sha256:[0-9a-z]{52}\nFileSize: \d{2,3}\nNarHash/m,
    )
    const before = listTree(folder)
    expect(await addToStaticCache(folder, [text, checkout], options)).toEqual({ added: 0, kept: 2 })
    expect(listTree(folder)).toEqual(before)
  })

  test('of what is there already stays as it is', async () => {
    const folder = freshFolder()
    await addToStaticCache(folder, [archive], { ...plain, compression: 'zstd' })
    expect(await addToStaticCache(folder, [archive, older], plain)).toEqual({ added: 1, kept: 1 })
    expect(infoOf(folder, archive)).toContain('Compression: zstd\n')
    expect(infoOf(folder, older)).toContain('Compression: none\n')
  })

  test('without zstd on this machine says what to do', async () => {
    const options = { compression: 'zstd', prefer: 'program', environment: { PATH: '/nonexistent' } } as const
    const [problem] = await problemsOf(addToStaticCache(freshFolder(), [archive], options))
    expect(problem).toMatchObject({ code: 'usage', hint: expect.stringContaining('install zstd') })
  })
})

describe('signatures', () => {
  test('are verified with the public key, and are added to what is there', async () => {
    const folder = freshFolder()
    const key = parseSigningKey(keyText(), 'key')
    await addToStaticCache(folder, [archive], plain)
    const before = infoOf(folder, archive)
    expect(await addToStaticCache(folder, [archive], { ...plain, key })).toEqual({ added: 0, kept: 1 })
    const info = infoOf(folder, archive)
    expect(info.replace(/^Sig: .*\n/m, '')).toBe(before)
    const [, signature = ''] = /^Sig: cache-1:(.*)$/m.exec(info) ?? []
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(info)?.[1] ?? ''
    const message = `1;${field('StorePath')};${field('NarHash')};${field('NarSize')};`
    const raw = Buffer.from(printPublicKey(key).slice('cache-1:'.length), 'base64')
    const publicKey = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])
    const isRight = verify(
      null,
      Buffer.from(message),
      { key: publicKey, format: 'der', type: 'spki' },
      Buffer.from(signature, 'base64'),
    )
    expect(isRight).toBe(true)
  })

  test('of others stay; one of a key of the same name is replaced', async () => {
    const folder = freshFolder()
    const [first, second] = [parseSigningKey(keyText(), 'key'), parseSigningKey(keyText(), 'key')]
    const other = parseSigningKey(keyText().replace('cache-1', 'other-1'), 'key')
    for (const key of [first, other, second]) await addToStaticCache(folder, [archive], { ...plain, key })
    const names = infoOf(folder, archive).match(/^Sig: [^:]+/gm)
    expect(names).toEqual(['Sig: other-1', 'Sig: cache-1'])
    const before = infoOf(folder, archive)
    await addToStaticCache(folder, [archive], plain)
    expect(infoOf(folder, archive)).toBe(before)
  })

  test('are deterministic', () => {
    const key = parseSigningKey(keyText(), 'key')
    expect(signText('a', key)).toBe(signText('a', key))
    expect(signText('a', key)).not.toBe(signText('b', key))
  })

  test.each([
    ['nothing', ''],
    ['no name', 'AAAA'],
    ['a public key', `cache-1:${Buffer.alloc(32).toString('base64')}`],
    ['two halves of different keys', `cache-1:${Buffer.alloc(64).toString('base64')}`],
    ['a second line', `${keyText()}${keyText()}`],
  ])('are refused with a key file that holds %s, which is not shown', async (_, text) => {
    const [problem] = await problemsOf(() => parseSigningKey(text, 'secret.key'))
    expect(problem).toMatchObject({ code: 'config-invalid', where: { file: 'secret.key' } })
    expect(JSON.stringify(problem)).not.toContain('AAAA')
  })
})

function infoOf(folder: string, { name }: StoredSource): string {
  const texts = Object.entries(textsOf(folder)).flatMap(([path, text]) =>
    path.endsWith('.narinfo') && text.split('\n')[0]?.endsWith(`-${name}`) === true ? [text] : [],
  )
  return texts[0] ?? ''
}
