import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseDigest, printDigest, type Spelling } from '../../src/digest/spelling.ts'
import { isNixKnown } from '../../src/digest/sri.ts'
import { fixedOutputPath } from '../../src/digest/store-path.ts'
import { narDigest, narChunks } from '../../src/digest/nar.ts'
import { narDigestOfTree, readNarTree } from '../../src/io/nar-tree.ts'
import type { Digest } from '../../src/model/digest.ts'
import { hasNix } from '../support/nix.ts'

const algorithms = ['md5', 'sha1', 'sha256', 'sha512'] as const
type Known = (typeof algorithms)[number]

const scratch = mkdtempSync(join(tmpdir(), 'l2b-against-nix-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const nixConfig = 'build-users-group =\nexperimental-features = nix-command'

function nix(command: string, ...args: readonly string[]): Buffer {
  const env = { ...process.env, HOME: scratch, NIX_CONFIG: nixConfig }
  return execFileSync(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024 })
}
const lines = (command: string, ...args: readonly string[]): readonly string[] =>
  nix(command, ...args)
    .toString()
    .trim()
    .split('\n')

function digestsOf(algorithm: Known, count: number): readonly Digest[] {
  const extremes = ['00', 'ff', '01', '80'].map((byte) => byte.repeat(createHash(algorithm).digest().length))
  const some = Array.from({ length: count }, (_, index) => createHash(algorithm).update(String(index)).digest('hex'))
  return [...extremes, ...some].map((hex) => ({ algorithm, hex }))
}

describe.skipIf(!hasNix)('spellings', () => {
  const commands: readonly (readonly [command: string, spelling: Spelling])[] = [
    ['to-sri', 'sri'],
    ['to-base16', 'hex'],
    ['to-base32', 'nix32'],
    ['to-base64', 'base64'],
  ]

  test.each(algorithms)('of %s are printed as nix hash prints them, from every spelling', (algorithm) => {
    const digests = digestsOf(algorithm, 40)
    for (const [command, spelling] of commands) {
      const expected = digests.map((digest) => printDigest(digest, spelling))
      for (const [, from] of commands) {
        const given = digests.map((digest) => printDigest(digest, from))
        expect(lines('nix', 'hash', command, '--type', algorithm, ...given)).toEqual(expected)
        expect(given.map((text) => printDigest(parseDigest(text, algorithm), spelling))).toEqual(expected)
      }
    }
  })

  test.each(algorithms)('of %s in Nix base32 are those of nix-hash', (algorithm) => {
    for (const digest of digestsOf(algorithm, 8)) {
      expect(lines('nix-hash', '--type', algorithm, '--to-base32', digest.hex)).toEqual([printDigest(digest, 'nix32')])
    }
  })

  test('with bits beyond the digest are refused by both', () => {
    const text = `z${'0'.repeat(51)}`
    expect(() => nix('nix', 'hash', 'to-base16', '--type', 'sha256', text)).toThrow()
    expect(() => parseDigest(text, 'sha256')).toThrow()
  })

  test('of algorithms Nix does not know are refused by Nix', () => {
    const sha384: Digest = { algorithm: 'sha384', hex: createHash('sha384').update('x').digest('hex') }
    expect(isNixKnown(sha384)).toBe(false)
    expect(() => nix('nix', 'hash', 'to-base16', printDigest(sha384, 'sri'))).toThrow()
    for (const algorithm of ['sha1', 'sha256', 'sha512'] as const) {
      const [digest] = digestsOf(algorithm, 0)
      if (digest === undefined) throw new Error('no digest')
      expect(isNixKnown(digest)).toBe(true)
      expect(lines('nix', 'hash', 'to-base16', printDigest(digest, 'sri'))).toEqual([digest.hex])
    }
  })
})

describe.skipIf(!hasNix)('store paths', () => {
  const names = ['x', 'ms-2.1.3.tgz', '+-._?=A', 'n'.repeat(207)]

  test.each(algorithms)('of fixed outputs with %s are those of nix-store --print-fixed-path', (algorithm) => {
    const store = join(scratch, 'store')
    for (const digest of digestsOf(algorithm, 1)) {
      for (const name of names) {
        for (const recursive of [false, true]) {
          const mode = recursive ? ['--recursive'] : []
          const expected = lines(
            'nix-store',
            '--store',
            store,
            '--print-fixed-path',
            ...mode,
            algorithm,
            digest.hex,
            name,
          )
          expect([fixedOutputPath({ digest, name, recursive })]).toEqual(expected)
        }
      }
    }
  })
})

describe.skipIf(!hasNix)('archives of trees', () => {
  const trees: Readonly<Record<string, (root: string) => void>> = {
    'an empty directory': (root) => mkdirSync(root),
    'an empty file': (root) => writeFileSync(root, ''),
    'an executable': (root) => writeFileSync(root, '#!/bin/sh\n', { mode: 0o755 }),
    'a link to nothing': (root) => symlinkSync('nowhere/é', root),
    'every length around a word and a buffer': (root) => {
      mkdirSync(root)
      for (const size of [1, 7, 8, 9, 63, 64, 65_535, 65_536, 65_537, 262_144, 262_145, 1_000_003]) {
        writeFileSync(join(root, `f${size}`), Buffer.alloc(size, 'abc'))
      }
    },
    'empty directories, executables and links, nested': (root) => {
      mkdirSync(join(root, 'a/b/c/empty'), { recursive: true })
      mkdirSync(join(root, 'a.b'))
      writeFileSync(join(root, 'a/run'), 'x', { mode: 0o700 })
      writeFileSync(join(root, 'a/not-run'), 'x')
      // Nix looks at the owner's bit alone.
      chmodSync(join(root, 'a/not-run'), 0o611)
      symlinkSync('../../a.b', join(root, 'a/b/up'))
      symlinkSync('/absolute/path', join(root, 'a/b/absolute'))
    },
    'names whose order depends on the encoding': (root) => {
      mkdirSync(root)
      for (const name of [
        'Z',
        'a',
        'é',
        'e\u0301',
        'ch',
        'h',
        '\uff5e',
        '\u{1f600}',
        ' ',
        '~',
        '.hidden',
        'ß',
        'a-b',
        'a.b',
        'a_b',
        'ab',
      ]) {
        writeFileSync(join(root, name), name)
      }
    },
    'names that are not UTF-8': (root) => {
      mkdirSync(root)
      for (const byte of [0xff, 0x80, 0xc3])
        writeFileSync(Buffer.concat([Buffer.from(`${root}/n`), Buffer.from([byte])]), 'x')
    },
    'a directory with a thousand files': (root) => {
      mkdirSync(root)
      for (let index = 0; index < 1000; index += 1) writeFileSync(join(root, `file ${index}`), `${index}`)
    },
    'a directory three hundred levels deep': (root) =>
      mkdirSync(join(root, ...Array<string>(300).fill('d')), { recursive: true }),
  }

  test.each(Object.keys(trees))(
    '%s has the digest that nix-hash gives, and the bytes that nix-store dumps',
    async (name) => {
      const root = join(mkdtempSync(join(scratch, 'tree-')), 'root')
      trees[name]?.(root)
      for (const algorithm of algorithms) {
        const expected = { algorithm, hex: lines('nix-hash', '--type', algorithm, root)[0] }
        expect(await narDigestOfTree(root, { algorithm })).toEqual(expected)
        expect(narDigest(readNarTree(root), algorithm)).toEqual(expected)
      }
      const copies = []
      for (const chunk of narChunks(readNarTree(root))) copies.push(Buffer.from(chunk))
      expect(Buffer.concat(copies).equals(nix('nix-store', '--dump', root))).toBe(true)
    },
  )
})
