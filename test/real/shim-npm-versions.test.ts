/**
 * Every npm from 6 to 12, with a node of its time: the shim's tree is the one that `npm ci` of the same npm makes, scripts run, and
 * what each npm gets wrong by itself (network, silent skipping) does not happen. Node and npm come from the registry.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { convert, copyProject, installWithNpm, removeProject } from '../support/fidelity.ts'
import type { Project } from '../support/fidelity.ts'
import { publishedNode } from '../support/node-prefix.ts'
import type { NodePrefix } from '../support/node-prefix.ts'
import { canUnshare, installWithShim } from '../support/shim-run.ts'
import { makeShimProject } from '../support/shim-project.ts'
import type { ShimProject } from '../support/shim-project.ts'
import { treeDiff } from '../support/tree-diff.ts'

// npm 7 has no install-links. npm 6 installs no workspaces, and gives a bin that two packages offer (semver, in "aliases") to the other one.
const all = ['aliases', 'local-sources', 'workspace', 'foreign-peers', 'packed-directory', 'unneeded'] as const
const versions = [
  { npm: '6.14.18', node: '14.21.3', lock: 2, projects: ['aliases', 'local-sources'] },
  {
    npm: '7.24.2',
    node: '16.20.2',
    lock: 3,
    projects: ['aliases', 'local-sources', 'workspace', 'foreign-peers', 'unneeded'],
  },
  { npm: '8.19.4', node: '16.20.2', lock: 3, projects: all },
  { npm: '9.9.4', node: '18.20.8', lock: 3, projects: all },
  { npm: '10.9.4', node: '20.20.2', lock: 3, projects: all },
  { npm: '11.19.1', node: '22.22.0', lock: 3, projects: all },
  { npm: '12.2.0', node: '24.11.1', lock: 3, projects: all },
] as const

/** npm 12 fetches no URL and links no directory unless told to. */
const allowing = { npm_config_allow_remote: 'all', npm_config_allow_file: 'all', npm_config_allow_directory: 'all' }

describe.skipIf(!canUnshare).each(versions)('npm $npm on node $node', ({ npm, node: nodeVersion, lock, projects }) => {
  const isNpm6 = npm.startsWith('6.')
  let node: NodePrefix
  const made: (ShimProject | { remove(): void })[] = []
  beforeAll(() => (node = publishedNode(nodeVersion, npm)))
  afterAll(() => made.forEach((each) => each.remove()))

  test.each(projects)('%s: the tree is the one npm ci makes', async (name) => {
    const converted = copyProject(name, lock)
    const reference: Project = { ...copyProject(name, lock), env: allowing }
    made.push({ remove: () => [converted, reference].forEach(removeProject) })
    await convert(converted)
    const [installed, modules] = await Promise.all([
      installWithShim({ node, folder: converted.folder }),
      installWithNpm(reference, [], node),
    ])
    expect(installed.stderr).toBe('')
    for (const dir of modules) {
      const differences = treeDiff(join(reference.folder, dir), join(installed.out, dir), {
        skip: (path) =>
          path.endsWith('.package-lock.json') ||
          (isNpm6 && path === '.bin/semver') ||
          (isEmptyScope(join(reference.folder, dir, path)) && !existsSync(join(installed.out, dir, path))),
        ...(isNpm6 ? { content: withoutInjected } : {}),
      })
      expect(differences).toEqual([])
    }
  })

  test('scripts run, an addon without a script is compiled, a failing optional package goes', async () => {
    const project = await makeShimProject({
      manifest: { dependencies: { a: '1.0.0', addon: '1.0.0' }, optionalDependencies: { broken: '1.0.0' } },
      packages: [
        { name: 'a', version: '1.0.0', manifest: { scripts: { postinstall: 'echo $npm_lifecycle_event > ran' } } },
        {
          name: 'addon',
          version: '1.0.0',
          // Which node-gyp and Python work together differs; that it is called does not.
          files: { 'binding.gyp': '{}', 'fake-gyp.js': { content: fakeGyp, mode: 0o755 } },
        },
        {
          name: 'broken',
          version: '1.0.0',
          manifest: { scripts: { install: 'exit 1' } },
          place: { flags: ['optional'] },
        },
      ],
    })
    made.push(project)
    const { out, stderr, code } = await project.install(
      { overrides: { addon: { env: { npm_config_node_gyp: './fake-gyp.js' } } } },
      node,
    )
    expect(code, stderr).toBe(0)
    expect(readFileSync(join(out, 'node_modules/a/ran'), 'utf8')).toBe('postinstall\n')
    // The headers stand under one path in every build, beside the work directory.
    expect(readFileSync(join(out, 'node_modules/addon/compiled'), 'utf8')).toBe(`rebuild ${dirname(out)}/node\n`)
    expect(readdirSync(join(out, 'node_modules')).sort()).toEqual(['a', 'addon'])
  })

  // npm 6 does not know of it.
  if (!isNpm6) {
    test('a version that a package accepts beside those it asks for may stand', async () => {
      const project = await makeShimProject({
        manifest: { dependencies: { a: '1.0.0', b: '2.0.0' } },
        packages: [
          {
            name: 'a',
            version: '1.0.0',
            manifest: { dependencies: { b: '^1.0.0' }, acceptDependencies: { b: '^2.0.0' } },
          },
          { name: 'b', version: '2.0.0' },
        ],
      })
      made.push(project)
      // By npm's own judgement, as it is asked here.
      expect(await project.install({}, node)).toMatchObject({ code: 0, stderr: '' })
    })
  }

  test('a failing script stops the build, and a tree that is not what was locked is refused', async () => {
    const failing = await makeShimProject({
      packages: [{ name: 'a', version: '1.0.0', manifest: { scripts: { install: 'echo the reason; exit 5' } } }],
    })
    const wrong = await makeShimProject({
      packages: [{ name: 'a', version: '1.0.0', manifest: { dependencies: { missing: '1.0.0' } } }],
    })
    made.push(failing, wrong)
    const failure = await failing.install({}, node)
    expect(failure.stderr).toMatch(/the install script of a@1\.0\.0 .* failed with exit code 5: [^]*the reason/)
    const refusal = await wrong.install({}, node)
    expect(refusal.stderr).toMatch(/a@1\.0\.0 \(node_modules\/a\) needs missing@1\.0\.0/)
    expect(existsSync(join(refusal.out, 'node_modules/missing'))).toBe(false)
  })
})

/** npm 7 to 11.0 leave the directory of a scope of which all packages are left out. */
function isEmptyScope(path: string): boolean {
  return basename(path).startsWith('@') && existsSync(path) && readdirSync(path).length === 0
}

const fakeGyp = `#!/usr/bin/env node
require('fs').writeFileSync('compiled', process.argv[2] + ' ' + process.env.npm_config_nodedir + '\\n')\n`

/** npm 6 writes what it knows of a package into its package.json, and sorts the keys. */
function withoutInjected(path: string, bytes: Buffer): Buffer {
  if (!path.endsWith('package.json')) return bytes
  const manifest: unknown = JSON.parse(bytes.toString('utf8'))
  const kept = Object.entries(manifest ?? {}).filter(([key]) => !key.startsWith('_'))
  return Buffer.from(JSON.stringify(Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)))))
}
