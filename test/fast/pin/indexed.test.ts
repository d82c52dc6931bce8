/** Files that are named by digest in an index: where their URL comes from, when the index is asked, and what is refused. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pythonIndexes } from '../../../converters/python/indexes.ts'
import { web } from '../../../src/io/web.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { LockedPackage } from '../../../src/model/lock.ts'
import type { IndexedSource } from '../../../src/model/source.ts'
import { pinLock } from '../../../src/pin/pin-lock.ts'
import type { SpecPart } from '../../../src/spec/build-spec.ts'
import { startRegistry, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { problemsOf } from '../../support/problems-of.ts'
import { digestOf, lockedPackage, lockOf, options, partOf, quick, sourcesOf } from './pinning.ts'

const wheel = Buffer.from('the bytes of a wheel')
const sdist = Buffer.from('the bytes of an sdist')
const wheelName = 'demo-1.0.0-py3-none-any.whl'
const page = (digests = true) => `
  <a href="../../files/${wheelName}${digests ? `#sha256=${digestOf(wheel, 'sha256').hex}` : ''}">${wheelName}</a>
  <a href="../../files/demo-1.0.0.tar.gz${digests ? `#md5=${digestOf(sdist, 'md5').hex}` : ''}">demo-1.0.0.tar.gz</a>`

let registry: LoopbackRegistry

beforeEach(async () => {
  registry = await startRegistry({
    files: {
      '/simple/demo/': Buffer.from(page()),
      [`/files/${wheelName}`]: wheel,
      '/files/demo-1.0.0.tar.gz': sdist,
    },
  })
})

afterEach(() => registry.close())

function source(filename: string, digest: Digest): IndexedSource {
  return { kind: 'indexed', index: `${registry.url}simple/`, filename, digests: [digest] }
}

function demo(...sources: readonly IndexedSource[]): LockedPackage {
  const [first, ...rest] = sources
  if (first === undefined) throw new Error('a package has a source')
  return { ...lockedPackage('demo', first), sources: [first, ...rest] }
}

async function pin(pkg: LockedPackage, previous?: SpecPart) {
  const http = web(quick)
  const { lock, warnings } = await pinLock(
    lockOf(pkg),
    options({ web: http, indexes: pythonIndexes({}, http), previous }),
  )
  return { sources: sourcesOf(lock), part: partOf(lock), warnings }
}

function paths(): readonly string[] {
  return registry.requests.map(({ path }) => path)
}

test('a file gets the URL of the index’s page, which is asked for once, and the digest of the lock file', async () => {
  const digest = digestOf(wheel, 'sha256')
  const other = digestOf(sdist, 'sha256')
  registry.addFile('/simple/demo/', Buffer.from(page(false)))
  const { sources, part } = await pin(demo(source(wheelName, digest), source('demo-1.0.0.tar.gz', other)))
  expect(sources).toMatchObject([
    { urls: [`${registry.url}files/${wheelName}`], digest, filename: wheelName },
    { urls: [`${registry.url}files/demo-1.0.0.tar.gz`], digest: other },
  ])
  expect(Object.keys(part.sources)).toEqual([`demo@1.0.0/demo-1.0.0-py3-none-any.whl`, 'demo@1.0.0/demo-1.0.0.tar.gz'])
  expect(paths()).toEqual(['/simple/demo/'])
})

test('what an earlier spec pins is not looked up again, unless the file or the index changed', async () => {
  const pkg = demo(source(wheelName, digestOf(wheel, 'sha256')))
  const first = await pin(pkg)
  const second = await pin(pkg, first.part)
  expect(second.part).toEqual(first.part)
  expect(paths()).toEqual(['/simple/demo/'])
  const [moved] = pkg.sources
  if (moved.kind !== 'indexed') throw new Error('it is indexed')
  await pin(demo({ ...moved, index: `${registry.url}simple` }), first.part)
  expect(paths()).toEqual(['/simple/demo/', '/simple/demo/'])
})

test('with only a weak digest the file is downloaded, verified and hashed, once', async () => {
  const pkg = demo(source('demo-1.0.0.tar.gz', digestOf(sdist, 'md5')))
  const first = await pin(pkg)
  expect(first.sources).toMatchObject([{ digest: digestOf(sdist, 'sha512') }])
  expect(first.warnings).toMatchObject([{ code: 'integrity-weak' }])
  expect((await pin(pkg, first.part)).part).toEqual(first.part)
  expect(paths()).toEqual(['/simple/demo/', '/files/demo-1.0.0.tar.gz'])
})

test('a file that the index has with another digest, or not at all, is refused', async () => {
  const wrong = digestOf(sdist, 'sha256')
  expect(await problemsOf(pin(demo(source(wheelName, wrong))))).toMatchObject([{ code: 'integrity-mismatch' }])
  expect(await problemsOf(pin(demo(source('demo-1.0.1.zip', wrong))))).toMatchObject([
    { code: 'not-found', message: expect.stringContaining('has no "demo-1.0.1.zip"') },
  ])
})

test('of an ecosystem without indexes it is not supported', async () => {
  const pinning = pinLock(lockOf(demo(source(wheelName, digestOf(wheel, 'sha256')))), options())
  expect(await problemsOf(pinning)).toMatchObject([{ code: 'source-unsupported' }])
})
