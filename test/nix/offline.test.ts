/** What `fetch` carries elsewhere is what Nix builds from, with every registry gone and the network cut. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carriedProject, type CarriedProject } from '../support/carried-project.ts'
import { hasNix, openStore, type NixOptions, type NixStore, type StoreSettings } from '../support/nix.ts'
import { nixVersions } from '../support/nix-versions.ts'

describe.skipIf(!hasNix)('with the registries gone', () => {
  const cleanUps: (() => unknown)[] = []
  let project: CarriedProject
  let archivesOnly: CarriedProject
  beforeAll(async () => {
    project = await carriedProject()
    archivesOnly = await carriedProject({ git: false })
    cleanUps.push(
      () => project.remove(),
      () => archivesOnly.remove(),
    )
  })
  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })
  const emptyStore = (settings?: StoreSettings): NixStore => {
    const store = openStore(settings)
    cleanUps.push(() => store.remove())
    return store
  }
  /** A file server for one directory. */
  const serve = async (directory: string): Promise<string> => {
    const server = createServer(({ url = '' }, response) => {
      try {
        response.end(readFileSync(join(directory, decodeURIComponent(url))))
      } catch {
        response.writeHead(404).end()
      }
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    cleanUps.push(() => server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const buildFrom = (
    store: NixStore,
    setting: string,
    value: string,
    more: NixOptions & { of?: CarriedProject } = {},
  ) =>
    store.run(
      'nix-build',
      ['--no-out-link', (more.of ?? project).folder, '-A', 'nodeModules', '--option', setting, value],
      more,
    )
  const expectBuilt = (store: NixStore, { status, stdout, stderr }: Awaited<ReturnType<NixStore['run']>>) => {
    expect(status, stderr).toBe(0)
    expectTree(store.onHost(stdout.trim()))
  }
  const expectTree = (tree: string) => {
    const names = readdirSync(join(tree, 'node_modules')).filter((entry) => !entry.startsWith('.'))
    expect(names.length).toBeGreaterThan(1)
    for (const name of names)
      expect(readFileSync(join(tree, 'node_modules', name, 'index.js'), 'utf8')).toBe(`module.exports = '${name}'\n`)
  }

  describe.each(nixVersions())('Nix %#', (settings) => {
    test('builds nothing from an empty store', async () => {
      const { status } = await buildFrom(emptyStore(settings), 'substituters', '')
      expect(status).not.toBe(0)
    })

    test('builds what fetch --nix added, and fetch adds it once', async () => {
      const store = emptyStore(settings)
      const words = ['--nix', '--store', store.root]
      expect(await project.fetch(words, store.environment)).toContain('added 3 sources to the Nix store')
      expect(await project.fetch(words, store.environment)).toContain('the Nix store has 3 sources')
      expectTree(await store.build(project.folder, 'nodeModules'))
    })

    test.each(['cache', 'compressed'] as const)('substitutes from a directory (%s)', async (which) => {
      const store = emptyStore(settings)
      expectBuilt(store, await buildFrom(store, 'substituters', `file://${project[which]}`))
    })

    test('substitutes from a web server', async () => {
      const store = emptyStore(settings)
      const url = await serve(project.compressed)
      expectBuilt(store, await buildFrom(store, 'substituters', url, { network: 'open' }))
    })

    test('takes archives from a mirror behind a web server', async () => {
      const store = emptyStore(settings)
      const url = await serve(archivesOnly.mirror)
      expectBuilt(store, await buildFrom(store, 'hashed-mirrors', url, { network: 'open', of: archivesOnly }))
    })
  })

  test('a machine that has nothing but the mirror adds everything to its Nix store', async () => {
    const store = emptyStore()
    const words = ['--from', project.mirror, '--nix', '--store', store.root]
    const { code, stderr } = await project.fetchElsewhere(words, store.environment)
    expect(code, stderr).toBe(0)
    expectTree(await store.build(project.folder, 'nodeModules'))
  })

  test('somebody whom the daemon does not trust adds everything to the store that it guards', async () => {
    const store = emptyStore()
    const socket = join(project.directory(), 'socket')
    const environment = {
      ...store.environment,
      NIX_CONFIG: `${store.environment['NIX_CONFIG'] ?? ''}\ntrusted-users =`,
    }
    const daemon = spawn('nix-daemon', ['--option', 'store', store.root], {
      env: { ...environment, NIX_DAEMON_SOCKET_PATH: socket },
      stdio: 'ignore',
    })
    cleanUps.push(() => daemon.kill())
    while (!existsSync(socket)) await sleep(20)
    const asUser = { ...environment, NIX_REMOTE: `unix://${socket}` }
    expect(await project.fetch(['--nix'], asUser)).toContain('added 3 sources to the Nix store')
    expect(await project.fetch(['--nix'], asUser)).toContain('the Nix store has 3 sources')
    expectTree(await store.build(project.folder, 'nodeModules'))
    // To this user's word it gives nothing: the same path as an import is refused.
    const other = emptyStore()
    await other.add([{ name: 'other.tgz', bytes: Buffer.from('other') }])
    const [path = ''] = (await other.run('nix path-info', ['--all'])).stdout.split('\n')
    const { stdout: exported } = spawnSync('nix-store', ['--store', other.root, '--export', path], { env: environment })
    const imported = spawnSync('nix-store', ['--import'], { env: asUser, input: exported, encoding: 'utf8' })
    expect(imported.stderr).toContain('lacks a valid signature')
  })

  test('what Nix was given is registered as content-addressed', async () => {
    const store = emptyStore()
    await project.fetch(['--nix', '--store', store.root], store.environment)
    const { stdout, stderr } = await store.run('nix path-info', ['--all', '--json'])
    const infos = JSON.parse(stdout) as { ca?: string; path: string }[]
    expect(infos.map(({ ca = '' }) => ca.replace(/:[^:]*$/, '')).sort(), stderr).toEqual([
      'fixed:r:sha256',
      'fixed:sha256',
      'fixed:sha512',
    ])
  })

  test('the cache that Nix writes from the same paths has the same narinfos, signature and all', async () => {
    const store = emptyStore()
    await project.fetch(['--nix', '--store', store.root], store.environment)
    const { stdout: secret } = await store.run('nix key', ['generate-secret', '--key-name', 'carried-1'])
    const key = join(project.directory(), 'secret')
    writeFileSync(key, secret)
    const [ours, theirs] = [project.directory(), project.directory()]
    const said = await project.fetch(['--cache', ours, '--sign', key])
    expect(said).toContain('to the binary cache')
    const copied = await store.run('nix copy', ['--all', '--to', `file://${theirs}?compression=none&secret-key=${key}`])
    expect(copied.status, copied.stderr).toBe(0)
    const narInfos = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.narinfo'))
    expect(narInfos(ours)).toHaveLength(3)
    expect(narInfos(ours)).toEqual(narInfos(theirs))
    for (const name of narInfos(ours)) {
      expect(readFileSync(join(ours, name), 'utf8')).toBe(readFileSync(join(theirs, name), 'utf8'))
    }
  })
})
