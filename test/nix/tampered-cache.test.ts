/** Whoever can write to a cache or a mirror can keep Nix from building, and nothing else: whatever is changed in it, nothing of it is taken. */
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { narChunks } from '../../src/digest/nar.ts'
import { printNixBase32 } from '../../src/digest/nix-base32.ts'
import { carriedProject, type CarriedProject } from '../support/carried-project.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'
import { nixVersions } from '../support/nix-versions.ts'

describe.skipIf(!hasNix)('a cache that somebody tampered with', () => {
  const cleanUps: (() => unknown)[] = []
  let project: CarriedProject
  beforeAll(async () => {
    project = await carriedProject({ git: false })
    cleanUps.push(() => project.remove())
  })
  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })

  /** Both archives are changed, so nothing of the cache may be taken for them. */
  const expectNothing = async (store: NixStore, setting: string, value: string, network?: 'open') => {
    const words = ['--no-out-link', project.folder, '-A', 'nodeModules', '--option', setting, value]
    const built = await store.run('nix-build', words, network === undefined ? {} : { network })
    expect(built.status).not.toBe(0)
    // What Nix downloaded may be in the store under the name of what it is, but not under the one that builds ask for.
    const { stdout } = await store.run('nix-store', ['--check-validity', '--print-invalid', ...storePaths()])
    expect(stdout.trim().split('\n').sort()).toEqual(storePaths())
  }
  const storePaths = () =>
    narInfos(project.cache)
      .map((name) => /^StorePath: (.*)$/m.exec(readFileSync(join(project.cache, name), 'utf8'))?.[1] ?? '')
      .sort()
  const narInfos = (cache: string) => readdirSync(cache).filter((file) => file.endsWith('.narinfo'))

  const evil = Buffer.concat(
    Array.from(narChunks({ kind: 'file', isExecutable: false, size: 4, read: () => [Buffer.from('evil')] }), (chunk) =>
      Buffer.from(chunk),
    ),
  )
  const evilHash = printNixBase32(createHash('sha256').update(evil).digest())
  const setField = (text: string, name: string, value: string) =>
    text.replace(new RegExp(`^${name}: .*$`, 'm'), `${name}: ${value}`)
  /** Tells the truth about other bytes in everything but CA. */
  const forged = (info: string) =>
    [
      ['NarHash', `sha256:${evilHash}`],
      ['NarSize', String(evil.length)],
      ['FileHash', `sha256:${evilHash}`],
      ['FileSize', String(evil.length)],
    ].reduce((text, [name = '', value = '']) => setField(text, name, value), info)

  const damages: Readonly<Record<string, (info: string, nar: Buffer) => { info?: string; nar?: Buffer }>> = {
    'a byte of the archive': (_, nar) => ({ nar: flip(nar, nar.length >> 1) }),
    'the length of the archive': (_, nar) => ({ nar: nar.subarray(0, nar.length - 8) }),
    'the whole archive': () => ({ nar: evil }),
    'the archive, its hash and its size': (info) => ({ info: forged(info), nar: evil }),
    'the archive, its hash, its size and the content address': (info) => ({
      info: setField(
        forged(info),
        'CA',
        `fixed:sha256:${printNixBase32(createHash('sha256').update('evil').digest())}`,
      ),
      nar: evil,
    }),
    'the archive, its hash and its size, without a content address': (info) => ({
      info: forged(info).replace(/^CA: .*\n/m, ''),
      nar: evil,
    }),
    'the store path': (info) => ({
      info: info.replace(/^StorePath: .*-/m, `StorePath: /nix/store/${'a'.repeat(32)}-`),
    }),
    'the hash that is claimed': (info) => ({ info: setField(info, 'NarHash', `sha256:${evilHash}`) }),
  }

  describe.each(nixVersions())('Nix %#', (settings) => {
    test.each(Object.keys(damages))('%s: nothing of it is taken', async (what) => {
      const cache = project.directory()
      cpSync(project.cache, cache, { recursive: true })
      for (const name of narInfos(cache)) {
        const info = readFileSync(join(cache, name), 'utf8')
        const narFile = join(cache, /^URL: (.*)$/m.exec(info)?.[1] ?? '')
        const damaged = damages[what]?.(info, readFileSync(narFile)) ?? {}
        if (damaged.info !== undefined) writeFileSync(join(cache, name), damaged.info)
        if (damaged.nar !== undefined) writeFileSync(narFile, damaged.nar)
      }
      const store = openStore(settings)
      try {
        await expectNothing(store, 'substituters', `file://${cache}`)
      } finally {
        store.remove()
      }
    })

    test('the mirror: nothing of it is taken', async () => {
      const server = createServer((_, response) => response.end('evil')).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const store = openStore(settings)
      try {
        const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
        await expectNothing(store, 'hashed-mirrors', url, 'open')
      } finally {
        store.remove()
        server.close()
      }
    })
  })
})

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}
