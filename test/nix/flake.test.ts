/** The emitted flake.nix, in pure evaluation: the same derivations as through default.nix, for every system of the spec. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasNix, openStore } from '../support/nix.ts'
import { runFlake } from '../support/nix-uses.ts'
import { allSystems, writeNixProject } from '../support/nix-project.ts'

describe.skipIf(!hasNix)('the emitted flake', () => {
  const store = openStore()
  const made = writeNixProject({
    manifest: { scripts: { start: 'node .' }, main: 'index.js' },
    packages: [{ name: 'ms', version: '2.1.3', files: { 'index.js': 'module.exports = () => 7' } }],
    files: { 'index.js': "console.log(require('ms')())" },
    local: { 'packages/a': { name: '@app/a', version: '1.0.0', workspace: true } },
  })
  beforeAll(() => made.seed(store))
  afterAll(() => [store, made].forEach((each) => each.remove()))

  const flake = (command: string, ...args: string[]) => runFlake(store, command, args)
  const here = `path:${made.folder}`

  test('shows packages, shells and checks for four systems', async () => {
    const shown: unknown = JSON.parse(
      await flake('flake show', '--json', '--all-systems', here).catch(() => flake('flake show', '--json', here)),
    )
    const shell = { default: { name: 'app-shell', type: 'derivation' } }
    expect(shown).toMatchObject({
      packages: Object.fromEntries(
        allSystems.map((system) => [system, { default: { name: 'app-1.0.0' }, nodeModules: {}, '@app/a': {} }]),
      ),
      devShells: Object.fromEntries(allSystems.map((system) => [system, shell])),
      checks: Object.fromEntries(allSystems.map((system) => [system, { package: { name: 'app-1.0.0' } }])),
    })
  })

  test('builds the same derivation as nix-build', async () => {
    const system = process.arch === 'x64' ? 'x86_64-linux' : 'aarch64-linux'
    const viaFlake = await flake('eval', '--raw', `${here}#packages.${system}.nodeModules.drvPath`)
    expect(viaFlake).toBe(await store.instantiate(made.folder, 'nodeModules'))
    const built: unknown = JSON.parse(await flake('build', '--no-link', '--json', `${here}#package`))
    expect(built).toMatchObject([{ outputs: { out: expect.stringMatching(/-app-1\.0\.0$/) } }])
  })

  test('passes nix flake check', async () => {
    await flake('flake check', here)
  })

  test('of a whole repository has what stands beside the project, and one of the project alone says what is missing', async () => {
    const system = process.arch === 'x64' ? 'x86_64-linux' : 'aarch64-linux'
    const project = writeNixProject({ places: { 'node_modules/b': { copy: '../libs/b' } } })
    const around = mkdtempSync(join(tmpdir(), 'around-'))
    cpSync(project.folder, join(around, 'app'), { recursive: true })
    project.remove()
    mkdirSync(join(around, 'libs/b'), { recursive: true })
    writeFileSync(join(around, 'libs/b/package.json'), '{ "name": "b", "version": "1.0.0" }')
    for (const words of [
      ['init', '--quiet'],
      ['add', '-A'],
    ])
      execFileSync('git', words, { cwd: around })
    const job = `packages.${system}.nodeModules.job`
    expect(await flake('eval', '--raw', `git+file://${around}?dir=app#${job}`)).toMatch(/-directory"/)
    await expect(flake('eval', '--raw', `path:${join(around, 'app')}#${job}`)).rejects.toThrow(
      /\.\.\/libs\/b.*leaves the project/,
    )
  })

  test('nix develop has node and the dependencies', async () => {
    const said = await flake('develop', here, '-c', 'node', '-p', 'process.version')
    expect(said.trim()).toBe(process.version)
  })
})
