/** `lock2build build --with nix`: the sources come as `fetch --nix` brings them, not one by one by Nix. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { installProgram, makeProject, npmProject, startProgram } from '../support/cli.ts'
import { startRegistry, type LoopbackRegistry } from '../support/loopback-registry.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'
import { emptyCache } from '../support/registry-project.ts'

describe.skipIf(!hasNix)('build --with nix', () => {
  let program: string
  let registry: LoopbackRegistry
  let store: NixStore
  let project: string
  beforeAll(async () => {
    program = await installProgram()
    const names = ['left', 'right', 'third']
    const packages = names.map((name) => ({ manifest: { name, version: '1.0.0' }, files: { 'index.js': name } }))
    registry = await startRegistry({ packages })
    store = openStore()
    project = makeProject(
      npmProject(Object.fromEntries(names.map((name) => [name, '1.0.0'])), (entry, name) => {
        const { url, integrity } = registry.tarball(name, '1.0.0')
        return { ...entry, resolved: url, integrity }
      }),
    )
  })
  beforeEach(() => (registry.requests.length = 0))
  afterAll(async () => {
    store.remove()
    await registry.close()
  })

  const cache = emptyCache()
  const build = async (cacheHome: string) => {
    const words = ['build', '--with', 'nix', '-A', 'nodeModules', '--no-out-link', '--json']
    const environment = { ...store.environment, NIX_REMOTE: store.root, XDG_CACHE_HOME: cacheHome }
    const { code, stdout, stderr } = await startProgram(program, words, { cwd: project, environment })
    expect(code, stderr).toBe(0)
    const { result } = JSON.parse(stdout) as { result: string }
    return store.onHost(result)
  }
  const agents = () => registry.requests.map(({ headers }) => (headers['user-agent'] ?? '').split('/')[0])
  const remove = async (pattern: RegExp) => {
    const { stdout } = await store.run('nix path-info', ['--all'])
    const paths = stdout.split('\n').filter((path) => pattern.test(path))
    expect(paths.length).toBeGreaterThan(0)
    const { status, stderr } = await store.run('nix-store', ['--delete', ...paths])
    expect(status, stderr).toBe(0)
  }

  test('fetches what is missing itself, each once', async () => {
    const tree = await build(cache)
    expect(readFileSync(join(tree, 'node_modules/third/index.js'), 'utf8')).toBe('third')
    expect(agents()).toEqual(['lock2build', 'lock2build', 'lock2build'])
  })

  test('fetches nothing for what is built, even when the sources are gone', async () => {
    await build(emptyCache())
    await remove(/-(?:left|right|third)-1\.0\.0\.tgz$/)
    await build(emptyCache())
    expect(registry.requests).toEqual([])
  })

  test('fetches nothing that Nix has', async () => {
    await remove(/-app-node-modules$/)
    await build(cache)
    expect(registry.requests).toEqual([])
    await remove(/-app-node-modules$|-left-1\.0\.0\.tgz$/)
    await build(emptyCache())
    expect(registry.requests.map(({ path }) => path)).toEqual(['/left/-/left-1.0.0.tgz'])
    expect(agents()).toEqual(['lock2build'])
  })
})
