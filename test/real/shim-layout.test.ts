/** What the shim lays out and what it refuses, on packages made here: npm is real, the network is cut. */
import { existsSync, lstatSync, readFileSync, readlinkSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestProject } from '../support/nix-project.ts'
import { canUnshare } from '../support/shim-run.ts'
import { makeShimProject } from '../support/shim-project.ts'
import type { ShimProject } from '../support/shim-project.ts'
import { treeDiff } from '../support/tree-diff.ts'

describe.skipIf(!canUnshare)('the tree', () => {
  const made: ShimProject[] = []
  afterEach(() => made.splice(0).forEach((project) => project.remove()))
  const make = async (project: TestProject) => {
    const result = await makeShimProject(project)
    made.push(result)
    return result
  }

  test('holds node_modules and nothing else, in modes that do not depend on the umask', async () => {
    const project = await make({
      packages: [
        { name: 'a', version: '1.0.0', files: { 'x.js': { content: '', mode: 0o600 } }, manifest: { bin: 'x.js' } },
        { name: 'b', version: '1.0.0', manifest: { scripts: { install: 'mkdir made && echo > made/file' } } },
      ],
    })
    const usual = await project.install()
    const umask = process.umask(0o077)
    const strict = await project.install().finally(() => process.umask(umask))
    expect([usual.stderr, strict.stderr, strict.code]).toEqual(['', '', 0])
    expect(readdirSync(usual.out)).toEqual(['node_modules'])
    expect(readdirSync(join(usual.out, 'node_modules')).sort()).toEqual(['.bin', 'a', 'b'])
    expect(readdirSync(usual.dir).sort()).toEqual(['a-1.0.0.tgz', 'b-1.0.0.tgz', 'job.json', 'out'])
    expect(treeDiff(usual.out, strict.out)).toEqual([])
    expect(lstatSync(join(usual.out, 'node_modules/a/x.js')).mode & 0o777).toBe(0o755)
  })

  test('is sealed when asked to, its programs too', async () => {
    const project = await make({
      packages: [
        {
          name: 'a',
          version: '1.0.0',
          files: { 'x.js': { content: '', mode: 0o600 } },
          manifest: { bin: 'x.js', dependencies: { b: '1.0.0' } },
        },
        { name: 'b', version: '1.0.0', at: 'node_modules/a/node_modules/b' },
      ],
    })
    const { out } = await project.install({ sealed: true })
    const files = ['a/package.json', 'a/x.js', 'a/node_modules/b/package.json']
    const stats = files.map((file) => lstatSync(join(out, 'node_modules', file)))
    expect(stats.map(({ mode }) => mode & 0o777)).toEqual([0o444, 0o555, 0o444])
    expect(stats.map(({ mtimeMs }) => mtimeMs)).toEqual([1000, 1000, 1000])
  })

  test("keeps npm's private file when asked to", async () => {
    const project = await make({ packages: [{ name: 'a', version: '1.0.0' }] })
    const { out } = await project.install({ keepNpmFiles: true })
    expect(readdirSync(join(out, 'node_modules'))).toContain('.package-lock.json')
  })

  test('a bin name goes to the shallowest package, then to the first by name; CRLF interpreters are mended', async () => {
    const bin = (text: string) => ({ 'cli.js': `#!/usr/bin/env node${text}\nconsole.log(1)\n` })
    const project = await make({
      manifest: { dependencies: { b: '1.0.0', '@s/z': '1.0.0' } },
      packages: [
        { name: 'b', version: '1.0.0', manifest: { bin: { tool: 'cli.js' } }, files: bin('') },
        { name: '@s/z', version: '1.0.0', manifest: { bin: { tool: 'cli.js', other: 'cli.js' } }, files: bin('\r') },
      ],
    })
    const { out, stderr } = await project.install()
    expect(stderr).toBe('')
    expect(readlinkSync(join(out, 'node_modules/.bin/tool'))).toBe('../@s/z/cli.js')
    expect(readlinkSync(join(out, 'node_modules/.bin/other'))).toBe('../@s/z/cli.js')
    expect(readFileSync(join(out, 'node_modules/@s/z/cli.js'), 'utf8')).toBe('#!/usr/bin/env node\nconsole.log(1)\n')
  })

  test('without development dependencies, what an optional peer needs stays, and npm agrees', async () => {
    const project = await make({
      manifest: { dependencies: { client: '1.0.0' }, devDependencies: { cli: '1.0.0', tool: '1.0.0' } },
      packages: [
        {
          name: 'client',
          version: '1.0.0',
          manifest: { peerDependencies: { cli: '*' }, peerDependenciesMeta: { cli: { optional: true } } },
        },
        { name: 'cli', version: '1.0.0', place: { flags: ['devOptional'] } },
        { name: 'tool', version: '1.0.0', place: { flags: ['dev'] } },
      ],
    })
    const byNpm = await project.install({ omit: ['dev'] })
    const byItself = await project.install({ omit: ['dev'], check: 'own' })
    expect([byNpm.stderr, byItself.stderr]).toEqual(['', ''])
    expect(readdirSync(join(byNpm.out, 'node_modules')).sort()).toEqual(['cli', 'client'])
    expect(treeDiff(byNpm.out, byItself.out)).toEqual([])
  })

  test('packages that an archive carries undeclared stay as they are, and their scripts are not run', async () => {
    const stray = {
      'node_modules/stray/package.json': '{"name":"stray","version":"1.0.0","scripts":{"install":"exit 1"}}',
    }
    const project = await make({
      packages: [
        { name: 'a', version: '1.0.0', files: stray },
        { name: 'b', version: '1.0.0', manifest: { scripts: { install: 'true' } } },
      ],
    })
    const { out, stderr } = await project.install()
    expect(stderr).toBe('')
    expect(readdirSync(join(out, 'node_modules/a/node_modules'))).toEqual(['stray'])
  })

  test('omitting development dependencies leaves out what only those need', async () => {
    const project = await make({
      packages: [
        { name: 'a', version: '1.0.0' },
        { name: 'dev', version: '1.0.0', place: { flags: ['dev'] } },
        { name: 'opt', version: '1.0.0', place: { flags: ['optional'] } },
      ],
    })
    const names = async (omit: readonly string[]) => {
      const { out, stderr } = await project.install({ omit })
      expect(stderr).toBe('')
      return readdirSync(join(out, 'node_modules')).sort()
    }
    expect(await names(['dev'])).toEqual(['a', 'opt'])
    expect(await names(['optional'])).toEqual(['a', 'dev'])
    expect(await names(['dev', 'optional', 'peer'])).toEqual(['a'])
  })

  test('an optional package whose engines this node does not satisfy is left out with what it takes along', async () => {
    const optional = { flags: ['optional'] as const }
    const project = await make({
      manifest: { dependencies: { kept: '1.0.0' }, optionalDependencies: { old: '1.0.0' } },
      packages: [
        { name: 'kept', version: '1.0.0' },
        {
          name: 'old',
          version: '1.0.0',
          manifest: { engines: { node: '<1' }, dependencies: { helper: '1.0.0' } },
          place: { ...optional, engines: { node: '<1' }, takes: ['node_modules/helper'] },
        },
        { name: 'helper', version: '1.0.0', place: optional },
      ],
    })
    const { out, stderr } = await project.install()
    expect(stderr).toBe('')
    expect(readdirSync(join(out, 'node_modules'))).toEqual(['kept'])
  })

  test('where the lock does not record conditions, each optional manifest is asked', async () => {
    const place = { flags: ['optional'] as const }
    const project = await make({
      conditions: 'from-manifests',
      manifest: { dependencies: { kept: '1.0.0' }, optionalDependencies: { foreign: '1.0.0', native: '1.0.0' } },
      packages: [
        { name: 'kept', version: '1.0.0' },
        {
          name: 'foreign',
          version: '1.0.0',
          manifest: { os: ['no-such-os'], bin: 'cli.js', dependencies: { '@only/for-foreign': '1.0.0' } },
          files: { 'cli.js': '' },
          place,
        },
        { name: '@only/for-foreign', version: '1.0.0', place },
        {
          name: 'native',
          version: '1.0.0',
          manifest: { os: ['!no-such-os'], scripts: { install: 'echo > built' } },
          place,
        },
      ],
    })
    const { out, stderr } = await project.install()
    expect(stderr).toBe('')
    expect(readdirSync(join(out, 'node_modules')).sort()).toEqual(['kept', 'native'])
    expect(existsSync(join(out, 'node_modules/native/built'))).toBe(true)
  })

  test('a git checkout becomes what npm pack makes of it, subdirectory and all', async () => {
    const project = await make({
      manifest: { dependencies: { tool: 'git+ssh://git@127.0.0.1/tool.git' } },
      sources: {
        'tool@1.0.0': {
          name: 'tool',
          git: 'ssh://git@127.0.0.1/tool.git',
          rev: 'a'.repeat(40),
          hash: `sha256-${'A'.repeat(43)}=`,
          subdir: 'packages/tool',
        },
      },
      places: { 'node_modules/tool': { source: 'tool@1.0.0' } },
    })
    project.write('checkout/README', 'of the repository')
    const manifest = {
      name: 'tool',
      version: '1.0.0',
      files: ['lib'],
      bin: 'lib/cli.js',
      scripts: { prepare: 'exit 1' },
    }
    project.write('checkout/packages/tool/package.json', JSON.stringify(manifest))
    project.write('checkout/packages/tool/lib/cli.js', '#!/usr/bin/env node\n')
    const left = project.write('checkout/packages/tool/test.js', '')
    const { out, stderr } = await project.install({ sources: { 'tool@1.0.0': join(left, '../../..') } })
    expect(stderr).toContain('tool@1.0.0 (node_modules/tool) comes from git and has a prepare script, which is not run')
    expect(readdirSync(join(out, 'node_modules/tool')).sort()).toEqual(['lib', 'package.json'])
    expect(readlinkSync(join(out, 'node_modules/.bin/tool'))).toBe('../tool/lib/cli.js')
  })
})

describe.skipIf(!canUnshare)('what is wrong is told in one paragraph', () => {
  const made: ShimProject[] = []
  afterEach(() => made.splice(0).forEach((project) => project.remove()))
  const failureOf = async (project: TestProject, job?: Parameters<ShimProject['install']>[0]) => {
    const result = await makeShimProject(project)
    made.push(result)
    const { code, stderr } = await result.install(job)
    expect(code).toBe(1)
    expect(stderr).not.toMatch(/^\s+at /m)
    return stderr
  }

  test('a package that the lock should name and does not', async () => {
    const project = {
      manifest: { dependencies: { a: '1.0.0' } },
      packages: [{ name: 'a', version: '1.0.0', manifest: { dependencies: { 'not-locked': '^1.0.0' } } }],
    }
    expect(await failureOf(project)).toMatch(
      /^lock2build: a@1\.0\.0 \(node_modules\/a\) needs not-locked@\^1\.0\.0, which the lock file does not hold\..*npm install/,
    )
  })

  test('a version that the manifest does not ask for', async () => {
    const project = { manifest: { dependencies: { a: '^2.0.0' } }, packages: [{ name: 'a', version: '1.0.0' }] }
    expect(await failureOf(project)).toMatch(/npm [0-9.]+ does not accept the tree: [^]*\ba\b[^]*npm install/)
  })

  test('a required package that does not run here, as npm ci refuses it too', async () => {
    const project = { packages: [{ name: 'a', version: '1.0.0', manifest: { os: ['no-such-os'] } }] }
    const text = await failureOf(project)
    expect(text).toContain('Unsupported platform for a@1.0.0')
    expect(text).toContain('npm ci fails there too')
    expect(text).not.toContain('complete log')
  })

  test('an archive that is missing', async () => {
    const project = { packages: [{ name: 'a', version: '1.0.0' }] }
    expect(await failureOf(project, { sources: {} })).toContain('The job gives no file for a@1.0.0 (node_modules/a)')
    expect(await failureOf(project, { sources: { 'a@1.0.0': '/does/not/exist' } })).toContain('is not there')
  })

  test('a local archive that is not the one that was locked', async () => {
    const text = await failureOf({
      manifest: { dependencies: { a: 'file:a.tgz' } },
      files: { 'a.tgz': 'something else' },
      sources: { 'a@1.0.0': { name: 'a', path: 'a.tgz', hash: `sha512-${'A'.repeat(86)}==` } },
      places: { 'node_modules/a': { source: 'a@1.0.0' } },
    })
    expect(text).toContain('a@1.0.0 (node_modules/a) is not the one that was locked: it has sha512-')
  })

  test('an archive with a path that leaves the package', async () => {
    const packages = [{ name: 'a', version: '1.0.0', files: { '../../evil': 'x' } }]
    expect(await failureOf({ packages })).toContain('"package/../../evil", a path that leaves the package')
  })

  test('a bundled package that did not come', async () => {
    const project = {
      packages: [{ name: 'a', version: '1.0.0', manifest: { bundleDependencies: ['b'], dependencies: { b: '1' } } }],
      places: { 'node_modules/a/node_modules/b': { bundled: true as const } },
    }
    expect(await failureOf(project)).toContain('node_modules/a/node_modules/b should have come inside the archive')
  })

  test('a result that is there already', async () => {
    const project = await makeShimProject({ packages: [{ name: 'a', version: '1.0.0' }] })
    made.push(project)
    const first = await project.install()
    const second = await project.install({ out: first.out })
    expect(second.stderr).toBe(`lock2build: ${first.out} is not empty.\n`)
    rmSync(first.out, { recursive: true })
  })
})
