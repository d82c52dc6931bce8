/** `lock2build build --with embedded` ended at any moment, on a full disk, and in a project that cannot be written to. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { narDigestOfTree } from '../../src/io/nar-tree.ts'
import { removeTree } from '../../src/io/store-space.ts'
import { installProgram, makeProject } from '../support/cli.ts'
import { buildEmbedded, startEmbedded, temporaryCache, unfinished } from '../support/embedded.ts'
import { startRegistry, type LoopbackRegistry } from '../support/loopback-registry.ts'
import { storedFiles } from '../support/registry-project.ts'

const old = '#!/usr/bin/env node\nconsole.log("old")\n'
const fresh = '#!/usr/bin/env node\nconsole.log("new")\n'
const MEGABYTE = 1024 * 1024
let program = ''
let registry: LoopbackRegistry
beforeAll(async () => {
  program = await installProgram()
  registry = await startRegistry()
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`lib/${at}.js`, `module.exports = ${at}\n`]))
  registry.add({ manifest: { name: 'plain', version: '1.0.0' }, files: many })
  registry.add({ manifest: { name: 'large', version: '1.0.0' }, files: { 'zeros.bin': Buffer.alloc(6 * MEGABYTE) } })
  registry.add({
    manifest: { name: 'scripted', version: '1.0.0', scripts: { install: 'node install.js' } },
    files: { 'install.js': 'require("fs").writeFileSync("made.txt", "made")\n' },
  })
})
afterAll(() => registry.close())

/** The lock file hides the script, so the tree is first built without a sandbox, and then, as there is one, in it. */
function project(names: readonly string[]): string {
  const dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']))
  const root = { name: 'app', version: '1.0.0', bin: { app: 'app.js' }, dependencies }
  const entries = names.map((name) => {
    const { url, integrity } = registry.tarball(name, '1.0.0')
    return [`node_modules/${name}`, { version: '1.0.0', resolved: url, integrity }]
  })
  const packages = { '': root, ...Object.fromEntries(entries) }
  return makeProject({
    'package.json': JSON.stringify(root),
    'package-lock.json': JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages }),
    'app.js': old,
  })
}

async function built(options: { readonly project: string; readonly cache: string }): Promise<string> {
  const { code, stderr, report } = await buildEmbedded(program, options)
  expect(code, stderr).toBe(0)
  return String(report['result'])
}

const narOf = async (path: string) => (await narDigestOfTree(realpathSync(path))).hex

describe('ended at 50 moments by SIGINT, SIGTERM and SIGKILL', () => {
  const exits = { SIGINT: 130, SIGTERM: 143, SIGKILL: null } as const
  const signals = Object.keys(exits) as (keyof typeof exits)[]
  const names = ['plain', 'scripted']

  /** NAR by key, of everything that is ever built here. */
  async function undisturbed(): Promise<ReadonlyMap<string, string>> {
    const [folder, cache] = [project(names), temporaryCache()]
    for (const text of [old, fresh]) {
      writeFileSync(join(folder, 'app.js'), text)
      await built({ project: folder, cache })
    }
    return builds(cache)
  }

  async function builds(cache: string): Promise<ReadonlyMap<string, string>> {
    const root = join(cache, 'lock2build/builds')
    const found = new Map<string, string>()
    for (const key of readdirSync(root)) found.set(key, await narOf(join(root, key, 'out')))
    return found
  }

  test('nothing is corrupt or lost, nothing goes on running, and the next run finishes with the same tree', async () => {
    const expected = await undisturbed()
    const [folder, cache] = [project(names), temporaryCache()]
    const [link, root] = [join(folder, 'result'), join(cache, 'lock2build')]
    const oldResult = await built({ project: folder, cache })
    const before = await narOf(link)
    const sources = storedFiles(cache)
    writeFileSync(join(folder, 'app.js'), fresh)
    let cycle = 0
    /** Only the sources and the old result are there. */
    const startAnew = () => {
      const kept = basename(join(oldResult, '..'))
      for (const key of readdirSync(join(root, 'builds'))) if (key !== kept) removeTree(join(root, 'builds', key))
      for (const name of ['unpacked', 'stamps']) removeTree(join(root, name))
      if ((cycle += 1) % 2 === 0) removeTree(join(folder, 'lock2build'))
      rmSync(link, { force: true })
      symlinkSync(oldResult, link)
    }
    startAnew()
    const started = performance.now()
    await built({ project: folder, cache })
    const length = performance.now() - started
    const after = await narOf(link)
    expect(after).not.toBe(before)
    startAnew()

    const interrupted = new Set<string>()
    for (let round = 0; round < 50; round++) {
      const signal = signals[round % signals.length] ?? 'SIGKILL'
      const child = startEmbedded(program, { project: folder, cache })
      const ended = once(child, 'exit')
      // Another part of the run in each round, in an order that has every signal everywhere.
      await sleep(((((round * 17) % 50) + Math.random()) / 50) * length)
      child.kill(signal)
      const [code, by] = (await ended) as [number | null, NodeJS.Signals | null]
      // Before it listens, a signal ends it the kernel's way.
      if (by !== signal) expect([exits[signal], 0]).toContain(code)
      if (code !== 0) interrupted.add(signal)
      while (runningFor(cache).length > 0) await sleep(20)
      if (by === null) expect(unfinished(cache)).toEqual([])
      expect(storedFiles(cache)).toMatchObject({ count: sources.count, damaged: [] })
      for (const [key, nar] of await builds(cache)) expect(nar).toBe(expected.get(key))
      expect([before, after]).toContain(await narOf(link))
      if (code !== 0 && round % 3 !== 2) continue
      await built({ project: folder, cache })
      expect(await narOf(link)).toBe(after)
      startAnew()
    }
    // Whoever builds something removes what dead runs left; a run that has only the link to make does not look.
    await built({ project: folder, cache })
    expect(unfinished(cache)).toEqual([])
    expect([...interrupted].sort()).toEqual([...signals].sort())
  })
})

/** Processes whose command line or mounts name the cache. */
function runningFor(cache: string): readonly string[] {
  const isNamed = (file: string) => {
    try {
      return readFileSync(file, 'utf8').includes(basename(cache))
    } catch {
      return false
    }
  }
  return readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && (isNamed(`/proc/${pid}/cmdline`) || isNamed(`/proc/${pid}/mountinfo`)),
  )
}

const namespace = ['--user', '--map-root-user', '--mount'] as const
const canMount = spawnSync('unshare', [...namespace, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
const within = (script: string) => ['unshare', ...namespace, 'sh', '-c', script, 'sh']

test.runIf(canMount).each([100, 2000, 7000])(
  'a disk of %s KB is full: that is said, the old result stays, and with more space the next run finishes',
  async (size) => {
    const folder = project(['large', 'scripted'])
    const [cache, other] = [temporaryCache(), temporaryCache()]
    const oldResult = await built({ project: folder, cache: other })
    const before = await narOf(oldResult)
    writeFileSync(join(folder, 'app.js'), fresh)
    const wrapper = within(`mount -t tmpfs -o size=${size}k none "$XDG_CACHE_HOME"
      "$@" > first.json 2> first.txt; echo $? > first.code
      mount -o remount,size=200m "$XDG_CACHE_HOME"
      exec "$@"`)
    const away = temporaryCache()
    const words = ['-o', join(folder, 'result')]
    const next = await buildEmbedded(program, { project: folder, cache, wrapper, cwd: away, words })
    const [code, said] = ['code', 'txt'].map((name) => readFileSync(join(away, `first.${name}`), 'utf8').trim())
    expect(code, said).toBe('1')
    expect(said).toMatch(/\bio: /)
    expect(said).toContain('hint: the disk is full: free some space')
    expect(said).not.toContain('    at ')
    expect(next.code, next.stderr).toBe(0)
    expect(await narOf(oldResult)).toBe(before)
  },
)

describe.runIf(canMount)('a project that cannot be written to', () => {
  const readOnly = within(
    'mount --bind "$PROJECT" "$PROJECT" && mount -o remount,bind,ro "$PROJECT" && cd / && exec "$@"',
  )
  const prepared = async () => {
    const folder = project(['plain'])
    const cache = temporaryCache()
    await built({ project: folder, cache })
    writeFileSync(join(folder, 'app.js'), fresh)
    return { project: folder, cache, wrapper: readOnly, environment: { PROJECT: folder } }
  }

  test('is built, with the link elsewhere or without one', async () => {
    const options = await prepared()
    const elsewhere = join(temporaryCache(), 'made')
    const linked = await buildEmbedded(program, { ...options, words: ['-o', elsewhere] })
    expect(linked.code, linked.stderr).toBe(0)
    expect(readlinkSync(elsewhere)).toBe(linked.report['result'])
    const none = await buildEmbedded(program, { ...options, words: ['--no-out-link'] })
    expect(none.code, none.stderr).toBe(0)
    expect(none.report['result']).toBe(linked.report['result'])
  })

  test('says that the link cannot be made, and leaves the old one', async () => {
    const options = await prepared()
    const link = join(options.project, 'result')
    const before = readlinkSync(link)
    const { code, stderr } = await buildEmbedded(program, options)
    expect(code).toBe(1)
    expect(stderr).toMatch(/\bio: it is built, but \S+ cannot be written/)
    expect(stderr).toContain('`--out-link FILE`')
    expect(readlinkSync(link)).toBe(before)
  })

  test('says that it cannot be converted', async () => {
    const folder = project(['plain'])
    const options = { project: folder, cache: temporaryCache(), wrapper: readOnly, environment: { PROJECT: folder } }
    const { code, stderr } = await buildEmbedded(program, { ...options, words: ['--no-out-link'] })
    expect(code).toBe(1)
    expect(stderr).toMatch(/\bio: .*read-only/)
    expect(lstatSync(join(folder, 'lock2build'), { throwIfNoEntry: false })).toBe(undefined)
  })
})
