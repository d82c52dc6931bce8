/** Pinning a whole lock: failures, order, progress, going on after a failed run; git and local sources. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { gitRepositories } from '../../../src/io/git.ts'
import { pinCache } from '../../../src/io/pin-cache.ts'
import { projectArchives } from '../../../src/io/project-archives.ts'
import { web } from '../../../src/io/web.ts'
import type { Digest } from '../../../src/model/digest.ts'
import type { Source } from '../../../src/model/source.ts'
import { pinLock, type PinProgress } from '../../../src/pin/pin-lock.ts'
import { startGit } from '../../support/loopback-git.ts'
import { startRegistry, type Fault, type LoopbackRegistry } from '../../support/loopback-registry.ts'
import { problemsOf } from '../../support/problems-of.ts'
import { digestOf, lockedPackage, lockOf, memoryCache, options, partOf, quick, sourcesOf } from './pinning.ts'

let registry: LoopbackRegistry
let dir: string

beforeEach(async () => {
  registry = await startRegistry()
  dir = mkdtempSync(join(tmpdir(), 'pin-test-'))
})

afterEach(async () => {
  await registry.close()
  rmSync(dir, { recursive: true, force: true })
})

/** `count` archives without digests, named by their number. */
function archives(count: number): ReturnType<typeof lockedPackage>[] {
  return Array.from({ length: count }, (_, index) => {
    const url = registry.addFile(`/files/${index}.tar`, Buffer.from(`content ${index}`))
    return lockedPackage(`p${index}`, { kind: 'archive', urls: [url], digests: [] })
  })
}

function expected(count: number): Digest[] {
  return Array.from({ length: count }, (_, index) => digestOf(Buffer.from(`content ${index}`), 'sha512'))
}

const faults: readonly Fault[] = [
  { kind: 'status', status: 503 },
  { kind: 'reset' },
  { kind: 'reset', after: 3 },
  { kind: 'length', by: 5 },
  { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
]

test('1,000 sources without digests are pinned although a fifth of the requests fails', async () => {
  const lock = lockOf(...archives(1000))
  let count = 0
  registry.fault = () => (count++ % 5 === 0 ? faults[((count / 5) % faults.length) | 0] : undefined)
  const patient = web({ ...quick, retries: 8 })
  const result = await pinLock(lock, options({ web: patient }))
  expect(sourcesOf(result.lock).map((source) => 'digest' in source && source.digest)).toEqual(expected(1000))
  expect(result.warnings).toHaveLength(1000)
}, 60_000)

test('every failure is told, in the order of the lock, whatever finishes first', async () => {
  const lock = lockOf(...archives(40))
  const gone = new Set([3, 4, 17, 31, 39])
  const isGone = (path: string) => gone.has(Number(/\d+/.exec(path)?.[0]))
  registry.fault = ({ path }) => (isGone(path) ? { kind: 'status', status: 404 } : undefined)
  for (const concurrency of [1, 7, 40]) {
    const problems = await problemsOf(pinLock(lock, options({ concurrency })))
    expect(problems.map((problem) => problem.where?.key)).toEqual(
      [...gone].map((index) => `packages["node_modules/p${index}"]`),
    )
    expect(new Set(problems.map((problem) => problem.code))).toEqual(new Set(['not-found']))
  }
})

test('the result does not depend on what finishes first', async () => {
  const lock = lockOf(...archives(30))
  const real = web(quick)
  const slow = (delay: (index: number) => number) => ({
    ...real,
    fetchDigests: async (...args: Parameters<typeof real.fetchDigests>) => {
      await sleep(delay(Number(/\d+(?=\.tar)/.exec(args[0])?.[0])))
      return real.fetchDigests(...args)
    },
  })
  const forth = await pinLock(lock, options({ web: slow((index) => index), concurrency: 30 }))
  const back = await pinLock(lock, options({ web: slow((index) => 30 - index), concurrency: 30 }))
  expect(back).toEqual(forth)
  expect([...back.lock.packages.keys()]).toEqual([...lock.packages.keys()])
})

test('offline, every package that is missing is told at once, and what is pinned is not', async () => {
  const [first, second, third] = archives(3)
  const previous = partOf((await pinLock(lockOf(second!), options())).lock)
  const lock = lockOf(first!, second!, third!)
  const problems = await problemsOf(pinLock(lock, options({ previous, web: web({ offline: true }) })))
  expect(problems.map(({ code, message }) => [code, message.slice(0, 10)])).toEqual([
    ['network-needed', '"p0@1.0.0"'],
    ['network-needed', '"p2@1.0.0"'],
  ])
  expect(problems[0]?.hint).toContain('without --offline')
})

test('a failed run is taken up where it stopped', async () => {
  const lock = lockOf(...archives(20))
  registry.fault = ({ path }) => (path === '/files/7.tar' ? { kind: 'status', status: 500 } : undefined)
  expect(await problemsOf(pinLock(lock, options({ cache: pinCache(dir) })))).toHaveLength(1)
  registry.requests.length = 0
  registry.fault = undefined
  const result = await pinLock(lock, options({ cache: pinCache(dir) }))
  expect(registry.requests.map((request) => request.path)).toEqual(['/files/7.tar'])
  expect(sourcesOf(result.lock).map((source) => 'digest' in source && source.digest)).toEqual(expected(20))
  // Nothing of them is in a spec yet, so they are as new as if they had been fetched.
  expect(result.warnings).toHaveLength(20)
})

test('a pin that a failed run kept is not taken for another claim', async () => {
  const [pkg] = archives(1)
  const cache = memoryCache()
  await pinLock(lockOf(pkg!), options({ cache }))
  const source: Source = {
    kind: 'archive',
    urls: [`${registry.url}files/0.tar`],
    digests: [{ algorithm: 'sha1', hex: '00'.repeat(20) }],
  }
  const problems = await problemsOf(pinLock(lockOf(lockedPackage('p0', source)), options({ cache })))
  expect(problems).toMatchObject([{ code: 'integrity-mismatch' }])
})

test('progress counts what has to be fetched, and only that', async () => {
  const [first, second] = archives(2)
  const known = lockedPackage('k', { kind: 'archive', urls: ['https://x.example/k'], digests: expected(1) })
  const seen: PinProgress[] = []
  await pinLock(lockOf(first!, known, second!), options({ concurrency: 1, onProgress: (one) => seen.push(one) }))
  expect(seen).toEqual([
    { done: 1, total: 2, name: 'p0' },
    { done: 2, total: 2, name: 'p1' },
  ])
})

test('a git commit is fetched once, for all packages of it, and kept by the spec', async () => {
  const git = await startGit()
  const rev = await git.commit('mono', { 'package.json': '{"scripts":{"prepare":"x"}}', 'a/x': '', 'b/x': '' })
  const source = { kind: 'git', url: git.httpUrl('mono'), rev } as const
  const lock = lockOf(lockedPackage('a', { ...source, subdir: 'a' }), lockedPackage('b', { ...source, subdir: 'b' }))
  const repositories = gitRepositories({ environment: process.env })
  const result = await pinLock(lock, options({ git: repositories, manifest: 'package.json' }))
  const tree = await repositories.fetchTreeDigest(source.url, rev)
  expect(sourcesOf(result.lock)).toEqual([
    { ...source, subdir: 'a', tree },
    { ...source, subdir: 'b', tree },
  ])
  expect([...result.manifests.values()]).toEqual(Array(2).fill('{"scripts":{"prepare":"x"}}'))
  const asked = git.requests.length
  const again = await pinLock(lock, options({ previous: partOf(result.lock) }))
  expect(partOf(again.lock)).toEqual(partOf(result.lock))
  expect(again.manifests.size).toBe(0)
  const pinned = lockOf(lockedPackage('a', { ...source, tree }))
  expect(sourcesOf((await pinLock(pinned, options())).lock)).toEqual([{ ...source, tree }])
  expect(git.requests).toHaveLength(asked)
  await git.close()
})

test('a git commit of another rev is not what an earlier spec pins', async () => {
  const tree = digestOf(Buffer.from(''), 'sha256')
  const url = 'https://git.example/x.git'
  const lock = (rev: string) => lockOf(lockedPackage('a', { kind: 'git', url, rev }))
  const pinned = lockOf(lockedPackage('a', { kind: 'git', url, rev: '1'.repeat(40), tree }))
  const previous = partOf((await pinLock(pinned, options())).lock)
  const git = gitRepositories({ environment: process.env, offline: true })
  expect(sourcesOf((await pinLock(lock('1'.repeat(40)), options({ git, previous }))).lock)).toMatchObject([{ tree }])
  const problems = await problemsOf(pinLock(lock('2'.repeat(40)), options({ git, previous })))
  expect(problems).toMatchObject([{ code: 'network-needed' }])
})

test('an archive in the project must be there and have the digest of the lock file; nothing is added to it', async () => {
  writeFileSync(join(dir, 'x.tgz'), 'bytes')
  const local = (path: string, digests: readonly Digest[]) => {
    return lockOf(lockedPackage('x', { kind: 'local', form: 'archive', path, digests }))
  }
  const here = options({ archives: projectArchives(dir) })
  const right = [digestOf(Buffer.from('bytes'), 'sha512'), digestOf(Buffer.from('bytes'), 'sha1')]
  const wrong = [digestOf(Buffer.from('other'), 'sha512')]
  for (const digests of [[], right, [...wrong, ...right]]) {
    const { lock, warnings } = await pinLock(local('x.tgz', digests), here)
    expect(sourcesOf(lock)).toEqual([{ kind: 'local', form: 'archive', path: 'x.tgz', digests }])
    expect(warnings).toEqual([])
  }
  expect(await problemsOf(pinLock(local('x.tgz', wrong), here))).toMatchObject([{ code: 'integrity-mismatch' }])
  expect(await problemsOf(pinLock(local('y.tgz', []), here))).toMatchObject([
    { code: 'io', where: { file: 'package-lock.json' } },
  ])
  symlinkSync('/etc/hostname', join(dir, 'out.tgz'))
  for (const path of ['../x.tgz', '/etc/hostname', 'out.tgz']) {
    expect(await problemsOf(pinLock(local(path, []), here))).toMatchObject([{ code: 'path-escapes' }])
  }
})

test('directories and bundled packages need nothing; an index cannot be asked', async () => {
  const sources: Source[] = [{ kind: 'local', form: 'directory', path: 'packages/a', digests: [] }, { kind: 'bundled' }]
  const { lock } = await pinLock(lockOf(lockedPackage('a', sources[0]!), lockedPackage('b', sources[1]!)), options())
  expect(sourcesOf(lock)).toEqual(sources)
  const indexed: Source = {
    kind: 'indexed',
    index: 'https://index.example/simple',
    digests: [digestOf(Buffer.from(''), 'sha256')],
  }
  const problems = await problemsOf(pinLock(lockOf(lockedPackage('c', indexed)), options()))
  expect(problems).toMatchObject([{ code: 'source-unsupported', where: { file: 'package-lock.json' } }])
})
