/** Settings of the user's default.nix, by what they do to a real build in the sandbox. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasNix, openStore } from '../support/nix.ts'
import { writeNixProject } from '../support/nix-project.ts'
import { publishedNode } from '../support/node-prefix.ts'

const makeScript = `
const { existsSync, readFileSync, writeFileSync } = require('fs')
const { spawnSync } = require('child_process')
writeFileSync('made.json', JSON.stringify({
  setting: process.env.SETTING || null,
  prepared: existsSync('prepared') ? readFileSync('prepared', 'utf8') : null,
  tool: spawnSync('tool').status === 0,
  nodePath: process.env.NODE_PATH || null,
}))
`

describe.skipIf(!hasNix)('overrides', () => {
  const store = openStore()
  const made = writeNixProject({
    packages: [
      { name: 'greet', version: '1.0.0', files: { 'index.js': "module.exports = 'hello'\n" } },
      {
        name: 'built',
        version: '1.0.0',
        manifest: { scripts: { postinstall: 'node make.js' } },
        files: { 'make.js': makeScript },
        place: { scripts: true },
      },
      {
        name: 'broken',
        version: '1.0.0',
        manifest: { scripts: { postinstall: 'echo this cannot work; exit 3' } },
        place: { scripts: true, flags: ['dev'] },
      },
    ],
  })
  beforeAll(() => made.seed(store))
  afterAll(() => [made, store].forEach((each) => each.remove()))

  /** Builds nodeModules with these arguments of lock2build/default.nix. */
  const build = (settings: string) => {
    const file = join(made.folder, 'settings.nix')
    writeFileSync(file, `{ pkgs ? import <nixpkgs> { } }: import ./lock2build { inherit pkgs; ${settings} }`)
    return store.build(file, 'nodeModules')
  }
  const read = (tree: string, path: string) => readFileSync(join(tree, 'node_modules', path), 'utf8')

  test('a failing script fails the build, with its output and the setting that skips it', async () => {
    await expect(build('')).rejects.toThrow(/this cannot work[\s\S]*scripts = false/)
  })

  test('scripts = false leaves a package unbuilt, and dev = false leaves it out', async () => {
    const unbuilt = await build('overrides = { broken.scripts = false; built.scripts = false; };')
    expect(() => read(unbuilt, 'built/made.json')).toThrow('ENOENT')
    expect(read(unbuilt, 'broken/package.json')).toContain('"broken"')
    const production = await build('dev = false;')
    expect(() => read(production, 'broken/package.json')).toThrow('ENOENT')
    expect(JSON.parse(read(production, 'built/made.json'))).toEqual({
      setting: null,
      prepared: null,
      tool: false,
      nodePath: null,
    })
  })

  test('nodejs is the one that builds, and the one that interpreters name', async () => {
    // An old one, so that it cannot be this machine's by chance.
    const old = openStore({ nodes: { nodejs_18: publishedNode('18.20.8', '9.9.4') } })
    const project = writeNixProject({
      packages: [
        {
          name: 'versions',
          version: '1.0.0',
          manifest: {
            bin: 'run.js',
            scripts: { postinstall: 'node -p process.version > found; npm --version >> found' },
          },
          files: { 'run.js': '#!/usr/bin/env node\n' },
          place: { scripts: true },
        },
      ],
    })
    try {
      await project.seed(old)
      const file = join(project.folder, 'settings.nix')
      writeFileSync(
        file,
        '{ pkgs ? import <nixpkgs> { } }: import ./lock2build { inherit pkgs; nodejs = pkgs.nodejs_18; }',
      )
      const tree = await old.build(file, 'nodeModules')
      expect(read(tree, 'versions/found')).toBe('v18.20.8\n9.9.4\n')
      const node = await old.evaluate(`"\${(import ${old.nixpkgs} { }).nodejs_18}/bin/node"`)
      expect(read(tree, 'versions/run.js')).toBe(`#!${String(node)}\n`)
    } finally {
      project.remove()
      old.remove()
    }
  })

  test('env and preInstall reach the scripts of their package, inputs are on PATH', async () => {
    const tool = `pkgs.stdenv.mkDerivation { name = "tool"; buildCommand = "mkdir -p $out/bin; echo '#!/bin/sh' > $out/bin/tool; chmod +x $out/bin/tool"; }`
    const tree = await build(`dev = false; overrides.built = {
      env.SETTING = "a b $c";
      preInstall = "echo ready > prepared";
      nativeBuildInputs = [ (${tool}) ];
    };`)
    expect(JSON.parse(read(tree, 'built/made.json'))).toEqual({
      setting: 'a b $c',
      prepared: 'ready\n',
      tool: true,
      nodePath: null,
    })
  })

  test('patches are applied to the unpacked package', async () => {
    writeFileSync(
      join(made.folder, 'greet.patch'),
      "--- a/index.js\n+++ b/index.js\n@@ -1 +1 @@\n-module.exports = 'hello'\n+module.exports = 'bonjour'\n",
    )
    const tree = await build('dev = false; overrides."greet@1.0.0".patches = [ ./greet.patch ];')
    expect(read(tree, 'greet/index.js')).toBe("module.exports = 'bonjour'\n")
  })

  test('a patch that does not apply fails the build', async () => {
    writeFileSync(
      join(made.folder, 'wrong.patch'),
      '--- a/index.js\n+++ b/index.js\n@@ -1 +1 @@\n-nothing like it\n+x\n',
    )
    await expect(build('dev = false; overrides.greet.patches = [ ./wrong.patch ];')).rejects.toThrow(
      /wrong\.patch[\s\S]*greet/,
    )
  })

  test('src replaces the archive by a directory of the project', async () => {
    mkdirSync(join(made.folder, 'vendored'), { recursive: true })
    writeFileSync(join(made.folder, 'vendored/package.json'), '{"name":"greet","version":"1.0.0"}')
    writeFileSync(join(made.folder, 'vendored/index.js'), "module.exports = 'hei'\n")
    const tree = await build('dev = false; overrides.greet.src = ./vendored;')
    expect(read(tree, 'greet/index.js')).toBe("module.exports = 'hei'\n")
  })
})
