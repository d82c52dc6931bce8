/** What Python packages need of nixpkgs: tools and libraries of those that are built here, libraries of wheels for Linux. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { thisSystem } from '../../src/io/this-system.ts'
import { hasNix, openStore, type NixStore } from '../support/nix.ts'
import { packArchive } from '../support/python-archive.ts'
import { hostPython } from '../support/python-prefix.ts'
import { indexFiles, writePythonProject, type IndexFile, type WrittenPythonProject } from '../support/python-project.ts'

/** Its module says what its build found: a program of PostgreSQL, and where a module that it is built with looks for libraries. */
const setup = `
import greenlet._greenlet, subprocess
from setuptools import setup
run = lambda *words: subprocess.check_output(words, text=True).strip()
with open("psycopg2.py", "w") as file:
    file.write(f'version = {run("pg_config", "--version")!r}\\n')
    file.write(f'rpath = {run("patchelf", "--print-rpath", greenlet._greenlet.__file__)!r}\\n')
setup(name="psycopg2", version="1.0", py_modules=["psycopg2"])
`
const psycopg: IndexFile = {
  name: 'psycopg2',
  version: '1.0',
  file: 'psycopg2-1.0.tar.gz',
  bytes: packArchive('psycopg2-1.0.tar.gz', {
    'psycopg2-1.0/setup.py': setup,
    'psycopg2-1.0/PKG-INFO': 'Metadata-Version: 2.1\nName: psycopg2\nVersion: 1.0\n',
  }),
}
const backend = { backend: 'setuptools.build_meta', needs: 'build:all' }

/** The stand-in for nixpkgs has nothing that the table names: a test adds what it needs. */
const program = (name: string, says: string) =>
  `pkgs.stdenv.mkDerivation { name = "${name}"; buildCommand = ''mkdir -p $out/bin; printf '#!/bin/sh\necho ${says}\n' > $out/bin/pg_config; chmod +x $out/bin/pg_config''; }`
const calling = (folder: string, { pkgs = '{ }', settings = '{ }' } = {}) =>
  `let pkgs = import <nixpkgs> { }; in import ${folder}/lock2build ({ pkgs = pkgs // ${pkgs}; } // ${settings})`

describe.skipIf(!hasNix)('what Python packages need of nixpkgs', () => {
  let store: NixStore
  const written: WrittenPythonProject[] = []
  const site = `lib/python${hostPython().version}/site-packages`
  beforeAll(() => {
    store = openStore({ pythons: { python3: hostPython() } })
  })
  afterAll(() => {
    store?.remove()
    for (const each of written) each.remove()
  })

  const write = async (files: readonly IndexFile[], isBuilt = true) => {
    const needs = { 'build:all': 'all' } as const
    const wanted = { setuptools: needs, ...(isBuilt ? { greenlet: { main: 'all', ...needs } as const } : {}) }
    const project = await writePythonProject({
      system: thisSystem(),
      files,
      wanted,
      builds: isBuilt ? { psycopg2: backend } : {},
    })
    written.push(project)
    return project
  }
  const build = async (expression: string) => {
    const { status, stdout, stderr } = await store.run('nix-build', ['--no-out-link', '-E', expression])
    if (status !== 0) throw new Error(stderr)
    return store.onHost(stdout.trim())
  }
  const failureOf = async (expression: string) => {
    const { status, stderr } = await store.run('nix-instantiate', ['--eval', '-E', expression])
    expect(status).not.toBe(0)
    return stderr
  }

  it('a source finds the tools that the table names, and wheels the libraries of their policy', async () => {
    const { folder, archives } = await write([psycopg, ...indexFiles(['greenlet']), ...indexFiles(['setuptools'])])
    await store.add(archives)
    const pkgs = `{ libpq = { pg_config = ${program('libpq', '17.6')}; }; postgresql = throw "not this one"; openssl = pkgs.stdenv; }`
    const settings = '{ overrides.psycopg2.buildInputs = [ ]; }'
    const tree = await build(`(${calling(folder, { pkgs, settings })}).pythonEnv`)
    const python = (code: string) =>
      execFileSync(
        'python3',
        ['-I', '-c', `import sys; sys.path.insert(0, ${JSON.stringify(join(tree, site))}); ${code}`],
        {
          encoding: 'utf8',
        },
      ).trim()
    expect(python('import psycopg2; print(psycopg2.version)')).toBe('17.6')
    expect(python('import psycopg2; print(psycopg2.rpath)')).toMatch(/^\/nix\/store\/[a-z0-9]+-manylinux\/lib$/)
    expect(rpathOf(join(tree, site, 'greenlet'))).toMatch(/^\/nix\/store\/[a-z0-9]+-manylinux\/lib$/)
    const pristine = await build(`(${calling(folder, { pkgs, settings })}).pythonEnv.pristine`)
    expect(rpathOf(join(pristine, site, 'greenlet'))).toBe('')
  }, 300_000)

  it('what this nixpkgs lacks is named, unless an override takes its place', async () => {
    const { folder } = await write([psycopg])
    const path = '.pythonEnv.drvPath'
    const failure = await failureOf(`(${calling(folder, { pkgs: '{ libpq = throw "gone"; }' })})${path}`)
    expect(failure).toContain('psycopg2 needs "libpq" or "postgresql", which this nixpkgs does not have')
    const settings = '{ overrides.psycopg2 = { buildInputs = [ ]; nativeBuildInputs = [ ]; }; }'
    const isFine = (settings: string) => store.evaluate(`(${calling(folder, { settings })})${path} != null`)
    expect(await isFine(settings)).toBe(true)
    expect(await isFine('{ nativeLibraries = { }; }')).toBe(true)
    expect(await isFine('{ nativeLibraries.psycopg2.buildInputs = [ "libpq or libpq5?" ]; }')).toBe(true)
    const bad = await failureOf(
      `(${calling(folder, { settings: '{ nativeLibraries.psycopg2.env.A = "\\${no.such}/a"; }' })})${path}`,
    )
    expect(bad).toContain('psycopg2 needs "no.such"')
  }, 300_000)

  it('only wheels for Linux with glibc are patched, where there is something to patch with, and unless it is switched off', async () => {
    const isPatched = async (tag: string, request = {}) => {
      const file = `greenlet-1.0-cp312-cp312-${tag}.whl`
      const { folder } = await write([{ name: 'greenlet', version: '1.0', file, bytes: new Uint8Array([1]) }], false)
      const command = await store.evaluate(`(${calling(folder, request)}).pythonEnv.buildCommand`)
      return String(command).includes('autoPatchelf')
    }
    expect(await isPatched('manylinux_2_17_x86_64.manylinux2014_x86_64')).toBe(true)
    expect(await isPatched('linux_x86_64')).toBe(true)
    expect(await isPatched('musllinux_1_2_x86_64')).toBe(false)
    expect(await isPatched('macosx_11_0_arm64')).toBe(false)
    expect(await isPatched('manylinux1_x86_64', { settings: '{ autoPatchelf = false; }' })).toBe(false)
    const older = 'builtins.removeAttrs pkgs [ "autoPatchelfHook" ]'
    expect(await isPatched('manylinux1_x86_64', { settings: `{ pkgs = ${older}; }` })).toBe(false)
  }, 300_000)
})

function rpathOf(folder: string): string {
  const name = readdirSync(folder).find((each) => each.startsWith('_greenlet.') && each.endsWith('.so')) ?? ''
  return execFileSync('patchelf', ['--print-rpath', join(folder, name)], { encoding: 'utf8' }).trim()
}
