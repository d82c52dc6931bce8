/** Where a registry has archives and manifests, and which URLs of a lock file mean the configured one. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lookUp } from '../../../converters/node/look-up.ts'
import {
  DEFAULT_REGISTRY,
  defaultRegistries,
  findRegistryOf,
  getRegistry,
  manifestUrl,
  replaceRegistry,
  tarballUrl,
} from '../../../converters/node/registry.ts'
import { packageId } from '../../../src/model/lock.ts'
import type { LockedPackage } from '../../../src/model/lock.ts'
import type { Web } from '../../../src/model/world.ts'
import { fail } from '../../../src/problem.ts'
import { problemsOf } from '../../support/problems-of.ts'

const registry = 'https://r.example/npm/'

describe('URLs', () => {
  test('of archives and manifests follow from name and version', () => {
    expect(tarballUrl(registry, 'ms', '2.1.3')).toBe('https://r.example/npm/ms/-/ms-2.1.3.tgz')
    expect(tarballUrl(registry, '@s/a', '1.0.0-rc.1')).toBe('https://r.example/npm/@s/a/-/a-1.0.0-rc.1.tgz')
    expect(tarballUrl(registry, 'a', '1.0.0+build.5')).toBe('https://r.example/npm/a/-/a-1.0.0.tgz')
    expect(manifestUrl(registry, '@s/a', '1.0.0+b')).toBe('https://r.example/npm/@s%2fa/1.0.0%2Bb')
  })

  test('lead back to the registry', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/)
    const name = fc.oneof(
      word,
      fc.tuple(word, word).map(([scope, bare]) => `@${scope}/${bare}`),
    )
    fc.assert(
      fc.property(name, word, (pkg, path) => {
        const base = `https://host.example/${path}/`
        expect(findRegistryOf(tarballUrl(base, pkg, '1.0.0'), pkg)).toBe(base)
      }),
    )
    expect(findRegistryOf('https://h.example/@s%2Fa/-/a-1.tgz', '@s/a')).toBe('https://h.example/')
    expect(findRegistryOf('https://codeload.example/u/r/tar.gz/abc', 'a')).toBeUndefined()
  })

  test('a scope has its registry, everything else the main one', () => {
    const registries = { ...defaultRegistries, scopes: new Map([['@s', registry]]) }
    expect(getRegistry(registries, '@s/a')).toBe(registry)
    expect(getRegistry(registries, '@t/a')).toBe(DEFAULT_REGISTRY)
    expect(getRegistry(registries, 's')).toBe(DEFAULT_REGISTRY)
  })
})

describe('the default registry in a lock file means the configured one', () => {
  const url = `${DEFAULT_REGISTRY}ms/-/ms-2.1.3.tgz`
  const other = 'https://other.example/ms/-/ms-2.1.3.tgz'

  test.each([
    ['npmjs', registry, url, `${registry}ms/-/ms-2.1.3.tgz`],
    ['npmjs', registry, other, other],
    ['npmjs', registry, 'https://r.example/npm/ms/-/ms-1.tgz', 'https://r.example/npm/ms/-/ms-1.tgz'],
    ['npmjs', DEFAULT_REGISTRY, url, url],
    ['npmjs', DEFAULT_REGISTRY, url.replace('https', 'http'), url],
    ['npmjs', DEFAULT_REGISTRY, other, other],
    ['npmjs', DEFAULT_REGISTRY, 'https://registry.yarnpkg.com/ms/-/ms-2.1.3.tgz', url],
    ['npmjs', DEFAULT_REGISTRY, 'https://registry.yarnpkg.com/a/../ms/./-/ms-2.1.3.tgz', url],
    ['npmjs', DEFAULT_REGISTRY, 'https://registry.yarnpkg.com/.ms/-/a{b', `${DEFAULT_REGISTRY}.ms/-/a%7Bb`],
    ['npmjs', 'http://localhost:4873/', url, 'http://localhost:4873/ms/-/ms-2.1.3.tgz'],
    ['never', registry, url, url],
    ['always', registry, other, `${registry}ms/-/ms-2.1.3.tgz`],
    ['other.example', registry, other, `${registry}ms/-/ms-2.1.3.tgz`],
    ['other.example', registry, url, url],
    ['https://other.example/ms/', registry, other, `${registry}-/ms-2.1.3.tgz`],
    ['https://other.example/elsewhere/', registry, other, other],
  ])('replace-registry-host %s, registry %s: %s is %s', (replaceHost, main, from, to) => {
    expect(replaceRegistry({ main, scopes: new Map(), replaceHost }, from)).toBe(to)
  })
})

describe('looking a digest up', () => {
  const integrity = 'sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA=='
  const pkg = (url: string): LockedPackage => ({
    id: packageId('ms', '2.1.3'),
    name: 'ms',
    version: '2.1.3',
    sources: [{ kind: 'archive', urls: [url], digests: [] }],
    dependencies: [],
    where: { file: 'package-lock.json' },
  })
  const answering = (answer: (url: string) => unknown): Web => ({
    fetchJson: async (url) => answer(url),
    fetchText: async (url) => ({ text: '', type: '', url }),
    fetchDigests: async () => [],
    fetchPart: async () => ({ bytes: new Uint8Array(), start: 0, size: 0 }),
  })

  test('asks the registry the archive belongs to, and takes what it says', async () => {
    const asked: string[] = []
    const web = answering((url) => {
      asked.push(url)
      return { dist: { integrity, shasum: '574c8138ce1d2b5861f0b44579dbadd60c6615b2' } }
    })
    const digests = await lookUp(pkg(tarballUrl(registry, 'ms', '2.1.3')), web)
    expect(asked).toEqual(['https://r.example/npm/ms/2.1.3'])
    expect(digests.map(({ algorithm }) => algorithm)).toEqual(['sha512', 'sha1'])
  })

  test('knows nothing where there is no such document, or it says nothing', async () => {
    const url = tarballUrl(registry, 'ms', '2.1.3')
    const absent = answering((at) => fail({ code: 'not-found', message: at }))
    expect(await lookUp(pkg(url), absent)).toEqual([])
    for (const answer of [null, [], 'text', {}, { dist: null }, { dist: { integrity: 5, shasum: 'xyz' } }]) {
      expect(
        await lookUp(
          pkg(url),
          answering(() => answer),
        ),
      ).toEqual([])
    }
    const unasked = answering(() => expect.unreachable('an archive of no registry is not asked for'))
    expect(await lookUp(pkg('https://h.example/ms.tgz'), unasked)).toEqual([])
  })

  test('passes on what the web says, and refuses a malformed integrity', async () => {
    const url = tarballUrl(registry, 'ms', '2.1.3')
    const down = answering(() => fail({ code: 'network', message: 'down' }))
    expect(await problemsOf(lookUp(pkg(url), down))).toMatchObject([{ code: 'network' }])
    const lying = answering(() => ({ dist: { integrity: 'sha512-AAAA' } }))
    expect(await problemsOf(lookUp(pkg(url), lying))).toMatchObject([{ code: 'integrity-invalid' }])
  })
})
