/** Every version of Nix that is at hand gives the same derivations and results: this machine's, and those of scripts/newer-nix.sh. */
import { afterAll, describe, expect, test } from 'vitest'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'
import { runFlake } from '../support/nix-uses.ts'
import { writeNixProject } from '../support/nix-project.ts'
import { nixVersions } from '../support/nix-versions.ts'

describe.skipIf(!hasNix)('whichever Nix', () => {
  const made = writeNixProject({
    packages: [
      { name: 'ms', version: '2.1.3', files: { 'index.js': 'module.exports = 7' } },
      { name: 'tool', version: '1.0.0', manifest: { bin: 'tool.js' }, files: { 'tool.js': '#!/usr/bin/env node\n' } },
    ],
  })
  const stores = nixVersions().map(openStore)
  afterAll(() => [made, ...stores].forEach((each) => each.remove()))
  const results = new Map<string, unknown>()

  test.each(stores)('Nix %# evaluates and builds, through default.nix and the flake', async (store) => {
    await made.seed(store)
    results.set(await versionOf(store), {
      derivation: await store.instantiate(made.folder, 'package'),
      farm: await store.instantiate(made.folder, 'sources'),
      viaFlake: await flakeOf(store),
      result: (await store.build(made.folder, 'nodeModules')).slice(store.root.length),
    })
  })

  test('they agree', () => {
    expect(results.size).toBe(stores.length)
    const [first, ...others] = [...results.values()]
    others.forEach((other) => expect(other).toEqual(first))
  })

  const versionOf = async (store: NixStore) => (await store.run('nix-build', ['--version'])).stdout.trim()
  const flakeOf = (store: NixStore) =>
    runFlake(store, 'eval', ['--raw', `path:${made.folder}#packages.x86_64-darwin.nodeModules.drvPath`])
})
