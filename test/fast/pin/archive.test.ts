/** Archives: which digest is taken from where, when the network is asked, and what is said about it. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { printSri } from '../../../src/digest/sri.ts'
import { web } from '../../../src/io/web.ts'
import type { Digest } from '../../../src/model/digest.ts'
import { pinLock } from '../../../src/pin/pin-lock.ts'
import { startRegistry, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { problemsOf } from '../../support/problems-of.ts'
import { archiveOf, digestOf, lockedPackage, lockOf, options, partOf, quick, sourcesOf } from './pinning.ts'

let registry: LoopbackRegistry

beforeEach(async () => {
  registry = await startRegistry({
    packages: [
      { manifest: { name: 'a', version: '1.0.0' } },
      { manifest: { name: '@s/b', version: '1.0.0' } },
      { manifest: { name: 'old', version: '1.0.0' }, digests: 'shasum' },
      { manifest: { name: 'mute', version: '1.0.0' }, digests: 'none' },
    ],
  })
})

afterEach(() => registry.close())

function sha512Of(name: string): Digest {
  return digestOf(registry.tarball(name, '1.0.0').bytes, 'sha512')
}

function paths(): readonly string[] {
  return registry.requests.map((request) => request.path)
}

async function pin(name: string, algorithms: readonly Digest['algorithm'][]) {
  const source = archiveOf(registry, name, algorithms)
  const { lock, warnings } = await pinLock(lockOf(lockedPackage(name, source)), options())
  return { pinned: sourcesOf(lock)[0], claim: source.digests.map(printSri).sort().join(' '), warnings }
}

test.each([[['sha512']], [['sha256']], [['sha1', 'sha256', 'sha512']], [['sha384', 'sha256']]] as const)(
  'a lock file with %j is pinned by its strongest digest that Nix knows, without network',
  async (algorithms) => {
    const { pinned, warnings } = await pin('a', algorithms)
    const best = (algorithms as readonly string[]).includes('sha512') ? 'sha512' : 'sha256'
    const { url, bytes } = registry.tarball('a', '1.0.0')
    expect(pinned).toEqual({ kind: 'archive', urls: [url], digest: digestOf(bytes, best) })
    expect(warnings).toEqual([])
    expect(paths()).toEqual([])
  },
)

test('a sha1 that the registry publishes too is replaced by its sha512, with a warning and without a download', async () => {
  const { pinned, claim, warnings } = await pin('@s/b', ['sha1'])
  expect(pinned).toMatchObject({ digest: sha512Of('@s/b'), claim })
  expect(warnings).toMatchObject([{ code: 'integrity-weak', where: { file: 'package-lock.json' } }])
  expect(paths()).toEqual(['/@s%2fb/1.0.0'])
})

test('without integrity the digest of the registry is taken, with a warning and without a download', async () => {
  const { pinned, claim, warnings } = await pin('a', [])
  expect(pinned).toMatchObject({ digest: sha512Of('a'), claim })
  expect(claim).toBe('')
  expect(warnings).toMatchObject([{ code: 'integrity-missing', hint: expect.stringContaining('lock file again') }])
  expect(paths()).toEqual(['/a/1.0.0'])
})

test.each([
  ['a', ['md5'], ['integrity-weak']],
  ['a', ['sha384'], []],
  ['old', ['sha1'], ['integrity-weak']],
  ['old', [], ['integrity-missing']],
  ['mute', ['md5', 'sha1'], ['integrity-weak']],
  ['mute', [], ['integrity-missing']],
] as const)('%s with %j is downloaded, verified and hashed', async (name, algorithms, codes) => {
  const { pinned, claim, warnings } = await pin(name, algorithms)
  expect(pinned).toMatchObject({ digest: sha512Of(name), claim })
  expect(warnings.map((warning) => warning.code)).toEqual(codes)
  expect(paths()).toEqual([`/${name}/1.0.0`, `/${name}/-/${name}-1.0.0.tgz`])
})

test('of two sha512 the one that the bytes have is taken', async () => {
  const { url, bytes } = registry.tarball('mute', '1.0.0')
  const right = digestOf(bytes, 'sha512')
  const digests = [{ algorithm: 'sha512', hex: '00'.repeat(64) } as const, right]
  const lock = lockOf(lockedPackage('mute', { kind: 'archive', urls: [url], digests }))
  const result = await pinLock(lock, options())
  expect(sourcesOf(result.lock)).toMatchObject([{ digest: right, claim: digests.map(printSri).sort().join(' ') }])
})

test('a sha1 other than the published one is an integrity-mismatch that names both', async () => {
  const wrong: Digest = { algorithm: 'sha1', hex: '00'.repeat(20) }
  const { url, bytes } = registry.tarball('a', '1.0.0')
  const lock = lockOf(lockedPackage('a', { kind: 'archive', urls: [url], digests: [wrong] }))
  const [problem] = await problemsOf(pinLock(lock, options()))
  expect(problem).toMatchObject({ code: 'integrity-mismatch', where: { file: 'package-lock.json' } })
  expect(problem?.message).toContain('"a@1.0.0"')
  expect(problem?.message).toContain(printSri(wrong))
  expect(problem?.message).toContain(printSri(digestOf(bytes, 'sha1')))
})

test.each(['md5', 'sha1', 'sha384'] as const)(
  'bytes that do not have the %s of the lock file are no pin',
  async (algorithm) => {
    const source = archiveOf(registry, 'mute', [algorithm])
    registry.fault = ({ path }) => (path.endsWith('.tgz') ? { kind: 'bytes' } : undefined)
    const problems = await problemsOf(pinLock(lockOf(lockedPackage('mute', source)), options()))
    expect(problems).toMatchObject([{ code: 'integrity-mismatch' }])
  },
)

test('bytes that do not have the sha1 that the registry publishes are no pin', async () => {
  const source = archiveOf(registry, 'old', [])
  registry.fault = ({ path }) => (path.endsWith('.tgz') ? { kind: 'bytes' } : undefined)
  const problems = await problemsOf(pinLock(lockOf(lockedPackage('old', source)), options()))
  expect(problems).toMatchObject([{ code: 'integrity-mismatch' }])
})

test('an archive that is no registry’s is downloaded', async () => {
  const bytes = Buffer.from('remote')
  const url = registry.addFile('/download/v1.tar.gz', bytes)
  const { lock } = await pinLock(lockOf(lockedPackage('r', { kind: 'archive', urls: [url], digests: [] })), options())
  expect(sourcesOf(lock)).toEqual([{ kind: 'archive', urls: [url], digest: digestOf(bytes, 'sha512'), claim: '' }])
})

test('a second URL is used when the first has nothing, not when it has other bytes', async () => {
  const right = registry.addFile('/mirror/x.tar', Buffer.from('right'))
  const wrong = registry.addFile('/first/x.tar', Buffer.from('wrong'))
  const digests = [digestOf(Buffer.from('right'), 'sha1')]
  const lockWith = (first: string) => lockOf(lockedPackage('x', { kind: 'archive', urls: [first, right], digests }))
  const { lock } = await pinLock(lockWith(`${registry.url}none.tar`), options())
  expect(sourcesOf(lock)).toMatchObject([{ digest: digestOf(Buffer.from('right'), 'sha512') }])
  expect(await problemsOf(pinLock(lockWith(wrong), options()))).toMatchObject([{ code: 'integrity-mismatch' }])
})

test('what an earlier spec pins for the same id, URLs and claim is not asked for again, and not warned of again', async () => {
  const names = ['a', '@s/b', 'old', 'mute']
  const lock = lockOf(
    ...names.map((name) => lockedPackage(name, archiveOf(registry, name, name === 'a' ? [] : ['sha1']))),
  )
  const before = await pinLock(lock, options())
  const asked = paths().length
  const previous = partOf(before.lock)
  const again = await pinLock(lock, options({ previous, web: web({ offline: true }) }))
  expect(partOf(again.lock)).toEqual(previous)
  expect(again.warnings).toEqual([])
  expect(paths()).toHaveLength(asked)
})

test('an earlier pin is not reused for another claim, other URLs or another version', async () => {
  const source = archiveOf(registry, 'a', ['sha1'])
  const previous = partOf((await pinLock(lockOf(lockedPackage('a', source)), options())).lock)
  const offline = options({ previous, web: web({ offline: true }) })
  const others = [
    lockedPackage('a', { ...source, digests: [] }),
    lockedPackage('a', { ...source, urls: [`${source.urls[0]}?x`] }),
    lockedPackage('a', { ...source, urls: [...source.urls, `${registry.url}mirror`] }),
    lockedPackage('a', source, '1.0.1'),
    lockedPackage('__proto__', source),
  ]
  for (const pkg of others) {
    expect(await problemsOf(pinLock(lockOf(pkg), offline))).toMatchObject([{ code: 'network-needed' }])
  }
  expect(sourcesOf((await pinLock(lockOf(lockedPackage('a', source)), offline)).lock)).toHaveLength(1)
})

test('a digest of the lock file wins over an earlier pin', async () => {
  const weak = archiveOf(registry, 'a', ['sha1'])
  const previous = partOf((await pinLock(lockOf(lockedPackage('a', weak)), options())).lock)
  const strong = { ...weak, digests: [{ algorithm: 'sha512', hex: 'ab'.repeat(64) } as const] }
  const { lock } = await pinLock(
    lockOf(lockedPackage('a', strong)),
    options({ previous, web: web({ ...quick, offline: true }) }),
  )
  expect(sourcesOf(lock)).toEqual([{ kind: 'archive', urls: weak.urls, digest: strong.digests[0] }])
})
