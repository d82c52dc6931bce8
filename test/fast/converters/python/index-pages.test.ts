/** Pages of an index, JSON and HTML, as the specification has them and as servers write them. */
import { assert, property, stringMatching } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readIndexPage } from '../../../../converters/python/index-pages.ts'
import { redirectingUrl } from '../../../../converters/python/public-index.ts'
import { thrownProblems } from '../../../support/thrown-problems.ts'

const url = 'https://index.example/simple/demo/'
const hex = '0123456789abcdef'.repeat(4)

function html(text: string, at = url) {
  return readIndexPage({ text, type: 'text/html', url: at }).files()
}

function json(page: unknown) {
  return readIndexPage({ text: JSON.stringify(page), type: 'application/vnd.pypi.simple.v1+json', url }).files()
}

test('files are found by name and by digest, in the order of the page', () => {
  const [sha256, sha512] = [hex, hex.repeat(2)]
  const files = [
    { filename: 'b', url: 'https://files.example/1', hashes: { sha256 } },
    { filename: 'a', url: 'https://files.example/2', hashes: { blake3: sha256, sha512 } },
    { filename: 'b', url: 'file:///etc/passwd', hashes: { sha256 } },
    { filename: 'b', url: 'https://files.example/3', hashes: { sha256, sha512 } },
  ]
  const text = JSON.stringify({ files })
  const page = readIndexPage({ text, type: 'application/vnd.pypi.simple.v1+json', url })
  const urlsOf = (found: readonly { readonly url: string }[]) => found.map((file) => file.url.slice(-1)).join('')
  expect(urlsOf(page.named('b'))).toBe('13')
  expect(urlsOf(page.named('c'))).toBe('')
  expect(urlsOf(page.withDigest([{ algorithm: 'sha256', hex: sha256 }]))).toBe('13')
  expect(urlsOf(page.withDigest([{ algorithm: 'sha512', hex: sha512 }]))).toBe('23')
  expect(urlsOf(page.withDigest([]))).toBe('')
})

describe('JSON', () => {
  test('gives names, absolute URLs, digests, and whether a file is yanked', () => {
    const files = json({
      meta: { 'api-version': '1.4' },
      name: 'demo',
      files: [
        {
          filename: 'demo-1.0.tar.gz',
          url: '../../files/demo-1.0.tar.gz#egg=x',
          hashes: { sha256: hex, blake3: 'ff', sha512: 'not hex' },
          'requires-python': '>=3.8',
          yanked: 'broken',
          'dist-info-metadata': { sha256: hex },
        },
        {
          filename: 'demo-1.1.tar.gz',
          url: 'https://files.example/demo-1.1.tar.gz',
          hashes: {},
          yanked: false,
          'core-metadata': false,
        },
      ],
    })
    expect(files).toEqual([
      {
        filename: 'demo-1.0.tar.gz',
        url: 'https://index.example/files/demo-1.0.tar.gz',
        digests: [{ algorithm: 'sha256', hex }],
        requiresPython: '>=3.8',
        yanked: true,
        hasMetadata: true,
      },
      {
        filename: 'demo-1.1.tar.gz',
        url: 'https://files.example/demo-1.1.tar.gz',
        digests: [],
        requiresPython: undefined,
        yanked: false,
        hasMetadata: false,
      },
    ])
  })

  test('a URL is as a parser writes it, or not there', () => {
    const text = stringMatching(/^https:\/\/[a-z0-9.:@-]{1,12}(?:\/[A-Za-z0-9._~+!%?#\\ -]{0,6}){0,4}$/)
    const check = (href: string) => {
      const found = json({ files: [{ filename: 'a-1.tar.gz', hashes: {}, url: href }] }).map((file) => file.url)
      const parsed = URL.canParse(href, url) ? new URL(href, url) : undefined
      for (const part of ['username', 'password', 'hash'] as const) if (parsed !== undefined) parsed[part] = ''
      expect(found).toEqual(parsed === undefined ? [] : [parsed.href])
    }
    assert(property(text, check), { numRuns: 2000 })
    for (const href of ['https://a.b1/x', 'https://0x7f.1/x', 'https://a.example/x/../y', 'https://A.example/x'])
      check(href)
  })

  test('files that cannot be fetched are left out', () => {
    const file = { filename: 'a-1.tar.gz', hashes: {} }
    expect(
      json({ files: [{ ...file, url: 'file:///etc/passwd' }, { ...file, url: 'javascript:x' }, 7, file] }),
    ).toEqual([])
  })

  test.each([[{}], [{ files: {} }], [[]], [null]])('%j is no page', (page) => {
    expect(thrownProblems(() => json(page))).toMatchObject([
      { code: 'network', hint: expect.stringContaining('simple') },
    ])
  })

  test('another major version of the protocol is not read', () => {
    const page = { meta: { 'api-version': '2.0' }, files: [] }
    expect(thrownProblems(() => json(page))).toMatchObject([{ message: expect.stringContaining('version "2.0"') }])
  })
})

describe('HTML', () => {
  test('relative links start at the page, and where it says at its base; the first base counts', () => {
    const link = '<a href="../../packages/demo-1.0.tar.gz">demo-1.0.tar.gz</a>'
    expect(html(link).map((file) => file.url)).toEqual(['https://index.example/packages/demo-1.0.tar.gz'])
    const based = `<base href="/deep/er/er/"><base href="https://wrong.example/">${link}`
    expect(html(based).map((file) => file.url)).toEqual(['https://index.example/deep/packages/demo-1.0.tar.gz'])
  })

  test('names are decoded, digests are taken from the fragment, references in attributes are resolved', () => {
    const [file] = html(
      `<a class=x DATA-Requires-Python='&gt;=3.8,&#60;4&#x2c;!=3.9' data-yanked data-dist-info-metadata="sha256=0" href="f/torch-2.7.1%2Bcpu.whl?a=1&amp;b=2#egg=y&amp;SHA256=0&amp;sha256=${hex.toUpperCase()}"
        >whatever</a>`,
    )
    expect(file).toEqual({
      filename: 'torch-2.7.1+cpu.whl',
      url: 'https://index.example/simple/demo/f/torch-2.7.1%2Bcpu.whl?a=1&b=2',
      digests: [{ algorithm: 'sha256', hex }],
      requiresPython: '>=3.8,<4,!=3.9',
      yanked: true,
      hasMetadata: true,
    })
  })

  test('comments, anchors without a link, other schemes and credentials in links do not come through', () => {
    const page = `<!-- <a href="commented-1.0.zip">a</a> --><a name="top">a</a><abbr href="x-1.zip"><a href="ftp://h/b-1.zip">b</a>
      <a href="https://user:geheim@files.example/c-1.zip">c</a>`
    expect(html(page).map((file) => file.url)).toEqual(['https://files.example/c-1.zip'])
  })

  test('a quoted attribute may hold what ends a tag', () => {
    expect(html(`<a data-requires-python=">=3.8" href="a-1.zip">a</a>`)).toMatchObject([
      { filename: 'a-1.zip', requiresPython: '>=3.8' },
    ])
  })

  test('a tag that never ends ends the page, in time', () => {
    expect(html(`<a href="a-1.zip">a</a>${'<a href="'.repeat(200_001)}`)).toHaveLength(1)
  })

  test('another major version of the protocol is not read', () => {
    const page = '<meta name="pypi:repository-version" content="2.0">'
    expect(thrownProblems(() => html(page))).toMatchObject([{ code: 'network' }])
  })
})

test('the redirecting URL holds the python tag of a wheel, and “source” for all else', () => {
  expect(redirectingUrl('attrs', 'attrs-1.0-1-py2.py3-none-any.whl')).toMatch(
    /\/packages\/py2\.py3\/a\/attrs\/attrs-1\.0-1-py2/,
  )
  expect(redirectingUrl('zope-interface', 'zope.interface-1.0.tar.gz')).toMatch(
    /\/packages\/source\/z\/zope-interface\/zope\.i/,
  )
})
