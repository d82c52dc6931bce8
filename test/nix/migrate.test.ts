/** What the real node2nix left behind, migrated and then built by Nix, beside the files that are still there. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readSpec } from '../../src/spec/read.ts'
import { installProgram, makeProject, runProgram } from '../support/cli.ts'
import { hasNix, openStore } from '../support/nix.ts'
import { hostNode } from '../support/node-prefix.ts'
import { installNode2nix, makeLockedProject } from '../support/node2nix.ts'
import { emptyCache } from '../support/registry-project.ts'

describe.skipIf(!hasNix)('migrated from node2nix, built by Nix', async () => {
  const program = await installProgram()
  const node2nix = installNode2nix()
  const store = openStore({ nodes: { nodejs_22: hostNode() } })
  afterAll(() => store.remove())

  const environment = {
    ...store.environment,
    NIX_REMOTE: store.root,
    XDG_CACHE_HOME: emptyCache(),
    NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'],
  }
  const run = (cwd: string, ...words: readonly string[]) => {
    const ran = runProgram(program, words, { cwd, environment })
    expect(ran.code, ran.stderr).toBe(0)
    return ran
  }

  test('a project: build takes lock2build.nix, and not the default.nix of node2nix', () => {
    const project = makeLockedProject()
    node2nix(project, '-l', 'package-lock.json', '--pkg-name', 'nodejs_22')
    run(project, 'migrate', '--write')
    const { stdout } = run(project, 'build', '--with', 'nix', '--no-out-link', '--json')
    const { result } = JSON.parse(stdout) as { readonly result: string }
    const files = readdirSync(join(store.onHost(result), 'lib/node_modules/says'))
    expect(files).toContain('says.js')
    expect(files).not.toContain('lock2build.nix')
    expect(readlinkSync(join(store.onHost(result), 'bin/says'))).toBe('../lib/node_modules/says/says.js')
  })

  test('a list with supplements, with the network cut', async () => {
    const project = makeProject({
      'node-packages.json': '["semver", { "nopt": "7.x" }]\n',
      'supplement.json': '["which"]\n',
    })
    const lists = ['-i', 'node-packages.json', '--supplement-input', 'supplement.json']
    node2nix(project, ...lists, '--pkg-name', 'nodejs_22')
    run(project, 'migrate', '--write')
    const file = 'lock2build/spec.json'
    const { collection } = readSpec(readFileSync(join(project, file), 'utf8'), file)
    await store.seed(Object.values(collection?.['node']?.sources ?? {}))
    const built = await store.build(join(project, 'lock2build.nix'), 'semver')
    expect(readFileSync(join(built, 'bin/semver'), 'utf8')).toMatch(/^#!\/nix\/store\/[^/]*-nodejs\/bin\/node/)
  })
})
