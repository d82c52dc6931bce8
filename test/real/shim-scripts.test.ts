/** Lifecycle scripts: who runs, who may fail, what overrides do, and what is left of it in the result. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { TestProject } from '../support/nix-project.ts'
import { hostNode } from '../support/node-prefix.ts'
import { canUnshare } from '../support/shim-run.ts'
import { makeShimProject } from '../support/shim-project.ts'
import type { ShimProject } from '../support/shim-project.ts'
import { treeDiff } from '../support/tree-diff.ts'

describe.skipIf(!canUnshare)('lifecycle scripts', () => {
  const made: ShimProject[] = []
  afterEach(() => made.splice(0).forEach((project) => project.remove()))
  const make = async (project: TestProject) => {
    const result = await makeShimProject(project)
    made.push(result)
    return result
  }
  const scripted = (scripts: Record<string, string>, more: object = {}) => ({
    packages: [{ name: 'a', version: '1.0.0', manifest: { scripts, ...more } }],
  })

  test('run in npm’s order, although the lock does not announce them, in a directory that is the same everywhere', async () => {
    const log = (event: string) => `echo ${event} $npm_lifecycle_event >> log`
    const scripts = { postinstall: log('post'), preinstall: log('pre'), install: `pwd > cwd && ${log('in')}` }
    const project = await make(scripted(scripts))
    const { out, dir, stderr } = await project.install()
    expect(readFileSync(join(out, 'node_modules/a/log'), 'utf8')).toBe('pre preinstall\nin install\npost postinstall\n')
    expect(readFileSync(join(out, 'node_modules/a/cwd'), 'utf8')).toBe(`${dir}/work/node_modules/a\n`)
    expect(stderr).toContain('scripts of a@1.0.0 (node_modules/a) wrote the build directory')
    expect(stderr).toContain('node_modules/a/cwd')
  })

  test('have no network and a home of their own', async () => {
    const check = 'require("net").connect(80,"192.0.2.1").on("error",(e)=>require("fs").writeFileSync("error",e.code))'
    const project = await make(scripted({ install: `node -e '${check}' && echo "$HOME" > home` }))
    const { out, dir } = await project.install()
    expect(readFileSync(join(out, 'node_modules/a/error'), 'utf8')).toBe('ENETUNREACH')
    expect(readFileSync(join(out, 'node_modules/a/home'), 'utf8')).toBe(`${dir}/work.state/home\n`)
  })

  test('see the environment that npm gives them', async () => {
    const dump = 'node -e \'require("fs").writeFileSync("env.json", JSON.stringify(process.env))\''
    const more = { bin: { say: 'say.js' }, config: { port: 8080, deep: { list: [1, null] } }, engines: { node: '>=4' } }
    const files = { 'say.js': '' }
    const project = await make({
      packages: [{ name: 'a', version: '1.0.0', manifest: { ...more, scripts: { install: dump } }, files }],
    })
    const { out, dir, code, stderr } = await project.install()
    expect(code, stderr).toBe(0)
    const ours = loadEnvironment(join(out, 'node_modules/a/env.json'), `${dir}/work`)
    // The same package under npm itself, told what the shim tells npm.
    const root = join(project.folder, 'by-npm')
    cpSync(join(out, 'node_modules'), join(root, 'node_modules'), { recursive: true })
    writeFileSync(join(root, 'package.json'), '{"name":"nix-project","version":"1.0.0","dependencies":{"a":"1.0.0"}}')
    const { prefix } = hostNode()
    const told = Object.entries(loadEnvironment(join(out, 'node_modules/a/env.json'))).filter(
      ([key]) => key.startsWith('npm_config_') && !ownOfNpm.includes(key),
    )
    const env = { ...Object.fromEntries(told), HOME: `${dir}/work.state/home`, PATH: `${prefix}/bin:/usr/bin:/bin` }
    execFileSync(join(prefix, 'bin/npm'), ['rebuild', '--offline'], { cwd: root, env, stdio: 'pipe' })
    const theirs = loadEnvironment(join(root, 'node_modules/a/env.json'), root, `${dir}/work`)
    for (const key of different) for (const side of [ours, theirs]) delete side[key]
    expect(ours).toEqual(theirs)
  })

  test('use the bins of their dependencies', async () => {
    const project = await make({
      packages: [
        { name: 'a', version: '1.0.0', manifest: { scripts: { install: 'say hello' }, dependencies: { b: '1.0.0' } } },
        {
          name: 'b',
          version: '1.0.0',
          manifest: { bin: { say: 'say.js' } },
          files: { 'say.js': '#!/usr/bin/env node\nrequire("fs").writeFileSync("said", process.argv[2])\n' },
        },
      ],
    })
    const pristine = await project.install()
    expect(readFileSync(join(pristine.out, 'node_modules/a/said'), 'utf8')).toBe('hello')
    expect(readFileSync(join(pristine.out, 'node_modules/b/say.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    const patched = await project.install({ shebangs: 'patched' })
    expect(readFileSync(join(patched.out, 'node_modules/b/say.js'), 'utf8')).toMatch(/^#!\/.*\/bin\/node\n/)
    expect(treeDiff(pristine.out, patched.out).map((line) => line.split(':')[0])).toEqual(['node_modules/b/say.js'])
  })

  test('a failure names package, event and command, and shows the end of the output', async () => {
    const project = await make(
      scripted({ postinstall: 'echo early; for i in $(seq 50); do echo line $i; done; exit 3' }),
    )
    const { code, stderr } = await project.install()
    expect(code).toBe(1)
    expect(stderr).toContain('the postinstall script of a@1.0.0 (node_modules/a) failed with exit code 3: echo early;')
    expect(stderr).toContain(
      'overrides."a".scripts = false in default.nix, or "allowScripts": { "a": false } in package.json',
    )
    expect(stderr).toContain('line 50')
    expect(stderr).not.toContain('line 10\n')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('a failure for want of the network says so', async () => {
    const project = await make(scripted({ install: `node -e 'require("http").get("http://example.invalid/")'` }))
    expect((await project.install()).stderr).toContain('It asked for the network, which a build does not have.')
  })

  test('a failing optional package is left out with what only it needs, and its later scripts do not run', async () => {
    const flags = ['optional'] as const
    const cli = { 'cli.js': '#!/usr/bin/env node\n' }
    const project = await make({
      manifest: { dependencies: { kept: '1.0.0' }, optionalDependencies: { top: '1.0.0' } },
      packages: [
        {
          name: 'kept',
          version: '1.0.0',
          manifest: { dependencies: { shared: '1.0.0' }, bin: { tool: 'cli.js' } },
          files: cli,
        },
        { name: 'shared', version: '1.0.0' },
        { name: 'top', version: '1.0.0', manifest: { dependencies: { broken: '1.0.0' } }, place: { flags } },
        {
          name: 'broken',
          version: '1.0.0',
          manifest: {
            scripts: { preinstall: 'exit 1', postinstall: 'touch ../kept/ran' },
            dependencies: { '@only/helper': '1.0.0', shared: '1.0.0' },
            // By name this bin comes first; without its package the other one takes its place.
            bin: { tool: 'cli.js' },
          },
          files: cli,
          place: { flags },
        },
        { name: '@only/helper', version: '1.0.0', place: { flags } },
      ],
    })
    const { code, out, stderr } = await project.install()
    expect(stderr).toBe(
      'lock2build: broken@1.0.0 (node_modules/broken) is optional and its script failed: it is left out, as npm does.\n',
    )
    expect(code).toBe(0)
    expect(readdirSync(join(out, 'node_modules')).sort()).toEqual(['.bin', 'kept', 'shared'])
    expect(readlinkSync(join(out, 'node_modules/.bin/tool'))).toBe('../kept/cli.js')
    expect(existsSync(join(out, 'node_modules/kept/ran'))).toBe(false)
  })

  test('an override switches scripts off, by name or by name and version', async () => {
    const project = await make(scripted({ install: 'exit 1' }))
    for (const key of ['a', 'a@1.0.0'])
      expect((await project.install({ overrides: { [key]: { scripts: false } } })).code).toBe(0)
    expect((await project.install({ overrides: { 'a@2.0.0': { scripts: false } } })).code).toBe(1)
  })

  test("the project's own allowScripts may deny a package, and is no longer read by npm itself", async () => {
    const denied = await make({
      ...scripted({ install: 'exit 1' }),
      manifest: { allowScripts: { a: false }, dependencies: { a: '1.0.0' } },
    })
    expect((await denied.install()).stderr).toBe('')
    const other = await make({
      ...scripted({ install: 'exit 1' }),
      manifest: { allowScripts: { 'a@2.0.0': false }, dependencies: { a: '1.0.0' } },
    })
    expect((await other.install()).code).toBe(1)
  })

  test('an override patches a package, runs code before its scripts, and sets their environment', async () => {
    const project = await make({
      packages: [
        {
          name: 'a',
          version: '1.0.0',
          manifest: { scripts: { install: 'cat source.txt prepared > built; echo $SETTING >> built' } },
          files: { 'source.txt': 'before\n' },
        },
      ],
    })
    const patch = project.write('fix.patch', '--- a/source.txt\n+++ b/source.txt\n@@ -1 +1 @@\n-before\n+after\n')
    const overrides = { a: { patches: [patch], preInstall: 'echo $SETTING > prepared', env: { SETTING: 'set' } } }
    const { out, stderr } = await project.install({ overrides })
    expect(stderr).toBe('')
    expect(readFileSync(join(out, 'node_modules/a/built'), 'utf8')).toBe('after\nset\nset\n')
  })

  test('a patch that does not apply, and a preInstall that fails, stop the build with their output', async () => {
    const project = await make(scripted({ install: 'true' }))
    const patch = project.write('fix.patch', '--- a/none.txt\n+++ b/none.txt\n@@ -1 +1 @@\n-a\n+b\n')
    expect((await project.install({ overrides: { a: { patches: [patch] } } })).stderr).toContain(
      'does not apply to a@1.0.0',
    )
    expect((await project.install({ overrides: { a: { preInstall: 'echo why; exit 7' } } })).stderr).toMatch(
      /preInstall of a@1\.0\.0 .* failed with exit code 7:\nwhy/,
    )
  })

  test('what scripts write is the same in every run, and in every work directory of the same name', async () => {
    const project = await make(
      scripted({ install: 'mkdir -p deep/er && echo x > deep/er/file && chmod 700 deep && ln -s er deep/link' }),
    )
    const [first, second] = [await project.install(), await project.install()]
    expect(treeDiff(first.out, second.out)).toEqual([])
    expect(readlinkSync(join(first.out, 'node_modules/a/deep/link'))).toBe('er')
  })

  test('a script that the lock file hides finds files that it may write, of this time', async () => {
    const look = `node -e 'const s = require("fs").statSync("package.json"); if (!(s.mode & 128) || s.mtimeMs < 1e12) throw s'`
    const project = await make(scripted({ install: `${look} && touch made` }))
    const { code, stderr, out } = await project.install({ sealed: true })
    expect(code, stderr).toBe(0)
    expect(existsSync(join(out, 'node_modules/a/made'))).toBe(true)
  })

  test("the project's own scripts do not run", async () => {
    const scripts = { preinstall: 'exit 1', install: 'exit 1', postinstall: 'exit 1', prepare: 'exit 1' }
    const project = await make({
      ...scripted({ install: 'true' }),
      manifest: { scripts, dependencies: { a: '1.0.0' } },
    })
    expect((await project.install()).stderr).toBe('')
  })
})

/** What npm itself adds to the settings that it hands on. */
const ownOfNpm = [
  'global_prefix',
  'init_module',
  'local_prefix',
  'node_gyp',
  'noproxy',
  'npm_version',
  'prefix',
  'user_agent',
].map((name) => `npm_config_${name}`)

/**
 * The command differs (`npm ci`), a rebuild knows no lock file, npm looks for bins up to the root directory, newer ones hand on an
 * empty setting of theirs, and node-gyp is told where node's headers are.
 */
const different = [
  'npm_config_allow_scripts',
  'npm_package_config_node_gyp_nodedir',

  'npm_command',
  'npm_package_resolved',
  'npm_package_integrity',
  'PATH',
  'PWD',
  'SHLVL',
  '_',
  'TMPDIR',
]

function loadEnvironment(file: string, ...roots: readonly string[]): Record<string, string> {
  const text = roots.reduce((before, root) => before.replaceAll(root, '<root>'), readFileSync(file, 'utf8'))
  const environment: Record<string, string> = JSON.parse(text)
  return environment
}
