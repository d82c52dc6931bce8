/** The application, its tarball, and the shell: what the shim makes of a finished tree, without Nix. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PackageJob } from '../../converters/node/build/job.ts'
import { hostNode } from '../support/node-prefix.ts'
import { canUnshare, runShim } from '../support/shim-run.ts'
import { makeShimProject } from '../support/shim-project.ts'
import type { ShimProject } from '../support/shim-project.ts'

const node = hostNode()
const program = '#!/usr/bin/env node\n'
const builds = `${program}require('fs').writeFileSync('dist.js', process.argv[2])\n`

describe.skipIf(!canUnshare)('a workspace', () => {
  let project: ShimProject
  let modules = ''
  let production = ''
  let dir = ''
  beforeAll(async () => {
    project = await makeShimProject({
      manifest: {
        name: 'whole',
        bin: { whole: 'bin/whole.js' },
        man: './man/whole.1',
        scripts: { build: 'build-it root' },
        dependencies: { dep: '1.0.0' },
        devDependencies: { builder: '1.0.0' },
      },
      packages: [
        { name: 'dep', version: '1.0.0', files: { 'index.js': "module.exports = 'dep'\n" } },
        {
          name: 'builder',
          version: '1.0.0',
          manifest: { bin: { 'build-it': 'b.js' } },
          files: { 'b.js': builds },
          place: { flags: ['dev'] },
        },
      ],
      local: {
        'packages/app': { name: '@w/app', version: '1.0.0', workspace: true, needs: ['packages/lib'] },
        'packages/lib': { name: 'lib', version: '1.0.0', workspace: true },
        'packages/other': { name: 'other', version: '1.0.0', workspace: true },
      },
      files: {
        'bin/whole.js': `${program}console.log('whole', require('dep'))\n`,
        'man/whole.1': '.TH whole\n',
        'packages/app/package.json': JSON.stringify({
          name: '@w/app',
          version: '1.0.0',
          bin: 'cli.js',
          scripts: { build: 'lib-tool && build-it app' },
          dependencies: { lib: '1.0.0' },
        }),
        'packages/app/cli.js': `${program}console.log(require('lib'), require('dep'))\n`,
        'packages/lib/package.json': JSON.stringify({
          name: 'lib',
          version: '1.0.0',
          main: 'dist.js',
          bin: { 'lib-tool': 'tool.js' },
          scripts: { build: `build-it "module.exports='built lib'" && cp tool.js copy.js` },
        }),
        'packages/lib/tool.js': `${program}require('../lib/dist.js')\n`,
        'result-1': 'not a source',
      },
    })
    const [all, less] = [
      await project.install({ shebangs: 'patched' }),
      await project.install({ shebangs: 'patched', omit: ['dev'] }),
    ]
    expect([all.stderr, less.stderr]).toEqual(['', ''])
    modules = all.out
    production = less.out
  })
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'shim-application-'))))
  afterAll(() => project.remove())

  const run = (command: 'package' | 'pack', job: Partial<PackageJob> = {}) =>
    project.build(command, { modules, productionModules: production, ...job })
  const output = (file: string) => execFileSync(file, { encoding: 'utf8', env: { PATH: '' } })

  test('is built with development dependencies and carries production ones; its programs and manual are linked', async () => {
    const { out, dir: made, code } = await run('package')
    expect(code).toBe(0)
    expect(output(join(out, 'bin/whole'))).toBe('whole dep\n')
    expect(readlinkSync(join(out, 'bin/whole'))).toBe('../lib/node_modules/whole/bin/whole.js')
    expect(readFileSync(join(out, 'share/man/man1/whole.1'), 'utf8')).toBe('.TH whole\n')
    const root = join(out, 'lib/node_modules/whole')
    expect(readFileSync(join(root, 'dist.js'), 'utf8')).toBe('root')
    expect(readdirSync(join(root, 'node_modules')).sort()).toEqual(['.bin', '@w', 'dep', 'lib', 'other'])
    expect(existsSync(join(root, 'result-1'))).toBe(false)
    expect(readdirSync(made).sort()).toEqual(['job.json', 'out'])
  })

  test('a member is built after what it needs, and stands with that alone', async () => {
    const { out, stderr, code } = await run('package', { member: 'packages/app' })
    expect(code, stderr).toBe(0)
    expect(output(join(out, 'bin/app'))).toBe('built lib dep\n')
    expect(readlinkSync(join(out, 'lib/node_modules/@w/app'))).toBe('../../workspace/packages/app')
    expect(readdirSync(join(out, 'lib/workspace/packages')).sort()).toEqual(['app', 'lib'])
    expect(readdirSync(join(out, 'lib/workspace/node_modules')).sort()).toEqual(['.bin', '@w', 'dep', 'lib'])
  })

  test('the tarball is what npm packs of the built project, with the interpreters of the sources, the same in every run', async () => {
    const first = await run('pack', { member: 'packages/lib' })
    expect(readdirSync(first.out)).toEqual(['lib-1.0.0.tgz'])
    const digest = (out: string) =>
      createHash('sha256')
        .update(readFileSync(join(out, 'lib-1.0.0.tgz')))
        .digest('hex')
    for (const file of ['tool.js', 'copy.js']) {
      const tarball = join(first.out, 'lib-1.0.0.tgz')
      const text = execFileSync('tar', ['xOzf', tarball, `package/${file}`], { encoding: 'utf8' })
      expect(text).toMatch(/^#!\/usr\/bin\/env node\n/)
    }
    expect(digest((await run('pack', { member: 'packages/lib' })).out)).toBe(digest(first.out))
  })

  const withBuild = (build: string) => {
    const src = join(dir, 'src')
    execFileSync('cp', ['-r', project.folder, src])
    const manifest: unknown = JSON.parse(readFileSync(join(src, 'package.json'), 'utf8'))
    writeFileSync(join(src, 'package.json'), JSON.stringify(Object.assign({}, manifest, { scripts: { build } })))
    return src
  }

  test('a build script finds packages in the project, as the package manager leaves them, and may change them', async () => {
    const where = 'test "$(cd node_modules/dep && pwd -P)" = "$(pwd -P)/node_modules/dep"'
    // So many files that threads copy them.
    const src = withBuild(
      `${where} && test -f many/999 && echo "module.exports = 'changed'" > node_modules/dep/index.js`,
    )
    mkdirSync(join(src, 'many'))
    for (let i = 0; i < 1000; i++) writeFileSync(join(src, 'many', String(i)), '')
    const { out, stderr, code } = await run('package', { src })
    expect(code, stderr).toBe(0)
    expect(output(join(out, 'bin/whole'))).toBe('whole changed\n')
    expect(readFileSync(join(modules, 'node_modules/dep/index.js'), 'utf8')).toBe("module.exports = 'dep'\n")
  })

  test('a build script that fails stops the build and says whose it was', async () => {
    const { code, stderr } = await run('package', { src: withBuild('echo getaddrinfo EAI_AGAIN; exit 4') })
    expect(code).toBe(1)
    expect(stderr).toContain('the script "build" of the project failed with exit code 4. It asked for the network,')
  })

  describe('a shell', () => {
    const enter = async () => {
      writeFileSync(join(dir, 'shell.json'), JSON.stringify({ modules }))
      return runShim(node, 'shell', join(dir, 'shell.json'), join(dir, 'project'))
    }
    const write = (path: string, text: string) => {
      mkdirSync(join(dir, 'project', path, '..'), { recursive: true })
      writeFileSync(join(dir, 'project', path), text)
    }

    test('links packages to the tree and members to the project', async () => {
      write('package.json', '{}')
      write('packages/lib/package.json', '{"name":"lib"}')
      expect(await enter()).toEqual({ code: 0, stderr: '' })
      const linked = join(dir, 'project/node_modules')
      expect(readlinkSync(join(linked, 'dep'))).toBe(join(modules, 'node_modules/dep'))
      expect(readlinkSync(join(linked, 'lib'))).toBe('../packages/lib')
      expect(readdirSync(linked).sort()).toEqual(['.bin', '.lock2build-shell', 'builder', 'dep', 'lib'])
      const before = lstatSync(join(linked, 'dep')).ctimeMs
      await enter()
      expect(lstatSync(join(linked, 'dep')).ctimeMs).toBe(before)
    })

    test("leaves a node_modules alone that is the developer's, with a word about it", async () => {
      write('package.json', '{}')
      write('node_modules/mine/index.js', '')
      const { code, stderr } = await enter()
      expect(code).toBe(0)
      expect(stderr).toContain(`${dir}/project/node_modules is not from here and stays as it is`)
      expect(readdirSync(join(dir, 'project/node_modules'))).toEqual(['mine'])
    })

    test('does nothing where there is no package.json', async () => {
      write('other.txt', '')
      expect(await enter()).toEqual({ code: 0, stderr: '' })
      expect(readdirSync(join(dir, 'project'))).toEqual(['other.txt'])
    })
  })
})
