import { describe, expect, test } from 'vitest'
import { fixedOutputPath, isStoreName, STORE_NAME_LIMIT } from '../../../src/digest/store-path.ts'
import { parseDigest } from '../../../src/digest/spelling.ts'

const digest = parseDigest('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')

describe('store paths', () => {
  test('are those of nix-store --print-fixed-path', () => {
    expect(fixedOutputPath({ digest, name: 'x', recursive: false })).toBe(
      '/nix/store/9zicq1m4wy4bv50xa4l1jk4kpyy41kih-x',
    )
    expect(fixedOutputPath({ digest, name: 'x', recursive: true })).toBe(
      '/nix/store/d6q30mlzfljh7ha1b1m6fnifi34qr99p-x',
    )
  })

  test('depend on the store directory', () => {
    const path = fixedOutputPath({ digest, name: 'x', recursive: false, storeDir: '/tmp/store' })
    expect(path).toMatch(/^\/tmp\/store\/[0-9a-z]{32}-x$/)
    expect(path.slice(11)).not.toBe('/nix/store/9zicq1m4wy4bv50xa4l1jk4kpyy41kih-x'.slice(11))
  })
})

describe('store names', () => {
  test.each(['a', '0', '_x', '+-._?=A1', 'x'.repeat(STORE_NAME_LIMIT), 'a.drv.tgz'])('%s is one', (name) => {
    expect(isStoreName(name)).toBe(true)
  })

  test.each(['', '.', '..', '.a', 'a b', 'a/b', '@a', 'é', 'a\n', 'a.drv', 'x'.repeat(STORE_NAME_LIMIT + 1)])(
    '%j is none',
    (name) => {
      expect(isStoreName(name)).toBe(false)
      expect(() => fixedOutputPath({ digest, name, recursive: false })).toThrow(/not a store name/)
    },
  )
})
