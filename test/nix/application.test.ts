/** The application and its shell: built with development dependencies, carried by production ones, run in a sandbox without /usr/bin/env. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasNix, openStore } from '../support/nix.ts'
import { writeNixProject } from '../support/nix-project.ts'

describe.skipIf(!hasNix)('the application', () => {
  const store = openStore()
  const made = writeNixProject({
    manifest: { name: '@demo/app', bin: { demo: 'bin/demo.js' }, scripts: { build: 'compile src.txt dist.txt' } },
    packages: [
      { name: 'greet', version: '1.0.0', files: { 'index.js': "module.exports = 'hello'\n" } },
      {
        name: 'compiler',
        version: '1.0.0',
        manifest: { bin: { compile: 'compile.js' } },
        files: {
          'compile.js': `#!/usr/bin/env node
const fs = require('fs')
fs.writeFileSync(process.argv[3], fs.readFileSync(process.argv[2], 'utf8').toUpperCase())
`,
        },
        place: { flags: ['dev'] },
      },
    ],
    files: {
      'src.txt': 'built',
      'bin/demo.js': `#!/usr/bin/env node
console.log(require('greet'), require('fs').readFileSync(__dirname + '/../dist.txt', 'utf8'))
`,
    },
    local: { 'packages/member': { name: 'member', version: '2.0.0', workspace: true } },
  })
  beforeAll(() => made.seed(store))
  afterAll(() => [made, store].forEach((each) => each.remove()))

  test('its program runs in a build of its own', async () => {
    const file = join(made.folder, 'use.nix')
    writeFileSync(
      file,
      `{ pkgs ? import <nixpkgs> { } }: let project = import ./. { inherit pkgs; }; in {
        ran = pkgs.stdenv.mkDerivation { name = "ran"; buildCommand = "\${project.package}/bin/demo > $out"; };
        program = project.package.meta.mainProgram;
      }`,
    )
    expect(readFileSync(await store.build(file, 'ran'), 'utf8')).toBe('hello BUILT\n')
    expect(await store.evaluate(`(import ${file} { }).program`)).toBe('demo')
  })

  test('the result refers to node and to the production dependencies, and to nothing else', async () => {
    const result = await store.build(made.folder, 'package')
    const production = await store.build(made.folder, 'nodeModules.production')
    const [own, theirs] = [result, production].map((path) => path.slice(store.root.length))
    const { stdout } = await store.run('nix-store', ['-q', '--references', own ?? ''])
    const others = stdout
      .trim()
      .split('\n')
      .filter((path) => path !== own && path !== theirs)
    expect(others.map((path) => path.replace(/^\/nix\/store\/[0-9a-z]{32}-/, ''))).toEqual(['nodejs'])
    expect(existsSync(join(production, 'node_modules/greet/index.js'))).toBe(true)
    expect(existsSync(join(production, 'node_modules/compiler'))).toBe(false)
  })

  test('the tarball is what npm pack makes', async () => {
    const result = await store.build(made.folder, 'tarball')
    expect(readdirSync(result)).toEqual(['demo-app-1.0.0.tgz'])
  })

  test('a member of the workspace is built by its name', async () => {
    const result = await store.build(made.folder, 'workspaces.member')
    expect(readFileSync(join(result, 'lib/node_modules/member/package.json'), 'utf8')).toContain('2.0.0')
  })

  test('all sources are links in one directory', async () => {
    expect(readdirSync(await store.build(made.folder, 'sources')).sort()).toEqual([
      'compiler-1.0.0.tgz',
      'greet-1.0.0.tgz',
    ])
  })
})
