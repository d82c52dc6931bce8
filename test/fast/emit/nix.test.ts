import { readFileSync } from 'node:fs'
import { assert, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emitNix } from '../../../src/emit/nix.ts'
import type { BuildSpec, SpecPart } from '../../../src/spec/build-spec.ts'
import { printSpec } from '../../../src/spec/print.ts'

const source = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

const assets = new Map([
  ['default.nix', source('src/emit/nix/default.nix')],
  ['flake.nix', source('src/emit/nix/flake.nix')],
  ['project.nix', source('src/emit/nix/project.nix')],
  ['node/node.nix', source('converters/node/build/node.nix')],
  ['node/node-shim.mjs', '// shim\n'],
  ['node/settings.txt', source('converters/node/build/settings.txt')],
  ['other/other.nix', '{ }\n'],
  ['other/settings.txt', 'build: package | things\n# level = 3;\n'],
])

const part = (name: string): SpecPart => ({
  project: { name },
  lock: { file: 'package-lock.json', format: 'npm-lock', version: '3' },
  omit: [],
  sources: {},
  plan: { places: {}, local: { '': { name } } },
})
const specOf = (ecosystems: BuildSpec['ecosystems']): BuildSpec => ({
  lock2build: 1,
  systems: ['x86_64-linux'],
  ecosystems,
})
const textOf = (spec: BuildSpec, path: string) =>
  emitNix({ spec, assets, flake: true }).find((file) => file.path === path)?.text ?? ''

describe('emitting Nix files', () => {
  const spec = specOf({ node: part('app') })

  test('the spec and the static files of its ecosystems are ours, default.nix and flake.nix are the user’s', () => {
    const files = emitNix({ spec, assets, flake: true })
    expect(files.map(({ path, owner }) => [path, owner])).toEqual([
      ['default.nix', 'user'],
      ['flake.nix', 'user'],
      ['lock2build/default.nix', 'lock2build'],
      ['lock2build/node-shim.mjs', 'lock2build'],
      ['lock2build/node.nix', 'lock2build'],
      ['lock2build/project.nix', 'lock2build'],
      ['lock2build/spec.json', 'lock2build'],
    ])
    expect(textOf(spec, 'lock2build/spec.json')).toBe(printSpec(spec))
  })

  test('a flake is written on request only', () => {
    expect(emitNix({ spec, assets, flake: false }).map(({ path }) => path)).not.toContain('flake.nix')
  })

  test('no text of a lock file reaches a Nix file', () => {
    const nixFiles = (name: string) =>
      emitNix({ spec: specOf({ node: part(name) }), assets, flake: true }).filter(({ path }) => path.endsWith('.nix'))
    const usual = nixFiles('app')
    assert(
      property(string({ unit: 'binary' }), (name) => {
        expect(nixFiles(name)).toEqual(usual)
      }),
    )
  })

  test('every setting is shown as a comment, in the call itself', () => {
    const text = textOf(spec, 'default.nix')
    const comments = text.split('\n').filter((line) => line.trim().startsWith('#'))
    const [, ...settings] = source('converters/node/build/settings.txt').trimEnd().split('\n')
    expect(comments.slice(-settings.length)).toEqual(settings.map((line) => `  ${line}`))
    for (const argument of [
      'nodejs',
      'dev',
      'omit',
      'overrides',
      'npmFlags',
      'buildScript',
      'buildInputs',
      'nativeBuildInputs',
    ]) {
      expect(text).toMatch(new RegExp(`# ${argument}\\b`))
    }
    expect(text.split('\n').filter((line) => line !== '' && !line.trim().startsWith('#'))).toEqual([
      '{ pkgs ? import <nixpkgs> { } }:',
      'import ./lock2build {',
      '  inherit pkgs;',
      '}',
    ])
  })

  test('with two ecosystems each has its settings under its name', () => {
    const text = textOf(specOf({ other: part('a'), node: part('a') }), 'default.nix')
    expect(text).toMatch(/  node = \{\n    # nodejs[^}]*[\s\S]*\n  \};\n\n  other = \{\n    # level = 3;\n  \};\n\}\n$/)
  })

  test('its head names what the project’s own ecosystems build', () => {
    const commands = (spec: BuildSpec) => textOf(spec, 'default.nix').match(/nix-(?:build|shell).*/g)
    expect(commands(specOf({ other: part('a') }))).toEqual(['nix-build -A package | things        nix-shell -A shell'])
    expect(commands(specOf({ other: part('a'), node: part('a') }))).toEqual([
      expect.stringMatching(/^nix-build -A node\.package \| node\.nodeModules \| .*nix-shell -A node\.shell$/),
      'nix-build -A other.package | other.things        nix-shell -A other.shell',
    ])
  })

  test('an installation without its static files is a bug, not an empty build', () => {
    expect(() => emitNix({ spec, assets: new Map(), flake: false })).toThrow('missing from this installation')
  })
})
