/** The project's own install scripts: they run before the build, and what they change in packages is in the result. */
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PackageJob } from '../../converters/node/build/job.ts'
import { findDifference } from '../../src/build/compare-trees.ts'
import { publishedNode } from '../support/node-prefix.ts'
import { canUnshare } from '../support/shim-run.ts'
import { makeShimProject } from '../support/shim-project.ts'
import type { ShimProject } from '../support/shim-project.ts'

/** Changes two packages, removes one file and one package, makes something new, and leaves a cache. */
const fix = `#!/usr/bin/env node
const fs = require('node:fs')
fs.writeFileSync('node_modules/dep/index.js', "module.exports = 'fixed'\\n")
fs.rmSync('node_modules/dep/old.js')
fs.rmSync('node_modules/unwanted', { recursive: true })
fs.writeFileSync('node_modules/fixer/own.txt', 'development')
fs.mkdirSync('node_modules/.made')
fs.writeFileSync('node_modules/.made/tool', '#!/usr/bin/env node\\n', { mode: 0o755 })
fs.mkdirSync('node_modules/.cache')
fs.writeFileSync('node_modules/.cache/when', String(Date.now()))
`

describe.skipIf(!canUnshare)('the install scripts of a project', () => {
  let project: ShimProject
  let trees = { modules: '', productionModules: '' }
  beforeAll(async () => {
    project = await makeShimProject({
      manifest: {
        name: 'whole',
        scripts: {
          preinstall: 'npx -y only-allow npm',
          postinstall: 'fix-it',
          prepare: 'lefthook install && node note.js',
          build: 'node note.js',
        },
        dependencies: { dep: '1.0.0', user: '1.0.0', unwanted: '1.0.0' },
        devDependencies: { fixer: '1.0.0' },
      },
      packages: [
        { name: 'dep', version: '1.0.0', files: { 'index.js': "module.exports = 'dep'\n", 'old.js': '' } },
        { name: 'user', version: '1.0.0', files: { 'index.js': "module.exports = 'uses ' + require('dep')\n" } },
        { name: 'unwanted', version: '1.0.0' },
        {
          name: 'fixer',
          version: '1.0.0',
          manifest: { bin: { 'fix-it': 'fix.js' } },
          files: { 'fix.js': fix },
          place: { flags: ['dev'] },
        },
      ],
      local: {
        'packages/app': { name: 'app', version: '1.0.0', workspace: true, needs: ['packages/lib'] },
        'packages/lib': { name: 'lib', version: '1.0.0', workspace: true },
      },
      files: {
        'note.js': `require('fs').appendFileSync('notes.txt', [process.env.npm_lifecycle_event, process.env.npm_command,
          require('user')].join(' ') + '\\n')`,
        'packages/app/package.json': manifest('app', { lib: '1.0.0' }),
        'packages/app/make.js': "require('fs').writeFileSync('dist.js', 'app with ' + require('lib'))",
        'packages/lib/package.json': manifest('lib', {}),
        'packages/lib/make.js': `require('fs').writeFileSync('dist.js', "module.exports = 'lib'")`,
      },
    })
    const install = (omit: readonly string[]) => project.install({ shebangs: 'patched', omit })
    const [all, less] = [await install([]), await install(['dev'])]
    expect([all.stderr, less.stderr]).toEqual(['', ''])
    trees = { modules: all.out, productionModules: less.out }
  })
  afterAll(() => project.remove())

  const run = (job: Partial<PackageJob> = {}) => project.build('package', { ...trees, ...job })
  const says = (root: string, name: string) =>
    execFileSync(process.execPath, ['-p', `require(${JSON.stringify(name)})`], { cwd: root, encoding: 'utf8' }).trim()

  test('run before the build; what they changed is in the result, and what only development needs is not', async () => {
    const { out, code, stderr } = await run()
    expect(code, stderr).toBe(0)
    const root = join(out, 'lib/node_modules/whole')
    expect(says(root, 'user')).toBe('uses fixed')
    expect(readdirSync(join(root, 'node_modules')).sort()).toEqual(['.made', 'app', 'dep', 'lib', 'user'])
    expect(readdirSync(join(root, 'node_modules/dep')).sort()).toEqual(['index.js', 'package.json'])
    expect(lstatSync(join(root, 'node_modules/user')).isSymbolicLink()).toBe(false)
    expect(readFileSync(join(root, 'node_modules/.made/tool'), 'utf8')).not.toContain('/usr/bin/env')
    const lines = readFileSync(join(root, 'notes.txt'), 'utf8').trim().split('\n')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^prepare ci uses fixed$/)
    expect(lines[1]).toMatch(/^build run(?:-script)? uses fixed$/)
    expect(readFileSync(join(root, 'packages/app/dist.js'), 'utf8')).toBe('app with lib')
    expect(stderr).toContain('the preinstall script of package.json (line 1) has nothing to do in a build')
    // The same in every run.
    const again = join((await run()).out, 'lib/node_modules/whole')
    expect(findDifference(join(root, 'node_modules'), join(again, 'node_modules'))).toBe(undefined)
  })

  test("run for a member, too, with those of the members it needs; others' are left", async () => {
    const { out, code, stderr } = await run({ member: 'packages/lib' })
    expect(code, stderr).toBe(0)
    expect(stderr).not.toContain('packages/app/package.json')
    expect(says(join(out, 'lib/workspace/packages/lib'), 'user')).toBe('uses fixed')
    expect(readFileSync(join(out, 'lib/node_modules/lib/dist.js'), 'utf8')).toContain("'lib'")
  })

  test('are not run when they are switched off: then the packages are links', async () => {
    const { out, code, stderr } = await run({ installScripts: false })
    expect(code, stderr).toBe(0)
    const root = join(out, 'lib/node_modules/whole')
    expect(says(root, 'user')).toBe('uses dep')
    expect(lstatSync(join(root, 'node_modules/user')).isSymbolicLink()).toBe(true)
    expect(existsSync(join(root, 'packages/lib/dist.js'))).toBe(false)
  })

  test('of the project itself are not run where npm is told to ignore scripts', async () => {
    const { out, code, stderr } = await run({ npmFlags: ['--ignore-scripts'] })
    expect(code, stderr).toBe(0)
    expect(stderr).not.toContain('script of package.json')
    expect(says(join(out, 'lib/node_modules/whole'), 'user')).toBe('uses dep')
  })

  test('that fail stop the build: the message has their place, their words, and how to do without', async () => {
    project.write('note.js', "console.log('no luck'); process.exit(3)")
    const { code, stderr } = await run()
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /the prepare script of package\.json \(line 1\) failed with exit code 3: lefthook install && node note\.js\nno luck\n/,
    )
    expect(stderr).toContain('npm runs it whenever it installs')
    expect(stderr).toContain('installScripts = false')
  })
})

test.skipIf(!canUnshare)('of scripts that only set up a repository nothing is run', async () => {
  const project = await makeShimProject({
    manifest: {
      name: 'app',
      scripts: { prepare: 'husky || true', postinstall: 'lefthook install' },
    },
    packages: [{ name: 'dep', version: '1.0.0' }],
  })
  const { out } = await project.install({ shebangs: 'patched' })
  const { code, stderr } = await project.build('package', { modules: out, productionModules: out })
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('has nothing to do in a build: husky || true')
  project.remove()
})

test.skipIf(!canUnshare)('what comes before all packages finds none, and leaves none', async () => {
  const project = await makeShimProject({
    manifest: {
      name: 'app',
      scripts: {
        preinstall: 'ls > before.txt; rm -rf node_modules; mkdir -p node_modules/dep; touch node_modules/dep/own.txt',
        build: 'node -p "require(\'dep\')" > dist.txt',
      },
    },
    packages: [{ name: 'dep', version: '1.0.0', files: { 'index.js': "module.exports = 'dep'\n" } }],
  })
  // As npm 6 and yarn 1; the others run it when packages are there.
  const npm12 = publishedNode('24.11.1', '12.2.0')
  const { out } = await project.install({ shebangs: 'patched' }, npm12)
  const { out: result, code, stderr } = await project.build('package', { modules: out, productionModules: out }, npm12)
  expect(code, stderr).toBe(0)
  const root = join(result, 'lib/node_modules/app')
  expect(readFileSync(join(root, 'before.txt'), 'utf8')).not.toContain('node_modules')
  expect(readFileSync(join(root, 'dist.txt'), 'utf8')).toBe('dep\n')
  expect(lstatSync(join(root, 'node_modules/dep')).isSymbolicLink()).toBe(true)
  project.remove()
})

function manifest(name: string, dependencies: Readonly<Record<string, string>>): string {
  return JSON.stringify({ name, version: '1.0.0', main: 'dist.js', scripts: { prepare: 'node make.js' }, dependencies })
}
