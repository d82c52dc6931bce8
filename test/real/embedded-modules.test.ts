/** Trees of packages from a registry on loopback: shared with what is kept unpacked, safe from scripts, verified anew. */
import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installProgram, makeProject } from '../support/cli.ts'
import { buildEmbedded, runEmbedded, temporaryCache } from '../support/embedded.ts'
import { startRegistry, type LoopbackRegistry } from '../support/loopback-registry.ts'

let program = ''
let registry: LoopbackRegistry
beforeAll(async () => {
  program = await installProgram()
  registry = await startRegistry()
  registry.add({
    manifest: {
      name: 'plain',
      version: '1.0.0',
      bin: { plain: 'cli.js', same: 'cli.js' },
      dependencies: { inner: '^1.0.0' },
    },
    files: {
      'cli.js': '#!/usr/bin/env node\r\nconsole.log("plain")\n',
      'lib/deep/x.js': 'module.exports = 1\n',
      'test/node_modules/stray/y.js': '',
    },
  })
  registry.add({ manifest: { name: 'inner', version: '1.2.0' }, files: { 'index.js': 'module.exports = 2\n' } })
  registry.add({
    manifest: { name: 'scripted', version: '1.0.0', scripts: { install: 'node install.js' } },
    files: { 'install.js': 'require("fs").writeFileSync("../plain/lib/deep/x.js", "changed")\n' },
  })
})
afterAll(() => registry.close())

function project(names: Readonly<Record<string, string>>, told: Readonly<Record<string, object>> = {}): string {
  const dependencies = Object.fromEntries(Object.entries(names).filter(([name]) => name !== 'inner'))
  const root = { name: 'app', version: '1.0.0', dependencies }
  const entries = Object.entries(names).map(([name, version]) => {
    const { url, integrity } = registry.tarball(name, version)
    return [`node_modules/${name}`, { version, resolved: url, integrity, ...told[name] }]
  })
  const packages = { '': root, ...Object.fromEntries(entries) }
  return makeProject({
    'package.json': JSON.stringify(root),
    'package-lock.json': JSON.stringify({ ...root, lockfileVersion: 3, requires: true, packages }),
  })
}

const plain = { inner: '1.2.0', plain: '1.0.0' }
const modules = ['-A', 'nodeModules']

describe('a tree without scripts', () => {
  test('shares its files with the next one, and takes nothing from the network for it', async () => {
    const cache = temporaryCache()
    const first = await buildEmbedded(program, { project: project(plain), cache, words: modules })
    expect(first.code, first.stderr).toBe(0)
    const before = registry.requests.length
    const second = await buildEmbedded(program, {
      project: project({ inner: '1.2.0' }, {}),
      cache,
      words: [...modules, '--offline'],
    })
    expect(second.code, second.stderr).toBe(0)
    expect(registry.requests.length).toBe(before)
    const file = (report: Readonly<Record<string, unknown>>) =>
      statSync(join(String(report['result']), 'node_modules/inner/index.js')).ino
    expect(file(second.report)).toBe(file(first.report))
  })

  test('is read-only and as old as every result, whatever of it is shared', async () => {
    const { report } = await buildEmbedded(program, {
      project: project(plain),
      cache: temporaryCache(),
      words: modules,
    })
    const paths = execFileSync('find', [String(report['result'])], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(paths.some((path) => path.endsWith('/test/node_modules/stray/y.js'))).toBe(true)
    for (const path of paths) {
      const stats = lstatSync(path)
      expect(stats.mtimeMs, path).toBe(1000)
      if (!stats.isSymbolicLink()) expect(stats.mode & 0o222, path).toBe(0)
    }
  })

  test('gets what npm does to programs, and the shared file stays as it was', async () => {
    const cache = temporaryCache()
    const { report } = await buildEmbedded(program, { project: project(plain), cache, words: modules })
    const bin = join(String(report['result']), 'node_modules/plain/cli.js')
    expect(readFileSync(bin, 'utf8')).toContain('#!/usr/bin/env node\n')
    expect(lstatSync(bin).mode & 0o777).toBe(0o555)
    const unpacked = join(cache, 'lock2build/unpacked')
    const kept = readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('cli.js'))
    expect(kept).toHaveLength(1)
    expect(readFileSync(join(unpacked, kept[0] ?? ''), 'utf8')).toContain('node\r\n')
  })
})

test.each([
  ['that the lock file names', { hasInstallScript: true }],
  ['that the lock file hides', {}],
])('scripts %s run in the sandbox, on copies', async (_, told) => {
  const cache = temporaryCache()
  await buildEmbedded(program, { project: project(plain), cache, words: modules })
  const scripted = project({ ...plain, scripted: '1.0.0' }, { scripted: told })
  const { code, stderr, report } = await buildEmbedded(program, { project: scripted, cache, words: modules })
  expect(code, stderr).toBe(0)
  const result = String(report['result'])
  expect(readFileSync(join(result, 'node_modules/plain/lib/deep/x.js'), 'utf8')).toBe('changed')
  expect(readFileSync(join(result, '../build.json'), 'utf8')).toContain('"sandbox": "bubblewrap"')
  const again = await buildEmbedded(program, { project: project(plain), cache, words: [...modules, '--rebuild'] })
  expect(again.code, again.stderr).toBe(0)
})

test('a tree that is not what package.json asks for is refused by npm, whose check is asked then', async () => {
  const wrong = project({ inner: '1.2.0', plain: '1.0.0' })
  const manifest = { name: 'app', version: '1.0.0', dependencies: { plain: '^2.0.0' } }
  writeFileSync(join(wrong, 'package.json'), JSON.stringify(manifest))
  const { code, stderr } = await buildEmbedded(program, { project: wrong, cache: temporaryCache(), words: modules })
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/does not accept the tree|manifest-mismatch/)
})

describe('verify', () => {
  test('finds that all is as it was built', async () => {
    const cache = temporaryCache()
    const folder = project(plain)
    await buildEmbedded(program, { project: folder, cache })
    const before = registry.requests.length
    const { code, report, stderr } = await runEmbedded(program, 'verify', { project: folder, cache })
    expect(code, stderr).toBe(0)
    expect(report).toMatchObject({ sources: { needed: 2, verified: 2, damaged: [] }, wasBuilt: true })
    expect(registry.requests.length).toBe(before)
  })

  test('says when the link leads to another result than the one that is verified', async () => {
    const cache = temporaryCache()
    const folder = project(plain)
    await buildEmbedded(program, { project: folder, cache, words: modules })
    const same = await runEmbedded(program, 'verify', { project: folder, cache, words: modules })
    expect(same.stderr).not.toContain('not verified')
    const { code, stderr } = await runEmbedded(program, 'verify', { project: folder, cache })
    expect(code, stderr).toBe(0)
    expect(stderr).toContain(`not verified: ${join(folder, 'result')} leads to another result`)
  })

  test('finds a damaged source, and a damaged result', async () => {
    const cache = temporaryCache()
    const folder = project(plain)
    const built = await buildEmbedded(program, { project: folder, cache, words: modules })
    const [source = ''] = readdirSync(join(cache, 'lock2build/sources'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    damage(source)
    const sources = await runEmbedded(program, 'verify', { project: folder, cache, words: modules })
    expect(sources.code).toBe(5)
    expect(sources.stderr).toContain('integrity-mismatch: the stored source of')
    damage(join(String(built.report['result']), 'node_modules/inner/index.js'))
    const result = await runEmbedded(program, 'verify', { project: folder, cache, words: modules })
    expect(result.code).toBe(5)
    expect(result.stderr).toContain(
      'not-reproducible: built again, app-node-modules is not the same: "node_modules/inner/index.js"',
    )
  })

  test('does not convert: stale files are the answer', async () => {
    const { code, stderr } = await runEmbedded(program, 'verify', { project: project(plain), cache: temporaryCache() })
    expect(code).toBe(3)
    expect(stderr).toContain('stale: ')
  })
})

function damage(path: string): void {
  chmodSync(path, 0o644)
  writeFileSync(path, 'damaged')
}
