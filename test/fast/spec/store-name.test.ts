import { describe, expect, test } from 'vitest'
import * as fc from 'fast-check'
import { isStoreName, STORE_NAME_LIMIT } from '../../../src/digest/store-path.ts'
import { archiveStoreName, cleanStoreName, gitStoreName, localStoreName } from '../../../src/spec/store-name.ts'

const archive = (name: string, version: string, url: string): string => archiveStoreName({ name, version }, url)

describe('store names', () => {
  test('are valid whatever goes in', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom('', '.', '..', '.drv', 'a.drv', '@', '/', 'x'.repeat(500)),
    )
    fc.assert(
      fc.property(text, text, text, (name, version, url) => {
        for (const made of [
          archive(name, version, url),
          gitStoreName({ name }, version),
          localStoreName(url),
          cleanStoreName(name),
        ]) {
          expect(isStoreName(made) ? '' : made).toBe('')
        }
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['ms', '2.1.3', 'https://registry.example/ms/-/ms-2.1.3.tgz', 'ms-2.1.3.tgz'],
    [
      '@babel/core',
      '7.0.0-beta.1+x',
      'https://registry.example/@babel/core/-/core.tgz',
      'babel-core-7.0.0-beta.1+x.tgz',
    ],
    ['a', '1.0.0', 'https://h/a/tar.gz/abc123', 'a-1.0.0'],
    ['a', '1.0.0', 'https://h/A.TAR.GZ?token=.zip#.whl', 'a-1.0.0.tar.gz'],
    ['a', '1.0.0', 'https://h/', 'a-1.0.0'],
    ['Django', '4.2', 'https://h/p/Django-4.2-py3-none-any.whl', 'Django-4.2-py3-none-any.whl'],
    ['.hidden', '', 'https://h/x.tgz', 'hidden.tgz'],
    ['日本', '日', 'https://h/x.tgz', 'source.tgz'],
  ])('%s %s from %s is %s', (name, version, url, expected) => {
    expect(archive(name, version, url)).toBe(expected)
  })

  test('of git checkouts and local files are readable', () => {
    expect(gitStoreName({ name: '@scope/left-pad' }, '0123456789abcdef')).toBe('scope-left-pad-0123456')
    expect(localStoreName('vendor/dir/thing 1.0.tgz')).toBe('thing-1.0.tgz')
    expect(localStoreName('x.drv')).toBe('x-drv')
  })

  test('that are too long keep their ending', () => {
    const name = archive('x'.repeat(300), '1.0.0', 'https://h/x.tar.gz')
    expect(name).toHaveLength(STORE_NAME_LIMIT)
    expect(name.endsWith('.tar.gz')).toBe(true)
  })
})
