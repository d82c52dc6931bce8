/** Collections in Nix: attributes, prefixes, supplements, settings, and what a package's build depends on. */
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { thisSystem } from '../../src/io/this-system.ts'
import { hasNix, openStore } from '../support/nix.ts'
import { writeCollection, type TestTool } from '../support/nix-collection.ts'

const says = (text: string) => `#!/usr/bin/env node\nconsole.log(${text})\n`
const hello: TestTool = {
  name: 'hello',
  version: '1.2.0',
  manifest: { bin: { hello: 'cli.js', hi: 'cli.js' }, man: './hello.1' },
  files: { 'cli.js': says("'hello'"), 'hello.1': '.TH HELLO 1\n' },
}
const scoped: TestTool = {
  name: '@scope/tool',
  version: '2.0.0',
  manifest: { bin: './tool.js' },
  files: { 'tool.js': says("'scoped'") },
}
const built: TestTool = {
  name: 'built',
  version: '3.0.0',
  manifest: { bin: { built: 'built.js' }, scripts: { postinstall: 'hello > said.txt' } },
  files: { 'built.js': says("require('fs').readFileSync(__dirname + '/said.txt', 'utf8').trim()") },
  place: { scripts: true },
  supplements: ['hello'],
}

describe.skipIf(!hasNix)('a collection', () => {
  const store = openStore()
  const made = writeCollection([hello, scoped, built])
  beforeAll(() => made.seed(store))
  afterAll(() => [made, store].forEach((each) => each.remove()))
  const expression = (text: string) => {
    const file = join(made.folder, 'use.nix')
    writeFileSync(file, `{ pkgs ? import <nixpkgs> { } }: let all = import ./lock2build { inherit pkgs; }; in ${text}`)
    return file
  }

  test('has an attribute for each package, with its version and without', async () => {
    const paths = await Promise.all(
      ['hello', '"hello-1.2.0"', 'packages.hello'].map((attribute) => store.instantiate(made.folder, attribute)),
    )
    expect(new Set(paths).size).toBe(1)
    expect(await store.evaluate(`builtins.attrNames (import ${made.folder} { }).packages`)).toEqual([
      '@scope/tool',
      'built',
      'hello',
    ])
  })

  test('two names that are the same without their marks are two packages for nix-build, too', async () => {
    const twins = ['@a/b-c', '@a-b/c', '_a-b-c'].map((name) => ({ ...scoped, name }))
    made.write(twins)
    const paths = ['a-b-c', '__a-b-c', '_a-b-c'].map((attribute) => store.instantiate(made.folder, attribute))
    const named = twins.map(({ name }) => store.instantiate(made.folder, `packages."${name}"`))
    const [plain, second, own] = await Promise.all(paths)
    expect(await Promise.all(named)).toEqual([second, plain, own])
    expect(new Set([plain, second, own]).size).toBe(3)
    made.write([hello, scoped, built])
  })

  test('builds a prefix as npm install -g makes it', async () => {
    const prefix = await store.build(made.folder, 'hello.pristine')
    expect(readdirSync(prefix).sort()).toEqual(['bin', 'lib', 'share'])
    expect(readlinkSync(join(prefix, 'bin/hi'))).toBe('../lib/node_modules/hello/cli.js')
    expect(readdirSync(join(prefix, 'lib/node_modules'))).toEqual(['hello'])
    expect(readFileSync(join(prefix, 'share/man/man1/hello.1'), 'utf8')).toBe('.TH HELLO 1\n')
    const other = await store.build(made.folder, 'packages."@scope/tool"')
    expect(readlinkSync(join(other, 'bin/tool'))).toBe('../lib/node_modules/@scope/tool/tool.js')
  })

  test('gives a build the programs of its supplements, and every program runs where nothing else is', async () => {
    const file = expression(`{
      ran = pkgs.stdenv.mkDerivation {
        name = "ran";
        nativeBuildInputs = builtins.attrValues all.packages;
        buildCommand = "{ hello; tool; built; } > $out";
      };
    }`)
    expect(readFileSync(await store.build(file, 'ran'), 'utf8')).toBe('hello\nscoped\nhello\n')
  })

  test('all of it at once: each package once, whatever it is called, and the sources', async () => {
    const run = async (command: string, ...words: readonly string[]) => {
      const { status, stdout, stderr } = await store.run(command, words)
      expect(status, stderr).toBe(0)
      return stdout.trim().split('\n').sort()
    }
    const built = await run('nix-build', '--no-out-link', made.folder)
    const names = ['built-3.0.0', 'collection-sources', 'hello-1.2.0', 'scope-tool-2.0.0']
    expect(built.map((path) => path.replace(/^.*?-/, '')).sort()).toEqual(names)
    const known = await run('nix-env', '-f', made.folder, '-qaP', '--no-name')
    expect(known).toEqual(['built', 'hello', 'scope-tool', 'sources'])
  })

  test('has every source once, by package', async () => {
    const sources = await store.build(made.folder, 'sources')
    expect(readdirSync(sources).sort()).toEqual(['@scope', 'built', 'hello'])
    expect(readdirSync(store.onHost(readlinkSync(join(sources, 'built'))))).toEqual(['built-3.0.0.tgz'])
  })

  test('takes settings of one package, and names what it does not know', async () => {
    const settings = (text: string) => `(import ${made.folder}/lock2build { ${text} }).hello.drvPath`
    const plain = await store.evaluate(settings(''))
    expect(await store.evaluate(settings('packages.hello.npmFlags = [ "--loglevel=silly" ];'))).not.toBe(plain)
    expect(await store.evaluate(settings('packages.built.npmFlags = [ "--loglevel=silly" ];'))).toBe(plain)
    await expect(store.evaluate(settings('packages.helo = { };'))).rejects.toThrow('the collection has no "helo"')
    await expect(store.evaluate(settings('nodejs = null;'))).rejects.toThrow(
      'write node.nodejs or packages.NAME.nodejs',
    )
  })

  test('is a flake of the same derivations, evaluated without a look at anything else', async () => {
    const words = ['--override-input', 'nixpkgs', `path:${store.nixpkgs}`, '--no-write-lock-file']
    const output = `path:${made.folder}#packages.${thisSystem()}.hello.drvPath`
    const { stdout, stderr } = await store.run('nix eval --raw', [...words, output])
    expect(stdout, stderr).toBe(await store.instantiate(made.folder, 'hello'))
  })

  test('a package is built from nothing that belongs to another one', async () => {
    const before = await store.instantiate(made.folder, 'hello')
    made.write([hello, built, { ...scoped, version: '2.1.0' }])
    expect(await store.instantiate(made.folder, 'hello')).toBe(before)
    made.write([hello])
    expect(await store.instantiate(made.folder, 'hello')).toBe(before)
    made.write([hello, scoped, built])
  })
})
